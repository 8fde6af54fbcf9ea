//! The transport: sends operations to one endpoint with one credential.

mod attempts;
mod failed;
mod headers;
mod http_client;
mod http_clients;
#[cfg(all(feature = "rustls", not(feature = "webpki-roots")))]
mod platform_verifier;
mod preview;
mod proxy;
mod telemetry;
#[cfg(feature = "rustls")]
mod tls;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use http::HeaderValue;
use tracing::Instrument;

pub(crate) use attempts::BuildRequest;
use attempts::Shared;
pub(crate) use headers::{PREFER, PREFERENCE, preferences};
use http_client::Settings;
#[cfg(feature = "azure")]
pub(crate) use http_client::{Proxies, plain_http_client};
use http_clients::HttpClients;
pub use preview::RequestPreview;
use preview::ShowRequest;

use crate::call::{Call, OperationInfo};
use crate::credential::TokenCredential;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::limits::Limits;
use crate::operation::{self, Operation};
use crate::raw_response::RawResponse;
use crate::redaction::Tokens;
use crate::response::Response;
use crate::retry::{AttemptOutcome, Budget, RetryMode, RetryPolicy};
use crate::timer::{Timer, TokioTimer};
use crate::token_cache::TokenCache;

/// Sends operations to one endpoint with one credential. Clones share their connections, their token
/// and their retry budget.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

/// The future of a response.
pub type ResponseFuture<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Error>> + Send + 'a>>;

impl Transport {
    /// Starts a transport that gets its tokens from `credential`.
    pub fn builder(credential: impl TokenCredential + 'static) -> TransportBuilder {
        TransportBuilder {
            credential: Arc::new(credential),
            http: Settings::default(),
            policy: RetryPolicy::default(),
            timer: Arc::new(TokioTimer),
            limits: Limits::default(),
            show: None,
        }
    }

    /// Returns the endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// Sends an operation, with retries as its retry mode allows, and returns the value of its success. If a write
    /// succeeds without a body, sends the operation's [`read_back`](Operation::read_back); after a 202, which is accepted
    /// and not done, the response has the status and headers of the write.
    ///
    /// Dropping the future aborts the request in flight, which may still be processed.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`](crate::ErrorKind). The error of a write has its [outcome](Error::write_outcome).
    pub fn send<'a, O: Operation>(&'a self, operation: &'a O) -> ResponseFuture<'a, O::Response> {
        self.send_with(operation, O::RETRY_MODE)
    }

