//! The client and its settings.

use std::sync::Arc;
use std::time::Duration;

use msgraph_core::{Cloud, Endpoint, Error, TokenCredential, Transport};
use msgraph_incident_tasks_api as api;

const PRODUCT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// A client for incident tasks. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    api: Arc<api::Client>,
    endpoint: Endpoint,
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
            user_agent: None,
            connect_timeout: None,
            timeout: None,
        }
    }

    /// The base URL of each request.
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_str()
    }

    pub(crate) fn api(&self) -> &api::Client {
        &self.api
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}

/// The settings of a [`Client`].
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    credential: Box<dyn TokenCredential>,
    endpoint: String,
    allow_loopback_http: bool,
    user_agent: Option<String>,
    connect_timeout: Option<Duration>,
    timeout: Option<Duration>,
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
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// How long making a connection may take. 10 seconds unless set.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// How long a request may take, from its start to the last byte of the answer. 100 seconds
    /// unless set.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Builds the client. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) where the endpoint is refused,
    /// the user agent can't be a header, or TLS can't be set up.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = match self.allow_loopback_http {
            true => Endpoint::new_allowing_loopback_http(&self.endpoint)?,
            false => Endpoint::new(&self.endpoint)?,
        };
        let endpoint = endpoint.available_in(&[Cloud::Global])?;
        let mut transport = Transport::builder(endpoint.clone(), self.credential).user_agent(PRODUCT);
        if let Some(product) = &self.user_agent {
            transport = transport.user_agent(product);
        }
        if let Some(limit) = self.connect_timeout {
            transport = transport.connect_timeout(limit);
        }
        if let Some(limit) = self.timeout {
            transport = transport.timeout(limit);
        }
        let api = Arc::new(api::Client::with_transport(transport.build()?));
        Ok(Client { api, endpoint })
    }
}
