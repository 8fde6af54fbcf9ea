//! The attempts of one call.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::Request;

use super::http_client::{Pool, Settings};
use super::preview::{RequestPreview, ShowRequest};
use super::{headers, telemetry};
use crate::call::Call;
use crate::claims;
use crate::credential::CredentialError;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::json;
use crate::limits::Limits;
use crate::raw_response::RawResponse;
use crate::retry::{AttemptOutcome, Budget, Decision, Progress, RetryMode, RetryPolicy, decide, retry_after};
use crate::timer::{Timer, within};
use crate::token_cache::TokenCache;
use crate::write_outcome::WriteOutcome;

/// A function that returns the request of each attempt, so that none is copied.
pub(crate) type BuildRequest<'a> = dyn Fn() -> Result<Request, Error> + Sync + 'a;

/// The state that all clones of a transport share.
pub(super) struct Shared {
    pub(super) http: reqwest::Client,
    /// For the attempt after a 503: its connections are never kept.
    pub(super) http_without_pool: OnceLock<reqwest::Client>,
    pub(super) http_settings: Settings,
    pub(super) endpoint: Endpoint,
    pub(super) tokens: TokenCache,
    pub(super) policy: RetryPolicy,
    pub(super) budget: Budget,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) limits: Limits,
    pub(super) show: Option<ShowRequest>,
}

impl Shared {
    /// Sends the requests of `build` until an attempt is final. `Ok` is a response with any status.
    pub(super) async fn run(
        &self,
        mut call: Call,
        build: &BuildRequest<'_>,
        mode: RetryMode,
        started: Instant,
    ) -> Result<(RawResponse, Call), Error> {
        let mut request = self.prepared(build, &call)?;
        if let Some(show) = &self.show {
            show(&RequestPreview::of(&request));
            return Err(Error::new(ErrorKind::DryRun, "dry run: not sent").of_call(&call, WriteOutcome::NotSent));
        }
        let mut authorization = self.authorization(started, &call).await?;
        let mut may_refresh = mode != RetryMode::Never;
        let mut new_connection = false;
        loop {
            headers::authorize(&mut request, &authorization);
            call.attempts += 1;
            let result = self.attempt(request, new_connection, call.write, started).await;
            let outcome = match &result {
                Ok(response) if response.status.is_success() => {
                    self.budget.succeeded();
                    return finish(result, call);
                }
                Ok(response) => attempt_outcome(response),
                Err(failed) => failed.attempt,
            };
            let refreshed = match &result {
                Ok(response) if response.status == StatusCode::UNAUTHORIZED && may_refresh => {
                    may_refresh = false;
                    self.refreshed_authorization(&authorization, &response.headers, started).await
                }
                _ => None,
            };
            if let Some(refreshed) = refreshed {
                telemetry::retrying(&call, outcome, Duration::ZERO);
                authorization = refreshed;
                new_connection = false;
            } else {
                match self.decision(mode, outcome, call.attempts, started, || self.budget.take()) {
                    Ok((wait, new)) => {
                        call.earlier_unknown |= write_outcome(&result) == WriteOutcome::Unknown;
                        telemetry::retrying(&call, outcome, wait);
                        self.timer.wait(wait).await;
                        new_connection = new;
                    }
                    Err(note) => {
                        call.note = note;
                        return finish(result, call);
                    }
                }
            }
            request = self.prepared(build, &call)?;
        }
    }

    /// Returns a request with its headers, except the token. Fails if it would leave the endpoint.
    pub(super) fn prepared(&self, build: &BuildRequest<'_>, call: &Call) -> Result<Request, Error> {
        let not_sent = |error: Error| error.of_call(call, WriteOutcome::NotSent);
        let mut request = build().map_err(not_sent)?;
        if !self.endpoint.covers(request.url()) {
            return Err(not_sent(Error::invalid_input(format!("the request URL must be below {}", self.endpoint))));
        }
        headers::set(&mut request, call);
        Ok(request)
    }

