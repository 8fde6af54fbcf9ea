//! Which failures are retried, and after which wait.

use std::time::Duration;

use super::{AttemptOutcome, Decision, Progress, RetryMode, RetryPolicy, decide};
use AttemptOutcome::{ClosedOnReuse, ConnectionLost, NotProcessed, Permanent};

const SECOND: Duration = Duration::from_secs(1);

fn response(status: u16) -> AttemptOutcome {
    AttemptOutcome::Response { status, retry_after: None }
}

fn asking(status: u16, seconds: u32) -> AttemptOutcome {
    AttemptOutcome::Response { status, retry_after: Some(SECOND * seconds) }
}

/// Decides for an idempotent request, with the default policy except for the attempts.
fn decision(attempts: u32, elapsed: u32, outcome: AttemptOutcome, jitter: f64) -> Decision {
    let policy = RetryPolicy::default().max_attempts(if attempts < 5 { 4 } else { 100 });
    decide(&policy, RetryMode::Idempotent, Progress { attempts, elapsed: SECOND * elapsed }, outcome, jitter)
}

fn is_retried(mode: RetryMode, outcome: AttemptOutcome) -> bool {
    let progress = Progress { attempts: 1, elapsed: Duration::ZERO };
    matches!(decide(&RetryPolicy::default(), mode, progress, outcome, 1.0), Decision::Retry { .. })
}

#[test]
fn an_idempotent_request_is_retried_on_transient_failures() {
    for status in 300..=599 {
        let expected = matches!(status, 408 | 425 | 429 | 503 | 504);
        assert_eq!(is_retried(RetryMode::Idempotent, response(status)), expected, "{status}");
    }
    assert!(
        [ConnectionLost, ClosedOnReuse, NotProcessed].map(|ended| is_retried(RetryMode::Idempotent, ended))
            == [true; 3]
    );
    assert!(!is_retried(RetryMode::Idempotent, Permanent));
}

#[test]
fn with_only_if_not_processed_only_rejected_requests_are_retried() {
    for status in 300..=599 {
        let expected = matches!(status, 425 | 429);
        assert_eq!(is_retried(RetryMode::OnlyIfNotProcessed, response(status)), expected, "{status}");
    }
    for (ended, expected) in [(ConnectionLost, false), (ClosedOnReuse, false), (NotProcessed, true)] {
        assert_eq!(is_retried(RetryMode::OnlyIfNotProcessed, ended), expected, "{ended:?}");
    }
}

#[test]
fn with_never_no_failure_is_retried() {
    for ended in [response(429), response(503), ConnectionLost, ClosedOnReuse, NotProcessed, Permanent] {
        assert!(!is_retried(RetryMode::Never, ended), "{ended:?}");
    }
}

#[test]
fn a_retry_has_its_wait_and_its_connection() {
    for (attempts, outcome, jitter, milliseconds, new_connection) in [
        // The bound doubles up to its limit, and the wait is random.
        (1, ConnectionLost, 1.0, 1_000, false),
        (2, ConnectionLost, 0.5, 1_000, false),
        (3, ConnectionLost, 0.0, 0, false),
        (5, ConnectionLost, 1.0, 16_000, false),
        (6, ConnectionLost, 1.0, 30_000, false),
        (99, ConnectionLost, 0.5, 15_000, false),
        // A 429 waits half of the bound at least, and each as long as the service asks.
        (1, response(429), 0.0, 500, false),
        (1, asking(429, 7), 1.0, 7_000, false),
        (3, asking(429, 1), 1.0, 4_000, false),
        (1, response(503), 0.0, 0, true),
        (1, response(504), 0.0, 0, false),
        (1, response(408), 0.0, 0, false),
        (2, ClosedOnReuse, 1.0, 0, true),
    ] {
        let expected = Decision::Retry { wait: Duration::from_millis(milliseconds), new_connection };
        assert_eq!(decision(attempts, 0, outcome, jitter), expected, "{attempts} {outcome:?} {jitter}");
    }
}

#[test]
fn retries_end_after_the_attempts_or_before_the_deadline() {
    let too_long = |asked| Decision::AsksTooLong { asked, left: SECOND * 20 };
    for (attempts, elapsed, outcome, expected) in [
        (4, 0, ConnectionLost, Decision::AttemptsUsedUp),
        (1, 120, ConnectionLost, Decision::NoTimeLeft),
        (1, 500, ConnectionLost, Decision::NoTimeLeft),
        (1, 100, asking(503, 19), Decision::Retry { wait: SECOND * 19, new_connection: true }),
        (1, 100, asking(503, 20), too_long(SECOND * 20)),
        (1, 100, asking(503, u32::MAX), too_long(SECOND * u32::MAX)),
    ] {
        assert_eq!(decision(attempts, elapsed, outcome, 0.0), expected, "{attempts} {elapsed} {outcome:?}");
    }
}
