//! The attempts of one call.

use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::{Request, Response};

use super::answer::{Body, Received, read_body};
use super::{Answer, Build, Call, Operation, Shared, UnsentRequest, headers, telemetry};
use crate::retry::{Decision, Ended, Progress, decide, retry_after};
use crate::timer::Timeout;
use crate::{CredentialError, Error, ErrorKind, Repeat, WriteOutcome};

/// An attempt that is not answered.
struct Failed {
    error: Error,
    ended: Ended,
    outcome: WriteOutcome,
}

impl Shared {
    /// Sends what `build` builds until an attempt is the last word. `Ok` is an answer, whatever its status.
    #[expect(clippy::manual_async_fn, reason = "a block holds once what it captures, an async function twice")]
    pub(super) fn run(
        &self,
        build: &Build<'_>,
        operation: Operation,
        started: Instant,
    ) -> impl Future<Output = Result<Answer, Error>> + Send {
        async move {
            // No request is held while an attempt is on its way: the state of a call stays small.
            let (mut call, repeat, mut authorization, mut sent) = {
                let mut request = build().map_err(|error| error.not_sent(Some(operation.name)))?;
                let call = Call::of(&request, &operation);
                telemetry::begun(&call);
                self.prepare(&mut request, &call)?;
                let authorization = self.authorization(started, &call).await?;
                let repeat = operation.repeat.unwrap_or_else(|| Repeat::of_method(request.method()));
                let sent = self.sent(request, &authorization, false);
                (call, repeat, authorization, sent)
            };
            let mut may_authorize_again = repeat != Repeat::Never;
            loop {
                call.attempts += 1;
                let answer = self.attempt(sent, call.write, started).await;
                let ended = match &answer {
                    Ok(received) if received.status.is_success() => {
                        self.budget.succeeded();
                        return last_word(answer, call);
                    }
                    Ok(received) => received.ended(),
                    Err(failed) => failed.ended,
                };
                let other = match &answer {
                    Ok(received) if received.status == StatusCode::UNAUTHORIZED && may_authorize_again => {
                        may_authorize_again = false;
                        self.other_authorization(&authorization, &received.headers, started).await
                    }
                    _ => None,
                };
                let mut new_connection = false;
                if let Some(other) = other {
                    telemetry::again(&call, ended, Duration::ZERO);
                    authorization = other;
                } else {
                    match self.decision(repeat, ended, call.attempts, started, || self.budget.take()) {
                        Ok((wait, new)) => {
                            call.earlier_unknown |= outcome_of(&answer) == WriteOutcome::Unknown;
                            telemetry::again(&call, ended, wait);
                            self.timer.wait(wait).await;
                            new_connection = new;
                        }
                        Err(note) => {
                            call.note = note;
                            return last_word(answer, call);
                        }
                    }
                }
                let mut request = build().map_err(|error| error.of_call(&call, WriteOutcome::NotSent))?;
                self.prepare(&mut request, &call)?;
                sent = self.sent(request, &authorization, new_connection);
            }
        }
    }

    /// Sets the headers of a request. Fails where it would leave the endpoint, or is only shown.
    fn prepare(&self, request: &mut Request, call: &Call) -> Result<(), Error> {
        headers::set(request, call);
        let error = if !self.endpoint.covers(request.url()) {
            Error::new(ErrorKind::InvalidInput, format!("the request would leave {}", self.endpoint))
        } else if let Some(show) = &self.dry_run {
            show(&UnsentRequest::of(request));
            Error::new(ErrorKind::DryRun, "this is a dry run")
        } else {
            return Ok(());
        };
        Err(error.of_call(call, WriteOutcome::NotSent))
    }

    /// The wait before the next attempt and whether it needs a new connection, or why there is none.
    pub(super) fn decision(
        &self,
        repeat: Repeat,
        ended: Ended,
        attempts: u32,
        started: Instant,
        is_granted: impl FnOnce() -> bool,
    ) -> Result<(Duration, bool), Option<String>> {
        let progress = Progress { attempts, elapsed: self.elapsed(started) };
        match decide(&self.policy, repeat, progress, ended, random()) {
            Decision::Again { wait, new_connection } if is_granted() => Ok((wait, new_connection)),
            Decision::Again { .. } => Err(Some("not repeated: the retry budget is used up".to_owned())),
            Decision::GiveUp => Err(None),
            Decision::AttemptsUsedUp => Err((attempts > 1).then(|| format!("after {attempts} attempts"))),
            Decision::AsksTooLong { asked, left } => Err(Some(format!(
                "not repeated: the service asks to wait {} s and {} s are left",
                asked.as_secs_f64(),
                left.as_secs_f64()
            ))),
            Decision::NoTimeLeft => Err(Some(format!("not repeated: no time is left after {attempts} attempts"))),
        }
    }

    /// A request on its way, once it is polled.
    fn sent(
        &self,
        mut request: Request,
        authorization: &HeaderValue,
        new_connection: bool,
    ) -> Result<impl Future<Output = reqwest::Result<Response>> + Send + use<>, Error> {
        headers::authorize(&mut request, authorization);
        let http = if new_connection { self.http_without_pool()? } else { &self.http };
        Ok(http.execute(request))
    }