    /// Sends an operation as [`send`](Self::send) does, with another retry mode.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_with<'a, O: Operation>(
        &'a self,
        operation: &'a O,
        retry_mode: RetryMode,
    ) -> ResponseFuture<'a, O::Response> {
        Box::pin(async move {
            let (response, call) = self.call(operation, retry_mode).await?;
            if operation::is_without_body::<O>(response.status.as_u16())
                && let Some(read) = operation.read_back()
            {
                let written = response;
                // Boxed, since it is rare: it must not enlarge each call's future.
                let (response, call) = Box::pin(self.call(&read, RetryMode::Idempotent))
                    .await
                    .map_err(|error| error.after_applied(O::NAME))?;
                let read = response.decode(&read, &call).map_err(|error| error.after_applied(O::NAME))?;
                return Ok(read.after_write(&written));
            }
            response.decode(operation, &call)
        })
    }

    /// Returns the request of an operation without sending it or fetching a token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the operation has a value that must not be sent.
    pub fn preview<O: Operation>(&self, operation: &O) -> Result<RequestPreview, Error> {
        let call = Call::new(&operation::info::<O>(), headers::new_client_request_id());
        let request = self.0.prepared(&|| operation::request(operation, self.endpoint()), &call)?;
        Ok(RequestPreview::of(&request))
    }

    /// Waits by the transport's timer.
    pub async fn wait(&self, duration: Duration) {
        if !duration.is_zero() {
            self.0.timer.wait(duration).await;
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Returns the current time according to the transport's timer.
    pub fn now(&self) -> Instant {
        self.0.timer.now()
    }

    /// Sends the requests of an operation that `build` returns, one for each attempt, until one is final. The deadline
    /// runs from `started`. `tokens` has the one to use instead of the transport's, if
    /// any.
    pub(crate) async fn execute(
        &self,
        operation: OperationInfo,
        build: &BuildRequest<'_>,
        started: Instant,
        tokens: Tokens,
    ) -> Result<(RawResponse, Call), Error> {
        let call = Call { tokens, ..Call::new(&operation, headers::new_client_request_id()) };
        let span = telemetry::span(self.endpoint(), &operation, &call);
        self.0.run(call, build, operation.retry_mode, started).inspect(telemetry::finished).instrument(span).await
    }

    /// Decides on a retry of a request of a batch: the wait, or the reason against it.
    pub(crate) fn retry_wait(
        &self,
        mode: RetryMode,
        outcome: AttemptOutcome,
        (attempts, started): (u32, Instant),
        is_granted: impl FnOnce() -> bool,
    ) -> Result<Duration, Option<String>> {
        self.0.decision(mode, outcome, attempts, started, is_granted).map(|(wait, _)| wait)
    }

    /// Returns another token than the one that the service rejected in a part of a batch, if there is one.
    pub(crate) async fn refreshed_authorization(
        &self,
        rejected: &HeaderValue,
        claims: Option<String>,
        started: Instant,
    ) -> Option<HeaderValue> {
        self.0.refreshed_authorization(rejected, claims, started).await
    }

    /// Takes a retry from the reserve that all clones share, if there is one.
    pub(crate) fn take_retry(&self) -> bool {
        self.0.budget.take()
    }

    pub(crate) async fn call<O: Operation>(
        &self,
        operation: &O,
        retry_mode: RetryMode,
    ) -> Result<(RawResponse, Call), Error> {
        let build = || operation::request(operation, self.endpoint());
        self.execute(OperationInfo { retry_mode, ..operation::info::<O>() }, &build, self.now(), Tokens::default())
            .await
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("endpoint", self.endpoint()).finish_non_exhaustive()
    }
}

/// The settings of a [`Transport`].
#[must_use = "a builder does nothing until `build`"]
pub struct TransportBuilder {
    credential: Arc<dyn TokenCredential>,
    http: Settings,
    policy: RetryPolicy,
    timer: Arc<dyn Timer>,
    limits: Limits,
    show: Option<ShowRequest>,
}

impl TransportBuilder {
    /// Prepends a product, such as `my-tool/1.0`, to this crate's in the `User-Agent` header
    /// ([RFC 9110, section 10.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5)).
    pub fn user_agent(mut self, product: &str) -> Self {
        self.http.user_agent = format!("{product} {}", self.http.user_agent);
        self
    }

    /// Sets which requests are retried, and for how long.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the timeout of connecting. Default: 10 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.http.connect_timeout = limit;
        self
    }

    /// Sets the limits of a response.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sends requests through a proxy, such as `http://proxy.example:3128`, instead of the system's.
    /// Loopback http never goes through a proxy.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.http.proxy = Some(url.into());
        self
    }

    /// Adds trusted root certificates in PEM, such as those of a proxy that inspects TLS.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// Sets the clock, for tests.
    pub fn timer(mut self, timer: impl Timer + 'static) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Passes each request to `show` instead of sending it, and fetches no token. Each call ends with an
    /// [`ErrorKind::DryRun`](crate::ErrorKind::DryRun).
    pub fn dry_run(mut self, show: impl Fn(&RequestPreview) + Send + Sync + 'static) -> Self {
        self.show = Some(Arc::new(show));
        self
    }

    /// Builds a transport to `endpoint`. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the user agent is not a valid header, the proxy
    /// is not a URL, a root certificate cannot be read, or TLS cannot be set up.
    pub fn build(self, endpoint: Endpoint) -> Result<Transport, Error> {
        let Self { credential, mut http, policy, timer, limits, show } = self;
        http.loopback_http = endpoint.is_loopback_http();
        Ok(Transport(Arc::new(Shared {
            http: HttpClients::new(http)?,
            endpoint,
            tokens: TokenCache::new(credential),
            budget: Budget::new(policy.budget),
            policy,
            timer,
            limits,
            show,
        })))
    }
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder").field("policy", &self.policy).finish_non_exhaustive()
    }
}
