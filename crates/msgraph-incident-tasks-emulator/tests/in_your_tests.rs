//! A test of each kind with the emulator, to copy from.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::time::Duration;

use msgraph_incident_tasks::{Client, Error, IncidentTaskId, RetryPolicy, StaticToken};
use msgraph_incident_tasks_emulator::{Emulator, Fault, Injection};

fn client(emulator: &Emulator, retry: RetryPolicy) -> Client {
    let token = StaticToken::new("any").unwrap();
    Client::builder(token).endpoint(emulator.url()).allow_loopback_http().retry(retry).build().unwrap()
}

async fn complete(client: &Client, id: &str) -> Result<(), Error> {
    let id: IncidentTaskId = id.parse().unwrap();
    client.update_incident_task(id).status("completed").send().await.map(drop)
}

/// The state afterwards.
#[tokio::test]
async fn the_task_is_completed() {
    let emulator = Emulator::start().await.unwrap();
    complete(&client(&emulator, RetryPolicy::default()), "213213").await.unwrap();
    assert_eq!(emulator.task("213213").unwrap()["status"], "completed");
}

/// The requests that were sent.
#[tokio::test]
async fn one_request_is_sent_and_matches_the_spec() {
    let emulator = Emulator::builder().strict().start().await.unwrap();
    complete(&client(&emulator, RetryPolicy::default()), "213213").await.unwrap();
    let [request] = emulator.requests().try_into().unwrap();
    assert_eq!((request.operation.as_deref(), request.status), (Some("updateIncidentTask"), Some(200)));
}

/// A transient failure.
#[tokio::test]
async fn a_throttled_request_is_retried() {
    let emulator = Emulator::start().await.unwrap();
    emulator.inject(Injection::once(Fault::ThrottledPastDate).times(2));
    complete(&client(&emulator, RetryPolicy::default()), "213213").await.unwrap();
    assert_eq!(emulator.requests().len(), 3);
}

/// A permanent failure.
#[tokio::test]
async fn a_lost_response_is_reported() {
    let emulator = Emulator::start().await.unwrap();
    emulator.inject(Injection::once(Fault::ResetAfter));
    let error = complete(&client(&emulator, RetryPolicy::never()), "213213").await.unwrap_err();
    assert!(error.write_outcome().is_some());
    assert_eq!(emulator.task("213213").unwrap()["status"], "completed");
}

/// The missing permission of a token.
#[tokio::test]
async fn a_reader_cannot_update() {
    let emulator = Emulator::builder().accept_token_with_roles("any", ["Security Reader"]).start().await.unwrap();
    let error = complete(&client(&emulator, RetryPolicy::never()), "213213").await.unwrap_err();
    assert_eq!(error.status(), Some(403));
}

/// The passing of time.
#[tokio::test]
async fn an_action_completes() {
    let emulator = Emulator::builder().action_delay(Duration::ZERO).start().await.unwrap();
    let id: IncidentTaskId = "213214".parse().unwrap();
    client(&emulator, RetryPolicy::default()).execute_response_action(id).send().await.unwrap();
    assert_eq!(emulator.task("213214").unwrap()["actionStatus"], "completed");
}