    /// The answer to a request, read.
    fn attempt(
        &self,
        sent: Result<impl Future<Output = reqwest::Result<Response>> + Send, Error>,
        write: bool,
        started: Instant,
    ) -> impl Future<Output = Result<Received, Failed>> + Send {
        let left = self.policy.deadline.saturating_sub(self.elapsed(started));
        let mut timeout = Timeout::new(&*self.timer, self.policy.attempt_timeout.min(left));
        async move {
            let sent = sent.map_err(|error| Failed { error, ended: Ended::ForGood, outcome: WriteOutcome::NotSent })?;
            let mut response = match timeout.of(pin!(sent)).await {
                Some(Ok(response)) => response,
                Some(Err(error)) => return Err(self.not_answered(error)),
                None => {
                    let error = Error::new(ErrorKind::Timeout, format!("no answer from {} in time", self.endpoint));
                    return Err(Failed { error, ended: Ended::Lost, outcome: WriteOutcome::Unknown });
                }
            };
            let mut body = Body::default();
            let read = timeout.of(pin!(read_body(&mut response, &mut body, self.max_body_bytes))).await;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let received = Received { status, headers, body: body.freeze() };
            match read {
                Some(Ok(())) => Ok(received),
                Some(Err(problem)) => Err(cut_off(problem, received, write)),
                None => {
                    Err(cut_off(Error::new(ErrorKind::Timeout, "whose answer did not end in time"), received, write))
                }
            }
        }
    }

    fn not_answered(&self, error: reqwest::Error) -> Failed {
        let endpoint = &self.endpoint;
        let (kind, message, ended, outcome) = if error.is_connect() {
            let message = format!("no connection to {endpoint}");
            (ErrorKind::Connect, message, Ended::NotConnected, WriteOutcome::NotSent)
        } else if error.is_builder() {
            let message = "the request can't be sent".to_owned();
            (ErrorKind::InvalidInput, message, Ended::ForGood, WriteOutcome::NotSent)
        } else {
            let message = format!("the connection to {endpoint} was lost");
            (ErrorKind::Connection, message, Ended::Lost, WriteOutcome::Unknown)
        };
        Failed { error: Error::new(kind, message).with_source(error.without_url()), ended, outcome }
    }

    async fn authorization(&self, started: Instant, call: &Call) -> Result<HeaderValue, Error> {
        if let Some(authorization) = self.tokens.valid() {
            return Ok(authorization);
        }
        // Rare, so that its size is not that of each call.
        let asked = Box::pin(self.tokens.authorization());
        let error = match self.in_time(started, asked).await {
            Some(Ok(authorization)) => return Ok(authorization),
            Some(Err(error)) => no_token(error),
            None => Error::new(ErrorKind::Timeout, "no access token in time"),
        };
        Err(error.of_call(call, WriteOutcome::NotSent))
    }

    /// Another token after a 401; `None` where there is none, and the 401 stands.
    async fn other_authorization(
        &self,
        refused: &HeaderValue,
        headers: &HeaderMap,
        started: Instant,
    ) -> Option<HeaderValue> {
        let claims = crate::claims::of_challenge(headers);
        // Rare, so that its size is not that of each call.
        let other = Box::pin(self.tokens.instead_of(refused, claims));
        self.in_time(started, other).await?.ok().flatten()
    }

    async fn in_time<T>(&self, started: Instant, future: impl Future<Output = T>) -> Option<T> {
        let left = self.policy.deadline.saturating_sub(self.elapsed(started));
        Timeout::new(&*self.timer, left).of(pin!(future)).await
    }

    fn elapsed(&self, started: Instant) -> Duration {
        self.timer.now().saturating_duration_since(started)
    }
}

impl Call {
    fn of(request: &Request, operation: &Operation) -> Self {
        Self {
            operation: operation.name,
            write: !request.method().is_safe(),
            client_request_id: headers::client_request_id(request),
            attempts: 0,
            earlier_unknown: false,
            note: None,
        }
    }
}

impl Received {
    /// How its attempt ended, where it is not the last word.
    fn ended(&self) -> Ended {
        let retry_after = retry_after(&self.headers, SystemTime::now());
        Ended::Answered { status: self.status.as_u16(), retry_after }
    }
}

/// What an attempt comes to that no other follows.
fn last_word(answer: Result<Received, Failed>, call: Call) -> Result<Answer, Error> {
    match answer {
        Ok(received) => Ok(Answer { received, call }),
        Err(failed) => Err(failed.error.of_call(&call, failed.outcome)),
    }
}

/// An answer that did not arrive whole.
fn cut_off(problem: Error, received: Received, write: bool) -> Failed {
    // A success whose answer is lost was a success: only a read is worth another attempt.
    let was_applied = write && received.status.is_success();
    let ended = match problem.kind() {
        ErrorKind::AnswerTooLarge => Ended::ForGood,
        _ if was_applied => Ended::ForGood,
        _ if received.status.is_success() => Ended::Lost,
        _ => received.ended(),
    };
    let Received { status, headers, body } = received;
    let error = problem.with_answer(status, headers, body);
    Failed { error, ended, outcome: WriteOutcome::of_status(status.as_u16()) }
}

fn no_token(error: CredentialError) -> Error {
    Error::new(ErrorKind::Credential, "there is no access token").with_source(error)
}

fn outcome_of(answer: &Result<Received, Failed>) -> WriteOutcome {
    match answer {
        Ok(received) => WriteOutcome::of_status(received.status.as_u16()),
        Err(failed) => failed.outcome,
    }
}

/// A random number from 0 to 1.
fn random() -> f64 {
    // Without randomness the longest wait is the safest.
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}
