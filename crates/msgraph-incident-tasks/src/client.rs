//! The client and its settings.

use std::sync::Arc;
use std::time::Duration;

use msgraph_core::{
    Cloud, Endpoint, Error, Repeat, RetryPolicy, Timer, TokenCredential, Transport, TransportBuilder, UnsentRequest,
};
use msgraph_incident_tasks_api as api;

const PRODUCT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// A client for incident tasks. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    api: Arc<Apis>,
}

impl Client {
    /// A client to the global service with default settings.
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
            credential: Box::new(credential),
            endpoint: Endpoint::GLOBAL_BETA.to_owned(),
            allow_loopback_http: false,
            settings: Vec::new(),
        }
    }

    /// The base URL of each request.
    pub fn endpoint(&self) -> &str {
        self.api.once.transport().endpoint().as_str()
    }

    /// The generated client that repeats what `repeat` allows.
    pub(crate) fn api(&self, repeat: Repeat) -> &api::Client {
        match repeat {
            Repeat::Idempotent => &self.api.idempotent,
            Repeat::IfNotRun => &self.api.if_not_run,
            _ => &self.api.once,
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}

/// The generated client, for each way of repeating that a call can choose.
struct Apis {
    idempotent: api::Client,
    if_not_run: api::Client,
    once: api::Client,
}

/// The settings of a [`Client`].
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    credential: Box<dyn TokenCredential>,
    endpoint: String,
    allow_loopback_http: bool,
    // Each a change of the transport's own default.
    settings: Vec<Box<dyn FnOnce(TransportBuilder) -> TransportBuilder + Send + Sync>>,
}

impl ClientBuilder {
    /// The base URL up to the API version. `https://graph.microsoft.com/beta` unless set; incident
    /// tasks are documented for the global service alone, so the hosts of national clouds are refused.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = url.into();
        self
    }

    /// Lets the endpoint be http on this machine's loopback interface, such as an emulator's. No
    /// proxy is used for it.
    pub fn allow_loopback_http(mut self) -> Self {
        self.allow_loopback_http = true;
        self
    }

    /// Puts the caller's product, such as `my-tool/1.0`, at the front of the `User-Agent` header.
    pub fn user_agent(self, product: impl Into<String>) -> Self {
        let product = product.into();
        self.set(move |transport| transport.user_agent(&product))
    }

    /// When requests are sent again, and how long they may take. See [`RetryPolicy`] for what holds
    /// unless set.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.set(move |transport| transport.retry(policy))
    }

    /// How long making a connection may take. 10 seconds unless set.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.set(move |transport| transport.connect_timeout(limit))
    }

    /// How large the body of an answer may be, in bytes. 8 MiB unless set.
    pub fn max_body_bytes(self, limit: usize) -> Self {
        self.set(move |transport| transport.max_body_bytes(limit))
    }

    /// Sends requests through a proxy, such as `http://proxy.example:3128`, in place of the system's.
    pub fn proxy(self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.set(move |transport| transport.proxy(url))
    }

    /// Trusts the certificates of a PEM text too, for instance those of a proxy that inspects TLS.
    pub fn root_certificates(self, pem: impl Into<Vec<u8>>) -> Self {
        let pem = pem.into();
        self.set(move |transport| transport.root_certificates(pem))
    }

    /// Takes time from `timer` in place of tokio's clock, for tests of what waits.
    pub fn timer(self, timer: impl Timer + 'static) -> Self {
        self.set(move |transport| transport.timer(timer))
    }

    /// Sends nothing, and asks for no token: each request is given to `show` instead, and each call ends with an
    /// [`ErrorKind::DryRun`](crate::ErrorKind::DryRun).
    ///
    /// ```
    /// # use msgraph_incident_tasks::{Client, EnvironmentToken, IncidentTaskId};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder(EnvironmentToken::new("GRAPH_TOKEN"))
    ///     .dry_run(|request| println!("{} {}", request.method, request.url))
    ///     .build()?;
    /// let id: IncidentTaskId = "213213".parse()?;
    /// // Prints `PATCH https://graph.microsoft.com/beta/security/incidentTasks/213213`.
    /// assert!(client.update_incident_task(id).status("completed").send().await.is_err());
    /// # Ok(()) }
    /// ```
    pub fn dry_run(self, show: impl Fn(&UnsentRequest) + Send + Sync + 'static) -> Self {
        self.set(move |transport| transport.dry_run(show))
    }

    /// Builds the client. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) where the endpoint is refused,
    /// the user agent can't be a header, the proxy is no URL, a root certificate can't be read, or TLS
    /// can't be set up.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = match self.allow_loopback_http {
            true => Endpoint::new_allowing_loopback_http(&self.endpoint)?,
            false => Endpoint::new(&self.endpoint)?,
        };
        let endpoint = endpoint.available_in(&[Cloud::Global])?;
        let transport = Transport::builder(endpoint, self.credential).user_agent(PRODUCT);
        let transport = self.settings.into_iter().fold(transport, |transport, setting| setting(transport));
        let api = api::Client::with_transport(transport.build()?);
        let apis = Apis {
            idempotent: api.repeating(Repeat::Idempotent),
            if_not_run: api.repeating(Repeat::IfNotRun),
            once: api.repeating(Repeat::Never),
        };
        Ok(Client { api: Arc::new(apis) })
    }

    fn set(mut self, setting: impl FnOnce(TransportBuilder) -> TransportBuilder + Send + Sync + 'static) -> Self {
        self.settings.push(Box::new(setting));
        self
    }
}
