//! Whether and when a request is sent again.

mod budget;
mod retry_after;

use std::time::Duration;

pub(crate) use budget::Budget;
pub(crate) use retry_after::retry_after;

/// When a transport sends a request again, and when it gives up.
///
/// What is repeated at all depends on the operation, see [`Repeat`]. The service's `Retry-After` is
/// always honoured; without one the wait is random between zero and a bound that doubles with each
/// attempt ([full jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)).
/// See [Microsoft Graph throttling guidance](https://learn.microsoft.com/graph/throttling).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a request is sent at the most, the first time included. 4 unless set.
    pub max_attempts: u32,
    /// The bound of the first wait. 1 second unless set.
    pub initial_backoff: Duration,
    /// The bound of each later wait. 30 seconds unless set.
    pub max_backoff: Duration,
    /// How long one attempt may take, to the last byte of its answer. 30 seconds unless set.
    pub attempt_timeout: Duration,
    /// How long all attempts and waits may take together. 120 seconds unless set.
    pub deadline: Duration,
    /// How many repeats all clones of a client have in reserve together. Each repeat takes one, each
    /// success gives a tenth back, so that a service in trouble isn't sent a multiple of the load.
    /// 100 unless set.
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
    /// Sends each request once. The time limits stay.
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }
}

/// What may be repeated of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repeat {
    /// Sending it again changes nothing: repeated whenever the answer is missing or says to come back.
    Idempotent,
    /// Repeated only where it surely did not run: no connection was made, or the service answered 401
    /// (once, with a fresh token) or 429.
    IfNotRun,
    /// Sent once.
    Never,
}

impl Repeat {
    /// What HTTP says of a method ([RFC 9110, section 9.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2)).
    pub(crate) fn of_method(method: &http::Method) -> Self {
        if method.is_idempotent() { Self::Idempotent } else { Self::IfNotRun }
    }
}

/// How an attempt ended without being the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The service answered, with a failure.
    Answered { status: u16, retry_after: Option<Duration> },
    /// No connection was made.
    NotConnected,
    /// The connection, or time, was lost on the way.
    Lost,
    /// For a reason that no repeat would change.
    ForGood,
}

/// How far the attempts have come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many attempts there were.
    pub(crate) attempts: u32,
    /// How long ago the first began.
    pub(crate) elapsed: Duration,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send again after a wait, on a new connection where that is asked for.
    Again { wait: Duration, new_connection: bool },
    /// The failure stands: nothing speaks for a repeat.
    GiveUp,
    /// The failure stands: the attempts are used up.
    AttemptsUsedUp,
    /// The failure stands: the service asks for more time than is left.
    AsksTooLong { asked: Duration, left: Duration },
    /// The failure stands: the next attempt would come after the deadline.
    NoTimeLeft,
}

/// Decides after a failed attempt. `jitter` is a random number from 0 to 1.
pub(crate) fn decide(policy: &RetryPolicy, repeat: Repeat, progress: Progress, ended: Ended, jitter: f64) -> Decision {
    if !is_repeatable(repeat, ended) {
        return Decision::GiveUp;
    }
    if progress.attempts >= policy.max_attempts {
        return Decision::AttemptsUsedUp;
    }
    let (asked, status) = match ended {
        Ended::Answered { status, retry_after } => (retry_after, Some(status)),
        _ => (None, None),
    };
    let left = policy.deadline.saturating_sub(progress.elapsed);
    let wait = asked.unwrap_or_default().max(backoff(policy, progress.attempts, jitter));
    match asked {
        Some(asked) if asked >= left => Decision::AsksTooLong { asked, left },
        _ if wait >= left => Decision::NoTimeLeft,
        // Best practices: after a 503 always over a new connection.
        _ => Decision::Again { wait, new_connection: status == Some(503) },
    }
}

fn is_repeatable(repeat: Repeat, ended: Ended) -> bool {
    match (repeat, ended) {
        (Repeat::Never, _) | (_, Ended::ForGood) => false,
        (_, Ended::NotConnected | Ended::Answered { status: 429, .. }) => true,
        (Repeat::Idempotent, Ended::Lost | Ended::Answered { status: 408 | 503 | 504, .. }) => true,
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
