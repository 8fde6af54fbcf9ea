//! The client of one run, and the emulator if there is one.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::{Duration, Instant};

use msgraph_incident_tasks::types::IncidentTask;
use msgraph_incident_tasks::{
    Client, ClientBuilder, Error, ErrorKind, IncidentTaskId, RequestPreview, RetryPolicy, Sleep, StaticToken, Timer,
    WriteOutcome,
};

use crate::connection::Connection;
#[cfg(feature = "emulator")]
use crate::connection::with_scenario;
use crate::failure::Failure;
use crate::output::{Output, print_line};
use crate::sign_in::{self, SignedIn, Source};
use crate::text::{eprint_line, escaped};
use crate::token_claims;
use crate::warnings;

/// Longer waits are reported.
const LONG_WAIT: Duration = Duration::from_secs(2);

/// Whether requests are sent or only printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    Send,
    DryRun,
}

impl Mode {
    pub(crate) fn dry_run(dry_run: bool) -> Self {
        if dry_run { Self::DryRun } else { Self::Send }
    }
}

pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) credential: Arc<SignedIn>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) output: Output,
    mode: Mode,
    /// The outcome of the write so far.
    write: Cell<Option<WriteOutcome>>,
    #[cfg(feature = "emulator")]
    emulator: Option<msgraph_incident_tasks_emulator::Emulator>,
}

impl Session {
    pub(crate) async fn start(connection: &Connection, output: Output, mode: Mode) -> Result<Self, Failure> {
        let shows_waits = connection.verbose || io::stderr().is_terminal();
        let credential = if connection.uses_emulator() || mode == Mode::DryRun {
            SignedIn::new(vec![Source::new("a placeholder; no token is needed", placeholder()?)], shows_waits)
        } else {
            sign_in::credential(connection.sign_in, connection.token_stdin, connection.tenant(), shows_waits)?
        };
        Self::with_credential(connection, credential, Arc::new(ShownTimer { shows_waits }), output, mode).await
    }

    pub(crate) async fn with_credential(
        connection: &Connection,
        credential: SignedIn,
        timer: Arc<dyn Timer>,
        output: Output,
        mode: Mode,
    ) -> Result<Self, Failure> {
        let credential = Arc::new(credential);
        #[cfg(feature = "emulator")]
        let emulator = if connection.uses_emulator() {
            let builder = msgraph_incident_tasks_emulator::Emulator::builder();
            let builder = match &connection.scenario {
                Some(scenario) => with_scenario(builder, scenario)?,
                None => builder,
            };
            Some(builder.start().await?)
        } else {
            None
        };
        #[cfg(feature = "emulator")]
        let endpoint = emulator.as_ref().map(|emulator| emulator.url()).or_else(|| connection.endpoint());
        #[cfg(not(feature = "emulator"))]
        let endpoint = connection.endpoint();

        let mut builder = configured(Client::builder(Arc::clone(&credential))).timer(Arc::clone(&timer));
        if connection.no_retry {
            builder = builder.retry(RetryPolicy::never());
        }
        if let Some(endpoint) = endpoint {
            // An http URL was chosen on purpose; it is still rejected if it is not loopback.
            builder = builder.endpoint(endpoint).allow_loopback_http();
        }
        if mode == Mode::DryRun {
            let is_terminal = io::stdout().is_terminal();
            builder = builder.dry_run(move |request| show(request, is_terminal));
        }
        let session = Self {
            client: builder.build()?,
            credential,
            timer,
            output,
            mode,
            write: Cell::new(None),
            #[cfg(feature = "emulator")]
            emulator,
        };
        session.report_start(connection.verbose);
        Ok(session)
    }

    fn report_start(&self, verbose: bool) {
        #[cfg(feature = "emulator")]
        if let Some(emulator) = &self.emulator {
            eprint_line(&format!("emulator: {} (inside this process, with tasks 213213 and 213214)", emulator.url()));
        }
        if verbose {
            eprint_line(&format!("access token: {}", self.credential.source()));
            eprint_line(&format!("endpoint: {}", self.client.endpoint()));
        }
    }

