//! One request, all the way: token, headers, attempts, answer, and what became of it.

mod answer;
mod attempts;
mod builder;
mod headers;
pub(crate) use headers::{CLIENT_REQUEST_ID, PREFERENCE, new_client_request_id};
mod http_client;
mod telemetry;
#[cfg(feature = "rustls")]
mod tls;
mod unsent_request;

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ::http::HeaderValue;
use futures_util::FutureExt;
use reqwest::Request;
use tracing::Instrument;

pub use answer::Answer;
pub(crate) use answer::without_byte_order_mark;
pub use builder::TransportBuilder;
#[cfg(feature = "azure")]
pub(crate) use http_client::plain_http_client;
use unsent_request::DryRun;
pub use unsent_request::UnsentRequest;

use crate::retry::{Budget, Ended};
use crate::timer::Timer;
use crate::token_cache::TokenCache;
use crate::{Endpoint, Error, Repeat, RetryPolicy, TokenCredential};

/// Sends requests to one endpoint with one credential. Clones share their connections, their token
/// and their retry budget.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

struct Shared {
    http: reqwest::Client,
    // For the attempt after a 503: its connections are never kept.
    http_without_pool: OnceLock<reqwest::Client>,
    http_settings: http_client::Settings,
    endpoint: Endpoint,
    tokens: TokenCache,
    policy: RetryPolicy,
    budget: Budget,
    timer: Arc<dyn Timer>,
    max_body_bytes: usize,
    dry_run: Option<DryRun>,
}

/// The operation that a request is of.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its name, such as `update_incident_task`.
    pub name: &'static str,
    /// Its HTTP method, such as `PATCH`.
    pub method: &'static str,
    /// Its path in the API description, such as `/security/incidentTasks/{incidentTaskId}`.
    pub path_template: &'static str,
    /// What may be repeated of it; what HTTP says of its method where this is `None`.
    pub repeat: Option<Repeat>,
}

/// What builds a request: once for each attempt, so that none has to be copied.
pub type Build<'a> = dyn Fn() -> Result<Request, Error> + Sync + 'a;

/// A request on its way. On the heap: what a caller's futures carry and move stays small.
pub type Execution<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

/// What is known of a call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) write: bool,
    pub(crate) client_request_id: HeaderValue,
    /// How often the request was sent.
    pub(crate) attempts: u32,
    /// Whether an earlier attempt may have been carried out.
    pub(crate) earlier_unknown: bool,
    /// Why no further attempt was made, where that needs a word.
    pub(crate) note: Option<String>,
}

impl Transport {
    /// Starts a transport to `endpoint` that gets its tokens from `credential`.
    pub fn builder(endpoint: Endpoint, credential: impl TokenCredential + 'static) -> TransportBuilder {
        TransportBuilder::new(endpoint, Arc::new(credential))
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// The present, as the transport's timer has it.
    pub(crate) fn now(&self) -> Instant {
        self.0.timer.now()
    }

    /// Waits.
    #[doc(hidden)]
    pub async fn wait(&self, duration: Duration) {
        if !duration.is_zero() {
            self.0.timer.wait(duration).await;
        }
    }

    /// Whether a request of a batch is to be sent again: after which wait, or why not.
    pub(crate) fn again(
        &self,
        repeat: Repeat,
        ended: Ended,
        (attempts, started): (u32, Instant),
        is_granted: impl FnOnce() -> bool,
    ) -> Result<Duration, Option<String>> {
        self.0.decision(repeat, ended, attempts, started, is_granted).map(|(wait, _)| wait)
    }

    /// Takes a repeat from the reserve that all clones share, if there is one.
    pub(crate) fn take_repeat(&self) -> bool {
        self.0.budget.take()
    }

    /// The HTTP client, for building requests.
    pub fn http_client(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// Sends a request of an operation, again where that is harmless and promising, and returns the
    /// whole answer, whatever its status is. `build` is called for each attempt.
    ///
    /// Dropping the future ends what is under way; what was sent by then may still be carried out.
    ///
    /// # Errors
    ///
    /// The [`Error`] of an operation that has no whole answer, and whatever `build` fails with.
    pub fn execute<'a>(&'a self, build: &'a Build<'_>, operation: Operation) -> Execution<'a> {
        self.execute_since(self.now(), build, operation)
    }

    /// As [`execute`](Self::execute), with a deadline that has run since `started`.
    pub(crate) fn execute_since<'a>(
        &'a self,
        started: Instant,
        build: &'a Build<'_>,
        operation: Operation,
    ) -> Execution<'a> {
        let span = telemetry::span(&self.0.endpoint, &operation);
        Box::pin(self.0.run(build, operation, started).inspect(telemetry::ended).instrument(span))
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("endpoint", self.endpoint()).finish_non_exhaustive()
    }
}

impl Shared {
    /// A client whose connections are all new.
    fn http_without_pool(&self) -> Result<&reqwest::Client, Error> {
        if let Some(client) = self.http_without_pool.get() {
            return Ok(client);
        }
        let client = self.http_settings.client(http_client::Pool::None)?;
        Ok(self.http_without_pool.get_or_init(|| client))
    }
}
