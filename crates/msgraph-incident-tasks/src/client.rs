//! The client and its settings.

use std::fmt;
use std::time::Duration;

use msgraph_core::{
    Batch, Cloud, Endpoint, Error, Limits, RequestPreview, RetryPolicy, Timer, TokenCredential, Transport,
    TransportBuilder,
};

/// A client for incident tasks. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// Returns a client of the global service with default settings.
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build`].
    pub fn new(credential: impl TokenCredential + 'static) -> Result<Self, Error> {
        Self::builder(credential).build()
    }

    /// Starts a client that gets its tokens from `credential`.
    pub fn builder(credential: impl TokenCredential + 'static) -> ClientBuilder {
        ClientBuilder {
            endpoint: Endpoint::GLOBAL_BETA.to_owned(),
            allow_loopback_http: false,
            transport: Transport::builder(credential).user_agent(PRODUCT),
        }
    }

    /// Returns the base URL of each request.
    pub fn endpoint(&self) -> &str {
        self.transport.endpoint().as_str()
    }

    /// Returns the transport, which sends any operation of
    /// [`operations`](https://docs.rs/msgraph-incident-tasks-api).
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Starts a batch of different operations.
    ///
    /// ```no_run
    /// # // Needs a tenant.
    /// # async fn close(client: msgraph_incident_tasks::Client) -> Result<(), msgraph_incident_tasks::Error> {
    /// let mut batch = client.batch();
    /// let task = batch.add(client.get_incident_task("213214"));
    /// let update = batch.add(client.update_incident_task("213213").status("inProgress"));
    /// let execution = batch.depends_on([&update]).add(client.execute_response_action("213213"));
    /// let mut results = batch.send().await?;
    /// println!("{:?} {:?}", results.take(task)?.value().status, results.take(update)?.value().status);
    /// results.take(execution)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch(&self) -> Batch {
        Batch::new(self.transport.clone())
    }
}

const PRODUCT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}

/// The settings of a [`Client`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    endpoint: String,
    allow_loopback_http: bool,
    transport: TransportBuilder,
}

impl ClientBuilder {
    /// Sets the base URL up to the API version. Default: `https://graph.microsoft.com/beta`. Incident
    /// tasks are documented for the global service only, so the hosts of national clouds are rejected.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = url.into();
        self
    }

    /// Allows an endpoint with http on this machine's loopback interface, such as an emulator's. It never goes through
    /// a proxy.
    pub fn allow_loopback_http(mut self) -> Self {
        self.allow_loopback_http = true;
        self
    }

    /// Prepends the caller's product, such as `my-tool/1.0`, to the `User-Agent` header.
    pub fn user_agent(self, product: impl AsRef<str>) -> Self {
        self.with(|transport| transport.user_agent(product.as_ref()))
    }

    /// Sets which requests are retried, and for how long. Default: see [`RetryPolicy`].
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.with(|transport| transport.retry(policy))
    }

    /// Sets the timeout of connecting. Default: 10 seconds.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.with(|transport| transport.connect_timeout(limit))
    }

    /// Sets the limits of a response. Default: see [`Limits`].
    pub fn limits(self, limits: Limits) -> Self {
        self.with(|transport| transport.limits(limits))
    }

    /// Sends requests through a proxy, such as `http://proxy.example:3128`, instead of the system's.
    pub fn proxy(self, url: impl Into<String>) -> Self {
        self.with(|transport| transport.proxy(url))
    }

    /// Adds trusted root certificates in PEM, such as those of a proxy that inspects TLS.
    pub fn root_certificates(self, pem: impl Into<Vec<u8>>) -> Self {
        self.with(|transport| transport.root_certificates(pem))
    }

    /// Sets the clock, for tests of waits. Default: tokio's.
    pub fn timer(self, timer: impl Timer + 'static) -> Self {
        self.with(|transport| transport.timer(timer))
    }

    /// Passes each request to `show` instead of sending it, and fetches no token. Each call ends with an
    /// [`ErrorKind::DryRun`](crate::ErrorKind::DryRun).
    ///
    /// ```
    /// # use msgraph_incident_tasks::{Client, EnvironmentToken};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder(EnvironmentToken::new("GRAPH_TOKEN"))
    ///     .dry_run(|request| println!("{} {}", request.method, request.url))
    ///     .build()?;
    /// // Prints `PATCH https://graph.microsoft.com/beta/security/incidentTasks/213213`.
    /// assert!(client.update_incident_task("213213").status("completed").await.is_err());
    /// # Ok(()) }
    /// ```
    pub fn dry_run(self, show: impl Fn(&RequestPreview) + Send + Sync + 'static) -> Self {
        self.with(|transport| transport.dry_run(show))
    }

    /// Builds the client. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the endpoint is invalid,
    /// the user agent is not a valid header, the proxy is not a URL, a root certificate cannot be read, or TLS
    /// cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = if self.allow_loopback_http {
            Endpoint::new_allowing_loopback_http(&self.endpoint)?
        } else {
            Endpoint::new(&self.endpoint)?
        };
        let transport = self.transport.build(endpoint.available_in(&[Cloud::Global])?)?;
        Ok(Client { transport })
    }

    fn with(self, set: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        Self { transport: set(self.transport), ..self }
    }
}
