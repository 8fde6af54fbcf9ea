//! The attempts of one call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, StatusCode};
use reqwest::{Client, Request};

use super::failed::{Failed, attempt_outcome, incomplete};
use super::http_clients::HttpClients;
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
use crate::retry::{AttemptOutcome, Budget, Decision, Progress, RetryMode, RetryPolicy, decide};
use crate::timer::{Timer, within};
use crate::token_cache::TokenCache;
use crate::write_outcome::WriteOutcome;

/// The longest URL that can be sent, in bytes, by the crate `http`.
const MAX_URL: usize = 65_534;

/// A function that returns the request of each attempt, so that none is copied.
pub(crate) type BuildRequest<'a> = dyn Fn() -> Result<Request, Error> + Sync + 'a;

/// The state that all clones of a transport share.
pub(super) struct Shared {
    pub(super) http: HttpClients,
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
        let mut authorization = match call.tokens.sent.take() {
            Some(authorization) => authorization,
            None => self.authorization(started, &call).await?,
        };
        let (mut may_refresh, mut may_reconnect) = (mode != RetryMode::Never, mode != RetryMode::Never);
        let mut new_connection = false;
        loop {
            headers::authorize(&mut request, &authorization);
            call.attempts += 1;
            let result = self.attempt(request, new_connection, call.write, started).await;
            let outcome = match &result {
                Ok(response) if response.status.is_success() => {
                    self.budget.succeeded();
                    call.tokens.sent = Some(authorization);
                    return finish(result, call);
                }
                Ok(response) => attempt_outcome(response),
                Err(failed) => failed.attempt,
            };
            let is_resolved = match &result {
                Ok(response) if response.status == StatusCode::UNAUTHORIZED && may_refresh => {
                    may_refresh = false;
                    let claims = claims::of_challenge(&response.headers);
                    let refreshed = self.refreshed_authorization(&authorization, claims, started).await;
                    refreshed
                        .map(|fresh| call.tokens.rejected = Some(std::mem::replace(&mut authorization, fresh)))
                        .is_some()
                }
                // The next attempt has a connection of its own generation.
                Ok(response) if response.status == StatusCode::MISDIRECTED_REQUEST => {
                    std::mem::take(&mut may_reconnect)
                }
                _ => false,
            };
            if is_resolved {
                telemetry::retrying(&call, outcome, Duration::ZERO);
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
                        call.tokens.sent = Some(authorization);
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
        let length = request.url().as_str().len();
        if length > MAX_URL {
            let message = format!("the request URL has {length} bytes: at most {MAX_URL} can be sent");
            return Err(not_sent(Error::invalid_input(message)));
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
            // A connection that the service closed while it was idle is not a failure of the service.
            Decision::Retry { wait, new_connection } if outcome == AttemptOutcome::ClosedOnReuse || is_granted() => {
                Ok((wait, new_connection))
            }
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
        let generation = self.http.current();
        let http =
            if new_connection { self.http.without_pool().map_err(Failed::not_sent)? } else { &generation.client };
        // Outside of the future, so that a timeout does not lose the received part.
        let mut arrived = None;
        let may_reuse = !new_connection && generation.may_reuse();
        let exchanged = within(&*self.timer, limit, self.exchange(http, request, may_reuse, &mut arrived)).await;
        if arrived.is_some() && !new_connection {
            generation.responded();
        }
        let is_misdirected = |response: &RawResponse| response.status == StatusCode::MISDIRECTED_REQUEST;
        if exchanged.is_none() || arrived.as_ref().is_some_and(is_misdirected) {
            // Its connection is of no use, and over HTTP/2 the next request would get the same.
            self.http.retire(&generation);
        }
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
        http: &Client,
        request: Request,
        may_reuse: bool,
        arrived: &mut Option<RawResponse>,
    ) -> Result<(), Failed> {
        let response = http.execute(request).await;
        let mut response = response.map_err(|error| Failed::without_response(error, &self.endpoint, may_reuse))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let arrived = arrived.insert(RawResponse { status, headers, body: Bytes::new() });
        let limit = self.limits.body_bytes;
        while let Some(chunk) = response.chunk().await.map_err(Failed::within_body)? {
            if arrived.body.len() + chunk.len() > limit {
                let message = format!("response body exceeds {limit} bytes");
                return Err(Failed::lost(Error::new(ErrorKind::ResponseTooLarge, message)));
            }
            append(&mut arrived.body, chunk);
        }
        fits(arrived, limit)
    }

    async fn authorization(&self, started: Instant, call: &Call) -> Result<HeaderValue, Error> {
        if let Some(authorization) = self.tokens.valid() {
            return Ok(authorization);
        }
        // Boxed, since it is rare: it must not enlarge each call's future.
        let fetched = Box::pin(self.tokens.authorization());
        let error = match within(&*self.timer, self.left(started), fetched).await {
            Some(Ok(authorization)) => return Ok(authorization),
            Some(Err(error)) => no_token(error),
            None => Error::new(ErrorKind::Timeout, "timed out getting an access token"),
        };
        Err(error.of_call(call, WriteOutcome::NotSent))
    }

    /// Returns another token after a 401 with these claims; `None` if there is none, and the 401 is final.
    pub(super) async fn refreshed_authorization(
        &self,
        rejected: &HeaderValue,
        claims: Option<String>,
        started: Instant,
    ) -> Option<HeaderValue> {
        // Boxed, since it is rare: it must not enlarge each call's future.
        let refreshed = Box::pin(self.tokens.refresh(rejected, claims));
        within(&*self.timer, self.left(started), refreshed).await?.ok().flatten()
    }

    fn left(&self, started: Instant) -> Duration {
        self.policy.deadline.saturating_sub(self.elapsed(started))
    }

    fn elapsed(&self, started: Instant) -> Duration {
        self.timer.now().saturating_duration_since(started)
    }
}

/// Returns the result of the final attempt, without the tokens.
fn finish(result: Result<RawResponse, Failed>, call: Call) -> Result<(RawResponse, Call), Error> {
    match result {
        Ok(mut response) => {
            call.tokens.redact_value(&mut response);
            Ok((response, call))
        }
        Err(failed) => Err(failed.error.of_call(&call, failed.write)),
    }
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
