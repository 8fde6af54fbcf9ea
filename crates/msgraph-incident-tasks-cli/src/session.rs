//! The client of one run, and the emulator where there is one.

use std::sync::Arc;

use msgraph_incident_tasks::{
    AccessToken, Client, ClientBuilder, Error, ErrorKind, RetryPolicy, StaticToken, TokenCredential, UnsentRequest,
};

use crate::arguments::Connection;
use crate::exit::Failure;
use crate::output::{Output, print_line};
use crate::{say, sign_in};

/// What a verb does with its requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    Send,
    /// Shows them, and sends nothing.
    DryRun,
}

pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) credential: Arc<dyn TokenCredential>,
    /// Where the token comes from, in words.
    pub(crate) sign_in: String,
    pub(crate) output: Output,
    mode: Mode,
    #[cfg(feature = "emulator")]
    emulator: Option<msgraph_incident_tasks_emulator::Emulator>,
}

impl Session {
    pub(crate) fn start(connection: &Connection, output: Output, mode: Mode) -> Result<Self, Failure> {
        let (credential, sign_in): (Arc<dyn TokenCredential>, _) =
            match connection.wants_emulator() || mode == Mode::DryRun {
                true => (Arc::new(placeholder()?), "a placeholder, as none is needed".to_owned()),
                false => sign_in::credential(connection)?,
            };
        let client = match connection.wants_emulator() {
            // Its endpoint is known when it has started.
            true => Client::new(Arc::clone(&credential))?,
            false => client_of(connection, mode, &credential, connection.endpoint.as_deref())?,
        };
        if connection.verbose {
            say(&format!("access token: {sign_in}"));
            if !connection.wants_emulator() {
                say(&format!("endpoint: {}", client.endpoint()));
            }
        }
        Ok(Self {
            client,
            credential,
            sign_in,
            output,
            mode,
            #[cfg(feature = "emulator")]
            emulator: None,
        })
    }

    #[cfg(feature = "emulator")]
    pub(crate) async fn with_emulator_if_asked(self, connection: &Connection) -> Result<Self, Failure> {
        if !connection.emulator {
            return Ok(self);
        }
        let emulator = msgraph_incident_tasks_emulator::Emulator::start().await?;
        let url = emulator.url();
        say(&format!("emulator: {url} (inside this process, with tasks 213213 and 213214)"));
        let client = client_of(connection, self.mode, &self.credential, Some(&url))?;
        Ok(Self { client, emulator: Some(emulator), ..self })
    }

    #[cfg(not(feature = "emulator"))]
    pub(crate) async fn with_emulator_if_asked(self, _: &Connection) -> Result<Self, Failure> {
        Ok(self)
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.mode == Mode::DryRun
    }

    /// A client to the same endpoint, whose token only an emulator takes.
    pub(crate) fn client_without_token(&self) -> Result<Client, Failure> {
        let builder = configured(Client::builder(placeholder()?)).retry(RetryPolicy::never());
        Ok(builder.endpoint(self.client.endpoint()).allow_loopback_http().build()?)
    }

    pub(crate) async fn end(self) -> Result<(), Failure> {
        // Its connections must close before the emulator can come to an end.
        drop(self.client);
        #[cfg(feature = "emulator")]
        if let Some(emulator) = self.emulator {
            emulator.shutdown().await?;
        }
        Ok(())
    }
}

fn client_of(
    connection: &Connection,
    mode: Mode,
    credential: &Arc<dyn TokenCredential>,
    endpoint: Option<&str>,
) -> Result<Client, Failure> {
    let mut builder = configured(Client::builder(Arc::clone(credential)));
    if connection.no_retry {
        builder = builder.retry(RetryPolicy::never());
    }
    if let Some(endpoint) = endpoint {
        // Who types an http URL has chosen it; any but loopback is still refused.
        builder = builder.endpoint(endpoint).allow_loopback_http();
    }
    if mode == Mode::DryRun {
        builder = builder.dry_run(show);
    }
    Ok(builder.build()?)
}

fn configured(builder: ClientBuilder) -> ClientBuilder {
    builder.user_agent(concat!("incident-tasks/", env!("CARGO_PKG_VERSION")))
}

fn placeholder() -> Result<StaticToken, Failure> {
    let token = AccessToken::new("none").map_err(|error| Error::new(ErrorKind::Credential, error.to_string()))?;
    Ok(StaticToken::new(token))
}

/// Prints a request as HTTP/1.1 would have it.
fn show(request: &UnsentRequest) {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body = request.body.as_ref().map_or(String::new(), |body| format!("\n{body}\n"));
    // A reader who has gone needs no more requests.
    let _ = print_line(&format!("{} {}\n{headers}{body}", request.method, request.url));
}