    /// Returns the tenant of the token, if it is readable.
    pub(crate) async fn tenant(&self) -> Result<Option<String>, Failure> {
        let token = self.credential.token().await?;
        Ok(token_claims::of(&token).and_then(|claims| claims.text("tid").map(str::to_owned)))
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.mode == Mode::DryRun
    }

    /// Reads a task, and prints what is odd about the response.
    pub(crate) async fn get(&self, id: &IncidentTaskId) -> Result<IncidentTask, Error> {
        let (task, response) = self.client.get_incident_task(id).response().await?.into_parts();
        warnings::of_response(id.as_str(), &response);
        Ok(task)
    }

    /// Sends a write, and keeps its outcome. Returns `None` if the request was only printed.
    pub(crate) async fn write<T>(&self, write: impl Future<Output = Result<T, Error>>) -> Result<Option<T>, Error> {
        self.write_has_begun();
        let result = write.await;
        self.write.set(result.as_ref().err().map_or(Some(WriteOutcome::Applied), Error::write_outcome));
        self.unless_dry_run(result)
    }

    /// Returns a result; `None` if the request was only printed.
    pub(crate) fn unless_dry_run<T>(&self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Err(error) if self.is_dry_run() && error.kind() == ErrorKind::DryRun => Ok(None),
            result => result.map(Some),
        }
    }

    pub(crate) fn write_has_begun(&self) {
        self.write.set(Some(WriteOutcome::Unknown));
    }

    /// Returns the outcome of the write if the run ends now; `None` without a write.
    pub(crate) fn write_outcome(&self) -> Option<WriteOutcome> {
        // Nothing is sent without a token.
        self.write.get().map(|outcome| if self.credential.was_used() { outcome } else { WriteOutcome::NotSent })
    }

    /// Returns a client that sends each request once and waits in silence, for a subcommand that polls by itself.
    pub(crate) fn polling_client(&self) -> Result<Client, Failure> {
        let builder = configured(Client::builder(Arc::clone(&self.credential))).retry(RetryPolicy::never());
        let timer = ShownTimer { shows_waits: false };
        Ok(builder.endpoint(self.client.endpoint()).allow_loopback_http().timer(timer).build()?)
    }

    /// Returns a client that checks requests without sending them.
    pub(crate) fn dry_run_client(&self) -> Result<Client, Failure> {
        Ok(Client::builder(placeholder()?).dry_run(|_| {}).build()?)
    }

    /// Returns a client to the same endpoint, whose token only an emulator accepts.
    pub(crate) fn client_without_token(&self) -> Result<Client, Failure> {
        let builder = configured(Client::builder(placeholder()?)).retry(RetryPolicy::never());
        Ok(builder.endpoint(self.client.endpoint()).allow_loopback_http().build()?)
    }

    pub(crate) async fn end(self) -> Result<(), Failure> {
        // Its connections must close before the emulator can end.
        drop(self.client);
        #[cfg(feature = "emulator")]
        if let Some(emulator) = self.emulator {
            emulator.shutdown().await?;
        }
        Ok(())
    }
}

fn configured(builder: ClientBuilder) -> ClientBuilder {
    builder.user_agent(concat!("incident-tasks/", env!("CARGO_PKG_VERSION")))
}

fn placeholder() -> Result<StaticToken, Failure> {
    StaticToken::new("none").map_err(|error| Failure::sign_in(error.to_string()))
}

/// Prints a request as HTTP/1.1 would have it.
fn show(request: &RequestPreview, is_terminal: bool) {
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body = request.body.as_ref().map_or(String::new(), |body| format!("\n{body}\n"));
    let text = format!("{} {}\n{headers}{body}", request.method, request.url);
    // A closed stdout is not an error here.
    let _ = print_line(&if is_terminal { escaped(&text, |c| c == '\n') } else { text });
}

/// The clock of the runtime; reports long waits.
struct ShownTimer {
    shows_waits: bool,
}

impl Timer for ShownTimer {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn wait(&self, duration: Duration) -> Sleep<'_> {
        if self.shows_waits && duration >= LONG_WAIT {
            eprint_line(&format!("waiting {} s before the request is sent again", duration.as_secs_f64().round()));
        }
        Box::pin(tokio::time::sleep(duration))
    }

    fn timeout(&self, limit: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(limit))
    }
}
