//! Each fault of the emulator, and its effect on a user of the library.

use std::time::Duration;

use conformance::TOKEN;
use futures_util::StreamExt;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Client, Error, Filter, IncidentTaskId, RetryPolicy, StaticToken};
use msgraph_incident_tasks_emulator::{Emulator, Fault, Injection};

fn id(text: &str) -> IncidentTaskId {
    text.parse().unwrap()
}

/// A client that sends each request once, with a short timeout.
fn client(emulator: &Emulator) -> Client {
    let mut once = RetryPolicy::never();
    once.attempt_timeout = Duration::from_millis(400);
    let token = StaticToken::new(TOKEN).unwrap();
    Client::builder(token).endpoint(emulator.url()).allow_loopback_http().retry(once).build().unwrap()
}

fn seen(error: &Error) -> String {
    let status = error.status().map(|status| format!(" {status}")).unwrap_or_default();
    let outcome = error.write_outcome().map(|outcome| format!(", {outcome}")).unwrap_or_default();
    let wait = error.retry_after().map(|wait| format!(", wait {:.0} s", wait.as_secs_f64())).unwrap_or_default();
    format!("{}{status}{outcome}{wait}", error.kind())
}

async fn update(client: &Client) -> String {
    match client.update_incident_task(id("213213")).status("completed").send().await {
        Ok(task) => format!("task is {}", task.status.unwrap()),
        Err(error) => seen(&error),
    }
}

async fn get(client: &Client) -> String {
    match client.get_incident_task(id("213214")).send().await {
        Ok(mut task) => {
            let action = task.response_action.unwrap();
            // A known property that is null is kept there too.
            task.extra.retain(|_, value| !value.is_null());
            format!("status {}, action {}, extra {:?}", task.status.unwrap(), action.odata_type().unwrap(), task.extra)
        }
        Err(error) => seen(&error),
    }
}

async fn list(client: &Client) -> String {
    let items = client.list_incident_tasks().filter(Filter::status("open")).top(1).items();
    let items: Vec<_> =
        items.map(|item| item.map_or_else(|error| seen(&error), |task| task.id.unwrap())).take(9).collect().await;
    items.join("; ")
}

async fn batch(client: &Client) -> String {
    let updates = ["213213", "213214"].map(|text| (id(text), IncidentTaskStatus::Completed));
    let mut results: Vec<_> = client.update_incident_tasks(updates).send().unwrap().collect().await;
    results.sort_by_key(|result| result.index);
    let seen = results.iter().map(|result| result.result.as_ref().map_or_else(seen, |_| "ok".to_owned()));
    seen.collect::<Vec<_>>().join("; ")
}

const EARLIER: &str = "213213; 213214";

/// Calls an operation with a fault, and returns its effect and the expected one.
async fn met(client: &Client, fault: Fault) -> (String, &'static str) {
    match fault {
        Fault::ThrottledSeconds => (update(client).await, "status 429, not applied, wait 10 s"),
        Fault::ThrottledFraction => (update(client).await, "status 429, not applied, wait 2 s"),
        Fault::ThrottledDate => (update(client).await, "status 429, not applied, wait 10 s"),
        Fault::ThrottledPastDate => (update(client).await, "status 429, not applied, wait 0 s"),
        Fault::ThrottledAbsurd => (update(client).await, "status 429, not applied, wait 315576000 s"),
        Fault::ThrottledSilent => (update(client).await, "status 429, not applied"),
        Fault::ServerError | Fault::ServerErrorAfter => (update(client).await, "status 500, may have been applied"),
        Fault::GatewayBad => (update(client).await, "status 502, may have been applied"),
        Fault::GatewayUnavailable => (update(client).await, "status 503, may have been applied, wait 1 s"),
        Fault::GatewayTimeout => (update(client).await, "status 504, may have been applied"),
        Fault::Latency => (update(client).await, "timeout, may have been applied"),
        Fault::SlowBody => (update(client).await, "timeout 200, applied"),
        Fault::TruncatedBody => (update(client).await, "connection 200, applied"),
        Fault::InvalidJson => (update(client).await, "invalid response 200, applied"),
        Fault::ByteOrderMark => (update(client).await, "task is completed"),
        Fault::Reset | Fault::ResetAfter => (update(client).await, "connection, may have been applied"),
        // The library then reads the task.
        Fault::NoContent => (update(client).await, "task is completed"),
        Fault::PartialContent => (update(client).await, "task is completed"),
        Fault::BatchOutOfOrder | Fault::BatchFailedDependency => (batch(client).await, "ok; ok"),
        Fault::BatchDuplicate => (batch(client).await, "invalid response 200, may have been applied; ok"),
        Fault::BatchMissing => (batch(client).await, "ok; invalid response 200, may have been applied"),
        Fault::BatchThrottled => (batch(client).await, "ok; status 429, not applied, wait 1 s"),
        Fault::BatchHtml => (batch(client).await, "ok; invalid response 200, may have been applied"),
        Fault::StaleRead => {
            client.update_incident_task(id("213214")).status("failed").send().await.unwrap();
            (get(client).await, "status open, action #microsoft.graph.security.isolateDeviceResponseAction, extra {}")
        }
        Fault::UnknownMember => (
            get(client).await,
            "status addedLater, action #microsoft.graph.security.isolateDeviceResponseAction, extra {}",
        ),
        Fault::UnknownProperty => (
            get(client).await,
            "status open, action #microsoft.graph.security.isolateDeviceResponseAction, \
             extra {\"addedLater\": Object {\"since\": Number(2030), \"values\": Array [Number(1.5), Null]}}",
        ),
        Fault::UnknownType => (
            get(client).await,
            "status open, action #microsoft.graph.security.addedLaterIncidentTaskResponseAction, extra {}",
        ),
        Fault::OrderIgnored => {
            client.update_incident_task(id("213214")).status("failed").send().await.unwrap();
            let items = client.list_incident_tasks().orderby("lastUpdateDateTime desc").items();
            let ids: Vec<_> = items.map(|task| task.unwrap().id.unwrap()).collect().await;
            (ids.join("; "), EARLIER)
        }
        Fault::BrokenItem => (list(client).await, "invalid item 200; 213214"),
        Fault::HostileNextLink => (list(client).await, "213213; invalid response 200"),
        // The same page again, then the next one.
        Fault::RepeatedNextLink => (list(client).await, "213213; 213213; 213214"),
        Fault::EmptyPage => (list(client).await, EARLIER),
        Fault::Forbidden => (update(client).await, "status 403, not applied"),
        Fault::Redirect => (update(client).await, "unexpected status 307, not applied"),
        Fault::TokenExpired | Fault::ClaimsChallenge => (update(client).await, "status 401, not applied"),
        Fault::ActionFails | Fault::ActionPartiallyCompletes => {
            client.execute_response_action(id("213214")).send().await.unwrap();
            let task = client.get_incident_task(id("213214")).send().await.unwrap();
            let expected = if fault == Fault::ActionFails { "failed failed" } else { "partiallyCompleted open" };
            (format!("{} {}", task.action_status.unwrap(), task.status.unwrap()), expected)
        }
        other => panic!("no expected effect of {other}"),
    }
}

