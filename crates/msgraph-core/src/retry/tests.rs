//! Which failures are retried, and after which wait.

use std::time::Duration;

use super::{AttemptOutcome, Decision, Progress, RetryMode, RetryPolicy, decide};

const SECOND: Duration = Duration::from_secs(1);

fn response(status: u16) -> AttemptOutcome {
    AttemptOutcome::Response { status, retry_after: None }
}

fn after(attempts: u32, elapsed: Duration) -> Progress {
    Progress { attempts, elapsed }
}

fn first(mode: RetryMode, outcome: AttemptOutcome) -> Decision {
    decide(&RetryPolicy::default(), mode, after(1, Duration::ZERO), outcome, 1.0)
}

fn is_retry(decision: Decision) -> bool {
    matches!(decision, Decision::Retry { .. })
}

#[test]
fn an_idempotent_request_is_retried_on_transient_failures() {
    for status in 300..=599 {
        let expected = matches!(status, 408 | 425 | 429 | 503 | 504);
        assert_eq!(is_retry(first(RetryMode::Idempotent, response(status))), expected, "{status}");
    }
    assert!(is_retry(first(RetryMode::Idempotent, AttemptOutcome::ConnectionLost)));
    assert!(is_retry(first(RetryMode::Idempotent, AttemptOutcome::NotProcessed)));
    assert!(!is_retry(first(RetryMode::Idempotent, AttemptOutcome::Permanent)));
}

#[test]
fn with_only_if_not_processed_only_rejected_requests_are_retried() {
    for status in 300..=599 {
        assert_eq!(
            is_retry(first(RetryMode::OnlyIfNotProcessed, response(status))),
            matches!(status, 425 | 429),
            "{status}"
        );
    }
    for lost in [AttemptOutcome::ConnectionLost, AttemptOutcome::ClosedOnReuse] {
        assert!(!is_retry(first(RetryMode::OnlyIfNotProcessed, lost)));
    }
    assert!(is_retry(first(RetryMode::OnlyIfNotProcessed, AttemptOutcome::NotProcessed)));
}

#[test]
fn with_never_no_failure_is_retried() {
    for ended in [
        response(429),
        response(503),
        AttemptOutcome::ConnectionLost,
        AttemptOutcome::ClosedOnReuse,
        AttemptOutcome::NotProcessed,
        AttemptOutcome::Permanent,
    ] {
        assert_eq!(first(RetryMode::Never, ended), Decision::GiveUp);
    }
}

#[test]
fn the_bound_of_the_wait_doubles_up_to_its_limit() {
    let policy = RetryPolicy { max_attempts: 100, ..RetryPolicy::default() };
    let wait = |attempts, jitter| {
        decide(&policy, RetryMode::Idempotent, after(attempts, Duration::ZERO), AttemptOutcome::ConnectionLost, jitter)
    };
    for (attempts, seconds) in [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (40, 30), (99, 30)] {
        let again = |wait| Decision::Retry { wait, new_connection: false };
        assert_eq!(wait(attempts, 1.0), again(SECOND * seconds));
        assert_eq!(wait(attempts, 0.5), again(SECOND * seconds / 2));
        assert_eq!(wait(attempts, 0.0), again(Duration::ZERO));
    }
}

#[test]
fn a_retry_waits_at_least_for_retry_after() {
    let ended = AttemptOutcome::Response { status: 429, retry_after: Some(SECOND * 7) };
    for jitter in [0.0, 0.3, 1.0] {
        let decision = decide(&RetryPolicy::default(), RetryMode::Idempotent, after(1, Duration::ZERO), ended, jitter);
        assert_eq!(decision, Decision::Retry { wait: SECOND * 7, new_connection: false });
    }
}

#[test]
fn a_429_without_a_wait_is_retried_after_half_the_bound_or_more() {
    for (status, least) in [(429, 500), (503, 0)] {
        let decision =
            decide(&RetryPolicy::default(), RetryMode::Idempotent, after(1, Duration::ZERO), response(status), 0.0);
        assert!(
            matches!(decision, Decision::Retry { wait, .. } if wait == Duration::from_millis(least)),
            "{decision:?}"
        );
    }
}

#[test]
fn a_connection_found_closed_on_reuse_is_replaced_at_once() {
    let decision = first(RetryMode::Idempotent, AttemptOutcome::ClosedOnReuse);
    assert_eq!(decision, Decision::Retry { wait: Duration::ZERO, new_connection: true });
}

#[test]
fn a_longer_wait_than_the_deadline_leaves_fails_at_once() {
    let ended = |asked| AttemptOutcome::Response { status: 503, retry_after: Some(asked) };
    let decision =
        |asked| decide(&RetryPolicy::default(), RetryMode::Idempotent, after(1, SECOND * 100), ended(asked), 0.0);
    assert_eq!(decision(SECOND * 19), Decision::Retry { wait: SECOND * 19, new_connection: true });
    assert_eq!(decision(SECOND * 20), Decision::AsksTooLong { asked: SECOND * 20, left: SECOND * 20 });
    assert_eq!(decision(Duration::MAX), Decision::AsksTooLong { asked: Duration::MAX, left: SECOND * 20 });
}

#[test]
fn retries_end_after_the_attempts_or_at_the_deadline() {
    let policy = RetryPolicy::default();
    let decision = |attempts, elapsed| {
        decide(&policy, RetryMode::Idempotent, after(attempts, elapsed), AttemptOutcome::ConnectionLost, 1.0)
    };
    assert!(is_retry(decision(3, Duration::ZERO)));
    assert_eq!(decision(4, Duration::ZERO), Decision::AttemptsUsedUp);
    assert_eq!(decision(1, SECOND * 120), Decision::NoTimeLeft);
    assert_eq!(decision(1, SECOND * 500), Decision::NoTimeLeft);
}

#[test]
fn only_a_503_is_retried_on_a_new_connection() {
    for (status, expected) in [(503, true), (429, false), (504, false), (408, false)] {
        let Decision::Retry { new_connection, .. } = first(RetryMode::Idempotent, response(status)) else {
            panic!("{status} is not retried")
        };
        assert_eq!(new_connection, expected, "{status}");
    }
}
