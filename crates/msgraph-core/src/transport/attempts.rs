//! The attempts of one call.

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::Request;

use super::answer::{Body, Received, read_body};
use super::{Build, Call, Shared, UnsentRequest, headers, telemetry};
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
    /// Sends the request until an attempt is the last word; each further one is built anew. `Ok` is an answer,
    /// whatever its status.
    pub(super) async fn run(
        &self,
        mut request: Request,
        build: &Build<'_>,
        call: &mut Call,
        repeat: Repeat,
        started: Instant,
    ) -> Result<Received, Error> {
        if !self.endpoint.covers(request.url()) {
            let error = Error::new(ErrorKind::InvalidInput, format!("the request would leave {}", self.endpoint));
            return Err(error.of_call(call, WriteOutcome::NotSent));
        }
        headers::set(&mut request, call);
        if let Some(show) = &self.dry_run {
            show(&UnsentRequest::of(&request));
            return Err(Error::new(ErrorKind::DryRun, "this is a dry run").of_call(call, WriteOutcome::NotSent));
        }
        let mut authorization = self.authorization(started, call).await?;
        let mut may_authorize_again = repeat != Repeat::Never;
        let mut new_connection = false;
        loop {
            headers::authorize(&mut request, &authorization);
            call.attempts += 1;
            let answer = self.attempt(request, call, started, new_connection).await;
            let ended = match &answer {
                Ok(received) if received.status.is_success() => {
                    self.budget.succeeded();
                    return answer.map_err(|failed| failed.error);
                }
                Ok(received) => Ended::Answered {
                    status: received.status.as_u16(),
                    retry_after: retry_after(&received.headers, SystemTime::now()),
                },
                Err(failed) => failed.ended,
            };
            let mut is_authorized_again = false;
            if let (Ok(received), true) = (&answer, may_authorize_again)
                && received.status == StatusCode::UNAUTHORIZED
            {
                may_authorize_again = false;
                if let Some(fresh) = self.other_authorization(&authorization, &received.headers, started).await {
                    authorization = fresh;
                    is_authorized_again = true;
                    telemetry::again(call, ended, Duration::ZERO);
                }
            }
            if !is_authorized_again {
                match self.decision(repeat, ended, call.attempts, started, || self.budget.take()) {
                    Ok((wait, new)) => {
                        call.earlier_unknown |= outcome_of(&answer) == WriteOutcome::Unknown;
                        telemetry::again(call, ended, wait);
                        self.timer.wait(wait).await;
                        new_connection = new;
                    }
                    Err(note) => {
                        call.note = note;
                        return answer.map_err(|failed| failed.error.of_call(call, failed.outcome));
                    }
                }
            }
            // What could be built once can be built again.
            request = build().map_err(|error| error.of_call(call, WriteOutcome::NotSent))?;
            headers::set(&mut request, call);
        }
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

    async fn attempt(&self, request: Request, call: &Call, started: Instant, new: bool) -> Result<Received, Failed> {
        let pooled = if new { self.http_without_pool() } else { Ok(&self.http) };
        let http = pooled.map_err(|error| Failed { error, ended: Ended::ForGood, outcome: WriteOutcome::NotSent })?;
        let left = self.policy.deadline.saturating_sub(self.elapsed(started));
        let mut timeout = Timeout::new(&*self.timer, self.policy.attempt_timeout.min(left));
        let mut response = match timeout.of(http.execute(request)).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => return Err(self.not_answered(error)),
            None => {
                let error = Error::new(ErrorKind::Timeout, format!("no answer from {} in time", self.endpoint));
                return Err(Failed { error, ended: Ended::Lost, outcome: WriteOutcome::Unknown });
            }
        };
        let mut body = Body::default();
        let problem = match timeout.of(read_body(&mut response, &mut body, self.max_body_bytes)).await {
            Some(Ok(())) => {
                let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
                return Ok(Received { status, headers, body: body.freeze() });
            }
            Some(Err(problem)) => problem,
            None => Error::new(ErrorKind::Timeout, "whose answer did not end in time"),
        };
        let status = response.status();
        // A success whose answer is lost was a success: only a read is worth another attempt.
        let was_applied = call.write && status.is_success();
        let ended = match problem.kind() {
            ErrorKind::AnswerTooLarge => Ended::ForGood,
            _ if was_applied => Ended::ForGood,
            _ if status.is_success() => Ended::Lost,
            _ => Ended::Answered {
                status: status.as_u16(),
                retry_after: retry_after(response.headers(), SystemTime::now()),
            },
        };
        let headers = std::mem::take(response.headers_mut());
        let error = problem.with_answer(status, headers, body.freeze());
        Err(Failed { error, ended, outcome: WriteOutcome::of_status(status.as_u16()) })
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
        let error = match self.in_time(started, self.tokens.authorization()).await {
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
        self.in_time(started, self.tokens.instead_of(refused, claims)).await?.ok().flatten()
    }

    async fn in_time<T>(&self, started: Instant, future: impl Future<Output = T>) -> Option<T> {
        let left = self.policy.deadline.saturating_sub(self.elapsed(started));
        Timeout::new(&*self.timer, left).of(future).await
    }

    fn elapsed(&self, started: Instant) -> Duration {
        self.timer.now().saturating_duration_since(started)
    }
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