#[tokio::test]
async fn each_fault_has_its_documented_effect() {
    for fault in Fault::ALL {
        let emulator = Emulator::builder().action_delay(Duration::ZERO).start().await.unwrap();
        let client = client(&emulator);
        let injection = Injection::once(*fault);
        // The fault must not apply to an update before it.
        let has_update = matches!(fault, Fault::StaleRead | Fault::OrderIgnored);
        emulator.inject(if has_update { Injection::once(*fault).times(2) } else { injection });
        let (seen, expected) = met(&client, *fault).await;
        println!("{fault}: {seen}");
        assert_eq!(seen, expected, "{fault}");
        assert_eq!(emulator.requests()[0].fault, Some(*fault));
        // The reported write outcome is correct.
        let status = emulator.task("213213").unwrap()["status"].clone();
        if seen.ends_with("not applied") || seen.contains("not applied, wait") && !seen.starts_with("ok") {
            assert_eq!(status, "open", "{fault}");
        } else if seen.ends_with(", applied") || seen.starts_with("task is") {
            assert_eq!(status, "completed", "{fault}");
        }
    }
}

#[tokio::test]
async fn a_request_is_processed_only_if_its_fault_allows() {
    for (fault, expected) in [
        (Fault::ResetAfter, "completed"),
        (Fault::ServerErrorAfter, "completed"),
        (Fault::GatewayTimeout, "completed"),
        (Fault::Reset, "open"),
        (Fault::ServerError, "open"),
    ] {
        let emulator = Emulator::start().await.unwrap();
        emulator.inject(Injection::once(fault));
        update(&client(&emulator)).await;
        assert_eq!(emulator.task("213213").unwrap()["status"], expected, "{fault}");
    }
}

#[tokio::test]
async fn a_cleared_fault_is_not_applied() {
    let emulator = Emulator::start().await.unwrap();
    emulator.inject(Injection::once(Fault::ServerError));
    emulator.clear_faults();
    assert_eq!(update(&client(&emulator)).await, "task is completed");
}

#[tokio::test]
async fn retries_overcome_transient_faults() {
    for fault in [Fault::ThrottledPastDate, Fault::GatewayUnavailable, Fault::Reset, Fault::GatewayTimeout] {
        let emulator = Emulator::start().await.unwrap();
        emulator.inject(Injection::once(fault));
        let token = StaticToken::new(TOKEN).unwrap();
        let mut policy = RetryPolicy::default();
        policy.initial_backoff = Duration::from_millis(1);
        let client =
            Client::builder(token).endpoint(emulator.url()).allow_loopback_http().retry(policy).build().unwrap();
        assert_eq!(update(&client).await, "task is completed", "{fault}");
        assert_eq!(emulator.requests().len(), 2, "{fault}");
    }
}

#[tokio::test]
async fn a_fault_of_a_task_is_applied_in_a_batch_too_and_to_no_other() {
    let emulator = Emulator::builder().fault_of_task("213214", Fault::ThrottledSeconds).start().await.unwrap();
    assert_eq!(batch(&client(&emulator)).await, "ok; status 429, not applied, wait 10 s");
    assert_eq!(update(&client(&emulator)).await, "task is completed");
    assert_eq!(get(&client(&emulator)).await, "status 429, wait 10 s");
}

#[tokio::test]
async fn a_request_of_a_batch_that_is_reset_has_no_response() {
    let emulator = Emulator::builder().fault_of_task("213214", Fault::Reset).start().await.unwrap();
    assert_eq!(batch(&client(&emulator)).await, "ok; invalid response 200, may have been applied");
    assert_eq!(emulator.task("213214").unwrap()["status"], "open");
}

#[test]
fn the_readme_of_the_emulator_lists_each_fault_with_its_source() {
    let page = include_str!("../../../../crates/msgraph-incident-tasks-emulator/README.md");
    for fault in Fault::ALL {
        let (link, rest) = fault
            .source()
            .split_once(", ")
            .map_or((fault.source(), String::new()), |(link, rest)| (link, format!(", {rest}")));
        let row = format!("| `{}` | {} | <{link}>{rest} |", fault.name(), fault.description());
        assert!(page.contains(&row), "{row}");
    }
}
