//! How a transport is set up.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::http_client::{Pool, Settings};
use super::{DryRun, Shared, Transport, UnsentRequest};
use crate::retry::Budget;
use crate::timer::{Timer, TokioTimer};
use crate::token_cache::TokenCache;
use crate::{Endpoint, Error, RetryPolicy, TokenCredential};

/// The settings of a [`Transport`].
#[must_use = "a builder does nothing until `build`"]
pub struct TransportBuilder {
    endpoint: Endpoint,
    credential: Arc<dyn TokenCredential>,
    http: Settings,
    policy: RetryPolicy,
    timer: Arc<dyn Timer>,
    max_body_bytes: usize,
    dry_run: Option<DryRun>,
}

impl TransportBuilder {
    pub(super) fn new(endpoint: Endpoint, credential: Arc<dyn TokenCredential>) -> Self {
        let http = Settings {
            loopback_http: endpoint.is_loopback_http(),
            user_agent: concat!("msgraph-core/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            proxy: None,
            root_certificates: Vec::new(),
        };
        Self {
            endpoint,
            credential,
            http,
            policy: RetryPolicy::default(),
            timer: Arc::new(TokioTimer),
            max_body_bytes: 8 * 1024 * 1024,
            dry_run: None,
        }
    }

    /// Puts a product, such as `my-tool/1.0`, before this crate's in the `User-Agent` header
    /// ([RFC 9110, section 10.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5)).
    pub fn user_agent(mut self, product: &str) -> Self {
        self.http.user_agent = format!("{product} {}", self.http.user_agent);
        self
    }

    /// When requests are sent again, and how long they may take.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// How long making a connection may take. 10 seconds unless set.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.http.connect_timeout = limit;
        self
    }

    /// How large the body of an answer may be, in bytes. 8 MiB unless set.
    pub fn max_body_bytes(mut self, limit: usize) -> Self {
        self.max_body_bytes = limit;
        self
    }

    /// Sends requests through a proxy, such as `http://proxy.example:3128`, in place of the system's.
    /// Loopback http uses none.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http.proxy = Some(url.into());
        self
    }

    /// Trusts the certificates of a PEM text too, for instance those of a proxy that inspects TLS.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// Takes time from `timer`, for tests.
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Sends nothing, and asks for no token: each request is shown instead, and ends with an
    /// [`ErrorKind::DryRun`](crate::ErrorKind::DryRun).
    pub fn dry_run(mut self, show: impl Fn(&UnsentRequest) + Send + Sync + 'static) -> Self {
        self.dry_run = Some(Arc::new(show));
        self
    }

    /// Builds the transport. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) where the user agent can't be a
    /// header, the proxy is no URL, a root certificate can't be read, or TLS can't be set up.
    pub fn build(self) -> Result<Transport, Error> {
        let Self { endpoint, credential, http: http_settings, policy, timer, max_body_bytes, dry_run } = self;
        Ok(Transport(Arc::new(Shared {
            http: http_settings.client(Pool::Kept)?,
            http_without_pool: OnceLock::new(),
            http_settings,
            endpoint,
            tokens: TokenCache::new(credential),
            budget: Budget::new(policy.budget),
            policy,
            timer,
            max_body_bytes,
            dry_run,
        })))
    }
}