    /// Returns the wait before the next attempt and whether it needs a new connection, or the reason against a retry.
    pub(super) fn decision(
        &self,
        mode: RetryMode,
        outcome: AttemptOutcome,
        attempts: u32,
        started: Instant,
        is_granted: impl FnOnce() -> bool,
    ) -> Result<(Duration, bool), Option<String>> {
        let progress = Progress { attempts, elapsed: self.elapsed(started) };
        match decide(&self.policy, mode, progress, outcome, random()) {
            Decision::Retry { wait, new_connection } if is_granted() => Ok((wait, new_connection)),
            Decision::Retry { .. } => Err(Some("not retried: the retry budget is used up".to_owned())),
            Decision::GiveUp => Err(None),
            Decision::AttemptsUsedUp => Err((attempts > 1).then(|| format!("after {attempts} attempts"))),
            Decision::AsksTooLong { asked, left } => Err(Some(format!(
                "not retried: Retry-After is {} s, but only {} s remain before the deadline",
                asked.as_secs_f64(),
                left.as_secs_f64()
            ))),
            Decision::NoTimeLeft => Err(Some(format!("not retried: no time remains after {attempts} attempts"))),
        }
    }

    /// Sends a request, and reads its response.
    async fn attempt(
        &self,
        request: Request,
        new_connection: bool,
        write: bool,
        started: Instant,
    ) -> Result<RawResponse, Failed> {
        let limit = self.policy.attempt_timeout.min(self.left(started));
        // Outside of the future, so that what has arrived is not lost when time runs out.
        let mut arrived = None;
        let exchanged = within(&*self.timer, limit, self.exchange(request, new_connection, &mut arrived)).await;
        match (exchanged, arrived) {
            (Some(Ok(())), Some(response)) => Ok(response),
            (Some(Err(failed)), Some(response)) => Err(incomplete(failed.error, response, write)),
            (Some(Err(failed)), None) => Err(failed),
            (_, Some(response)) => {
                let message = "timed out reading the response body";
                Err(incomplete(Error::new(ErrorKind::Timeout, message), response, write))
            }
            (_, None) => {
                let message = format!("timed out waiting for a response from {}", self.endpoint);
                Err(Failed::lost(Error::new(ErrorKind::Timeout, message)))
            }
        }
    }

