//! Decides whether and when a request is retried.

mod budget;
mod retry_after;

use std::time::Duration;

pub(crate) use budget::Budget;
pub(crate) use retry_after::retry_after;

/// The limits of retries.
///
/// What may be sent again at all depends on the operation, see [`RetryMode`]. The service's `Retry-After` is
/// always honored, and the longest if there are several; without one the wait is random between zero and a bound that
/// doubles with each attempt ([full jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)),
/// and at least half of the bound after a 429.
/// See [Microsoft Graph throttling guidance](https://learn.microsoft.com/graph/throttling).
///
/// A connection that the service had closed when it was reused, before a response began, costs an idempotent request an
/// attempt, but no wait and nothing of the reserve.
///
/// ```
/// # use std::time::Duration;
/// # use msgraph_core::RetryPolicy;
/// let policy = RetryPolicy::default().max_attempts(3).deadline(Duration::from_secs(60));
/// assert_eq!(policy.max_backoff, Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first. Default: 4.
    pub max_attempts: u32,
    /// The bound of the first wait. Default: 1 second.
    pub initial_backoff: Duration,
    /// The bound of each later wait. Default: 30 seconds.
    pub max_backoff: Duration,
    /// The time limit of one attempt, to the last byte of its response. Default: 30 seconds.
    pub attempt_timeout: Duration,
    /// The time limit of all attempts and waits together. Default: 120 seconds.
    pub deadline: Duration,
    /// The number of retries that all clones of a client have in reserve together. Each retry takes one, and each
    /// success returns a tenth, which bounds the extra load on a failing service. Default: 100.
    pub budget: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            initial_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
            budget: 100,
        }
    }
}

impl RetryPolicy {
    /// Returns a policy that sends each request once, within the same time limits.
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets [`max_attempts`](Self::max_attempts).
    #[must_use]
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self { max_attempts: attempts, ..self }
    }

    /// Sets [`initial_backoff`](Self::initial_backoff).
    #[must_use]
    pub fn initial_backoff(self, bound: Duration) -> Self {
        Self { initial_backoff: bound, ..self }
    }

    /// Sets [`max_backoff`](Self::max_backoff).
    #[must_use]
    pub fn max_backoff(self, bound: Duration) -> Self {
        Self { max_backoff: bound, ..self }
    }

    /// Sets [`attempt_timeout`](Self::attempt_timeout).
    #[must_use]
    pub fn attempt_timeout(self, limit: Duration) -> Self {
        Self { attempt_timeout: limit, ..self }
    }

    /// Sets [`deadline`](Self::deadline).
    #[must_use]
    pub fn deadline(self, limit: Duration) -> Self {
        Self { deadline: limit, ..self }
    }

    /// Sets [`budget`](Self::budget).
    #[must_use]
    pub fn budget(self, retries: u32) -> Self {
        Self { budget: retries, ..self }
    }
}

/// Which failed requests are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryMode {
    /// Retries if the response is lost or asks for a retry: repeating the request is harmless.
    Idempotent,
    /// Retries only if the request surely was not processed: no connection was made, HTTP/2 refused the request
    /// ([RFC 9113, section 8.7](https://www.rfc-editor.org/rfc/rfc9113#section-8.7)), or the service responded with 401
    /// (once, with a fresh token), 421 (once, on a new connection), 425 or 429.
    OnlyIfNotProcessed,
    /// Never retries.
    Never,
}

/// The outcome of a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    /// The service responded with a failure.
    Response { status: u16, retry_after: Option<Duration> },
    /// No connection was made, or HTTP/2 refused the request.
    NotProcessed,
    /// The connection may have been used before, and was found closed.
    ClosedOnReuse,
    /// The connection was lost, or time ran out, before the response was complete.
    ConnectionLost,
    /// A retry would fail too.
    Permanent,
}

/// The progress of the attempts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The number of attempts.
    pub(crate) attempts: u32,
    /// The time since the first one.
    pub(crate) elapsed: Duration,
}

/// The decision after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Retry after a wait, on a new connection if `true`.
    Retry { wait: Duration, new_connection: bool },
    /// Give up: the failure is not retried.
    GiveUp,
    /// Give up: the attempts are used up.
    AttemptsUsedUp,
    /// Give up: `Retry-After` is longer than the remaining time.
    AsksTooLong { asked: Duration, left: Duration },
    /// Give up: the next attempt would be after the deadline.
    NoTimeLeft,
}

/// Decides after a failed attempt. `jitter` is a random number from 0 to 1.
pub(crate) fn decide(
    policy: &RetryPolicy,
    mode: RetryMode,
    progress: Progress,
    outcome: AttemptOutcome,
    jitter: f64,
) -> Decision {
    if !is_retryable(mode, outcome) {
        return Decision::GiveUp;
    }
    if progress.attempts >= policy.max_attempts {
        return Decision::AttemptsUsedUp;
    }
    let (asked, status) = match outcome {
        AttemptOutcome::Response { status, retry_after } => (retry_after, Some(status)),
        _ => (None, None),
    };
    let left = policy.deadline.saturating_sub(progress.elapsed);
    let backoff = match outcome {
        AttemptOutcome::ClosedOnReuse => Duration::ZERO,
        // Otherwise a service that is short of capacity may be asked again at once.
        AttemptOutcome::Response { status: 429, .. } => backoff(policy, progress.attempts, (1.0 + jitter) / 2.0),
        _ => backoff(policy, progress.attempts, jitter),
    };
    let wait = asked.unwrap_or_default().max(backoff);
    match asked {
        Some(asked) if asked >= left => Decision::AsksTooLong { asked, left },
        _ if wait >= left => Decision::NoTimeLeft,
        // Best practices: after a 503 always over a new connection.
        _ => Decision::Retry { wait, new_connection: status == Some(503) || outcome == AttemptOutcome::ClosedOnReuse },
    }
}

fn is_retryable(mode: RetryMode, outcome: AttemptOutcome) -> bool {
    use AttemptOutcome::{ClosedOnReuse, ConnectionLost, NotProcessed, Permanent, Response};

    match (mode, outcome) {
        (RetryMode::Never, _) | (_, Permanent) => false,
        // 425: too early in a handshake, which is complete by the next attempt.
        (_, NotProcessed | Response { status: 425 | 429, .. }) => true,
        (RetryMode::Idempotent, ClosedOnReuse | ConnectionLost | Response { status: 408 | 503 | 504, .. }) => true,
        _ => false,
    }
}

fn backoff(policy: &RetryPolicy, attempts: u32, jitter: f64) -> Duration {
    let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let bound = policy.initial_backoff.saturating_mul(factor).min(policy.max_backoff);
    bound.mul_f64(jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
