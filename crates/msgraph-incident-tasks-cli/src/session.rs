//! The client of one run, and the emulator where there is one.

use msgraph_incident_tasks::{Client, ClientBuilder, EnvironmentToken, RetryPolicy};

use crate::arguments::Connection;
use crate::exit::Failure;

const TOKEN_VARIABLE: &str = "GRAPH_TOKEN";

pub(crate) struct Session {
    client: Client,
    #[cfg(feature = "emulator")]
    emulator: Option<msgraph_incident_tasks_emulator::Emulator>,
}

impl Session {
    pub(crate) async fn start(connection: &Connection) -> Result<Self, Failure> {
        #[cfg(feature = "emulator")]
        if connection.emulator {
            return Self::with_emulator().await;
        }
        let mut builder = configured(Client::builder(EnvironmentToken::new(TOKEN_VARIABLE)));
        if connection.no_retry {
            builder = builder.retry(RetryPolicy::never());
        }
        if let Some(endpoint) = &connection.endpoint {
            // Who types an http URL has chosen it; any but loopback is still refused.
            builder = builder.endpoint(endpoint).allow_loopback_http();
        }
        Ok(Self {
            client: builder.build()?,
            #[cfg(feature = "emulator")]
            emulator: None,
        })
    }

    #[cfg(feature = "emulator")]
    async fn with_emulator() -> Result<Self, Failure> {
        use msgraph_incident_tasks::{AccessToken, Error, ErrorKind, StaticToken};

        let emulator = msgraph_incident_tasks_emulator::Emulator::start().await?;
        let url = emulator.url();
        crate::say(&format!("emulator: {url} (inside this process, with tasks 213213 and 213214)"));
        let token =
            AccessToken::new("emulator").map_err(|error| Error::new(ErrorKind::Credential, error.to_string()))?;
        let builder = configured(Client::builder(StaticToken::new(token)));
        let client = builder.endpoint(url).allow_loopback_http().build()?;
        Ok(Self { client, emulator: Some(emulator) })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
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

fn configured(builder: ClientBuilder) -> ClientBuilder {
    builder.user_agent(concat!("incident-tasks/", env!("CARGO_PKG_VERSION")))
}
