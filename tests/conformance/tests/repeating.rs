//! The library repeats an update unless it is told not to.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::time::Duration;

use conformance::TOKEN;
use conformance::faults::{Act, Authority, FaultyServer};
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{AccessToken, Client, IncidentTaskId, RetryPolicy, StaticToken, WriteOutcome};

/// A server that answers 503 once, and a client that waits for nothing.
async fn service() -> (FaultyServer, Client) {
    let answer = |status| Act::Answer { status, parts: Default::default() };
    let server = FaultyServer::start(vec![answer(503), answer(200)], "", &Authority::new()).await;
    let mut policy = RetryPolicy::default();
    policy.initial_backoff = Duration::ZERO;
    let credential = StaticToken::new(AccessToken::new(TOKEN).unwrap());
    let client =
        Client::builder(credential).endpoint(server.url()).allow_loopback_http().retry(policy).build().unwrap();
    (server, client)
}

fn id() -> IncidentTaskId {
    "213213".parse().unwrap()
}

#[tokio::test]
async fn an_update_is_repeated_after_a_503_over_a_new_connection() {
    let (server, client) = service().await;
    client.update_incident_task(id()).status(IncidentTaskStatus::Completed).send().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_update_that_is_not_to_be_repeated_is_sent_once() {
    let (server, client) = service().await;
    let update = client.update_incident_task(id()).status(IncidentTaskStatus::Completed).repeat(false);
    let error = update.send().await.unwrap_err();
    assert_eq!(error.write_outcome(), Some(WriteOutcome::Unknown));
    assert_eq!(server.requests().len(), 1);
}
