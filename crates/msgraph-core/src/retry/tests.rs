//! When a request is sent again, and after which wait.

use std::time::Duration;

use super::{Decision, Ended, Progress, Repeat, RetryPolicy, decide};

const SECOND: Duration = Duration::from_secs(1);

fn answered(status: u16) -> Ended {
    Ended::Answered { status, retry_after: None }
}

fn after(attempts: u32, elapsed: Duration) -> Progress {
    Progress { attempts, elapsed }
}

fn first(repeat: Repeat, ended: Ended) -> Decision {
    decide(&RetryPolicy::default(), repeat, after(1, Duration::ZERO), ended, 1.0)
}

fn is_again(decision: Decision) -> bool {
    matches!(decision, Decision::Again { .. })
}

#[test]
fn an_idempotent_request_is_repeated_on_what_passes() {
    for status in 300..=599 {
        let expected = matches!(status, 408 | 429 | 503 | 504);
        assert_eq!(is_again(first(Repeat::Idempotent, answered(status))), expected, "{status}");
    }
    assert!(is_again(first(Repeat::Idempotent, Ended::Lost)));
    assert!(is_again(first(Repeat::Idempotent, Ended::NotConnected)));
    assert!(!is_again(first(Repeat::Idempotent, Ended::ForGood)));
}

#[test]
fn what_may_have_run_is_repeated_only_where_it_surely_did_not() {
    for status in 300..=599 {
        assert_eq!(is_again(first(Repeat::IfNotRun, answered(status))), status == 429, "{status}");
    }
    assert!(!is_again(first(Repeat::IfNotRun, Ended::Lost)));
    assert!(is_again(first(Repeat::IfNotRun, Ended::NotConnected)));
}

#[test]
fn never_is_never() {
    for ended in [answered(429), answered(503), Ended::Lost, Ended::NotConnected, Ended::ForGood] {
        assert_eq!(first(Repeat::Never, ended), Decision::GiveUp);
    }
}

#[test]
fn the_bound_of_the_wait_doubles_up_to_its_limit() {
    let policy = RetryPolicy { max_attempts: 100, ..RetryPolicy::default() };
    let wait =
        |attempts, jitter| decide(&policy, Repeat::Idempotent, after(attempts, Duration::ZERO), Ended::Lost, jitter);
    for (attempts, seconds) in [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (40, 30), (99, 30)] {
        let again = |wait| Decision::Again { wait, new_connection: false };
        assert_eq!(wait(attempts, 1.0), again(SECOND * seconds));
        assert_eq!(wait(attempts, 0.5), again(SECOND * seconds / 2));
        assert_eq!(wait(attempts, 0.0), again(Duration::ZERO));
    }
}

#[test]
fn never_sooner_than_the_service_asks() {
    let ended = Ended::Answered { status: 429, retry_after: Some(SECOND * 7) };
    for jitter in [0.0, 0.3, 1.0] {
        let decision = decide(&RetryPolicy::default(), Repeat::Idempotent, after(1, Duration::ZERO), ended, jitter);
        assert_eq!(decision, Decision::Again { wait: SECOND * 7, new_connection: false });
    }
}

#[test]
fn a_longer_wait_than_the_deadline_leaves_fails_at_once() {
    let ended = |asked| Ended::Answered { status: 503, retry_after: Some(asked) };
    let decision =
        |asked| decide(&RetryPolicy::default(), Repeat::Idempotent, after(1, SECOND * 100), ended(asked), 0.0);
    assert_eq!(decision(SECOND * 19), Decision::Again { wait: SECOND * 19, new_connection: true });
    assert_eq!(decision(SECOND * 20), Decision::AsksTooLong { asked: SECOND * 20, left: SECOND * 20 });
    assert_eq!(decision(Duration::MAX), Decision::AsksTooLong { asked: Duration::MAX, left: SECOND * 20 });
}

#[test]
fn attempts_and_time_are_used_up() {
    let policy = RetryPolicy::default();
    let decision = |attempts, elapsed| decide(&policy, Repeat::Idempotent, after(attempts, elapsed), Ended::Lost, 1.0);
    assert!(is_again(decision(3, Duration::ZERO)));
    assert_eq!(decision(4, Duration::ZERO), Decision::AttemptsUsedUp);
    assert_eq!(decision(1, SECOND * 120), Decision::NoTimeLeft);
    assert_eq!(decision(1, SECOND * 500), Decision::NoTimeLeft);
}

#[test]
fn a_503_asks_for_a_new_connection_and_nothing_else_does() {
    for (status, expected) in [(503, true), (429, false), (504, false), (408, false)] {
        let Decision::Again { new_connection, .. } = first(Repeat::Idempotent, answered(status)) else {
            panic!("{status} is not repeated")
        };
        assert_eq!(new_connection, expected, "{status}");
    }
}