    async fn exchange(
        &self,
        request: Request,
        new_connection: bool,
        arrived: &mut Option<RawResponse>,
    ) -> Result<(), Failed> {
        let http = if new_connection { self.http_without_pool().map_err(Failed::not_sent)? } else { &self.http };
        let mut response = http.execute(request).await.map_err(|error| self.no_response(error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let arrived = arrived.insert(RawResponse { status, headers, body: Bytes::new() });
        loop {
            let chunk = response.chunk().await.map_err(|error| {
                let message = "connection closed before the body was complete";
                Failed::lost(Error::new(ErrorKind::Connection, message).with_source(error.without_url()))
            })?;
            let limit = self.limits.body_bytes;
            let Some(chunk) = chunk else { return fits(arrived, limit) };
            if arrived.body.len() + chunk.len() > limit {
                let message = format!("response body exceeds {limit} bytes");
                return Err(Failed::lost(Error::new(ErrorKind::ResponseTooLarge, message)));
            }
            append(&mut arrived.body, chunk);
        }
    }

    /// Returns a client whose connections are all new.
    fn http_without_pool(&self) -> Result<&reqwest::Client, Error> {
        if let Some(client) = self.http_without_pool.get() {
            return Ok(client);
        }
        let client = self.http_settings.client(Pool::None)?;
        Ok(self.http_without_pool.get_or_init(|| client))
    }

    fn no_response(&self, error: reqwest::Error) -> Failed {
        let endpoint = &self.endpoint;
        let failed =
            |kind, message: String, error: reqwest::Error| Error::new(kind, message).with_source(error.without_url());
        if is_rejected_by_proxy(&error) {
            // Another try of a wrong password could lock its owner out.
            Failed::not_sent(failed(
                ErrorKind::Connect,
                "the proxy rejected the user or password (407)".to_owned(),
                error,
            ))
        } else if error.is_connect() {
            let error = failed(ErrorKind::Connect, format!("cannot connect to {endpoint}"), error);
            Failed { attempt: AttemptOutcome::NotConnected, ..Failed::not_sent(error) }
        } else if error.is_builder() {
            Failed::not_sent(failed(ErrorKind::InvalidInput, "the request cannot be sent".to_owned(), error))
        } else {
            Failed::lost(failed(ErrorKind::Connection, format!("lost the connection to {endpoint}"), error))
        }
    }

    async fn authorization(&self, started: Instant, call: &Call) -> Result<HeaderValue, Error> {
        if let Some(authorization) = self.tokens.valid() {
            return Ok(authorization);
        }
        // Rare, so that its size is not that of each call.
        let fetched = Box::pin(self.tokens.authorization());
        let error = match within(&*self.timer, self.left(started), fetched).await {
            Some(Ok(authorization)) => return Ok(authorization),
            Some(Err(error)) => no_token(error),
            None => Error::new(ErrorKind::Timeout, "timed out getting an access token"),
        };
        Err(error.of_call(call, WriteOutcome::NotSent))
    }

    /// Returns another token after a 401; `None` if there is none, and the 401 is final.
    async fn refreshed_authorization(
        &self,
        rejected: &HeaderValue,
        headers: &HeaderMap,
        started: Instant,
    ) -> Option<HeaderValue> {
        // Rare, so that its size is not that of each call.
        let refreshed = Box::pin(self.tokens.refresh(rejected, claims::of_challenge(headers)));
        within(&*self.timer, self.left(started), refreshed).await?.ok().flatten()
    }

    fn left(&self, started: Instant) -> Duration {
        self.policy.deadline.saturating_sub(self.elapsed(started))
    }

    fn elapsed(&self, started: Instant) -> Duration {
        self.timer.now().saturating_duration_since(started)
    }
}

/// An attempt without a complete response.
struct Failed {
    error: Error,
    attempt: AttemptOutcome,
    write: WriteOutcome,
}

impl Failed {
    /// The request was not sent, and would not be the next time.
    fn not_sent(error: Error) -> Self {
        Self { error, attempt: AttemptOutcome::Permanent, write: WriteOutcome::NotSent }
    }

    /// The request may have been processed.
    fn lost(error: Error) -> Self {
        Self { error, attempt: AttemptOutcome::ConnectionLost, write: WriteOutcome::Unknown }
    }
}

/// Returns the result of the final attempt.
fn finish(result: Result<RawResponse, Failed>, call: Call) -> Result<(RawResponse, Call), Error> {
    match result {
        Ok(response) => Ok((response, call)),
        Err(failed) => Err(failed.error.of_call(&call, failed.write)),
    }
}

/// Returns the failure of a response that is not complete.
fn incomplete(error: Error, response: RawResponse, write: bool) -> Failed {
    // A success whose body is lost was a success: only a read is worth another attempt.
    let was_applied = write && response.status.is_success();
    let attempt = match error.kind() {
        ErrorKind::ResponseTooLarge => AttemptOutcome::Permanent,
        _ if was_applied => AttemptOutcome::Permanent,
        _ if response.status.is_success() => AttemptOutcome::ConnectionLost,
        _ => attempt_outcome(&response),
    };
    let write = WriteOutcome::of_status(response.status.as_u16());
    Failed { error: error.with_response(response), attempt, write }
}

fn attempt_outcome(response: &RawResponse) -> AttemptOutcome {
    let retry_after = retry_after(&response.headers, SystemTime::now());
    AttemptOutcome::Response { status: response.status.as_u16(), retry_after }
}

fn write_outcome(result: &Result<RawResponse, Failed>) -> WriteOutcome {
    match result {
        Ok(response) => WriteOutcome::of_status(response.status.as_u16()),
        Err(failed) => failed.write,
    }
}

fn no_token(error: CredentialError) -> Error {
    Error::new(ErrorKind::Credential, "no access token").with_source(error)
}

/// Fails if a success has more JSON than may be read.
fn fits(response: &RawResponse, limit: usize) -> Result<(), Failed> {
    if response.status.is_success() && json::exceeds(&response.body, limit) {
        let message = format!("response body has more JSON values than {limit} bytes may have");
        return Err(Failed::lost(Error::new(ErrorKind::ResponseTooLarge, message)));
    }
    Ok(())
}

/// Appends a chunk to a body. A single chunk, the usual case, is not copied.
fn append(body: &mut Bytes, chunk: Bytes) {
    if body.is_empty() {
        *body = chunk;
    } else {
        let mut whole = BytesMut::from(std::mem::take(body));
        whole.extend_from_slice(&chunk);
        *body = whole.freeze();
    }
}

/// Returns a random number from 0 to 1.
fn random() -> f64 {
    // Without randomness the longest wait is the safest.
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}

/// Returns true if a proxy responded with 407. The HTTP client has no type for it.
pub(super) fn is_rejected_by_proxy(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| cause.to_string().ends_with("proxy authorization required"))
}
