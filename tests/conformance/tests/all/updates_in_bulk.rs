//! Many updates by the library: inputs are checked, and requests match the spec.

use conformance::{BatchServer, Recorder, Reply, client, response_to, spec};
use futures_util::{StreamExt, stream};
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{ErrorKind, RetryMode, StatusUpdate, WriteOutcome};
use msgraph_incident_tasks_emulator::SpecValidator;

fn update(id: &str, status: &str) -> StatusUpdate {
    StatusUpdate::new(id, status).unwrap()
}

async fn server() -> BatchServer {
    BatchServer::start(|_, requests| Reply::of(requests.iter().map(|request| response_to(request, 200)))).await
}

#[tokio::test]
async fn every_batch_and_each_request_in_it_matches_the_spec() {
    let validator = SpecValidator::new(&spec().to_string()).unwrap();
    let server = server().await;
    let updates =
        ["213213", "02851525-dc00-438b-83f5-3b2947bf4a48", "a b?c#d%2f", "é{x}"].map(|id| update(id, "failed"));
    let results: Vec<_> = client(&server.url()).update_incident_tasks(updates).send().unwrap().collect().await;
    assert_eq!(results.len(), 4);
    let (batch, _) = validator.operation("POST", "/$batch").unwrap();
    for body in server.batches() {
        batch.check_request(&body).unwrap();
        for request in body["requests"].as_array().unwrap() {
            let (method, url) = (request["method"].as_str().unwrap(), request["url"].as_str().unwrap());
            let (operation, _) = validator.operation(method, url).unwrap();
            assert_eq!(operation.id(), "updateIncidentTask");
            operation.check_request(&request["body"]).unwrap();
            assert_eq!(request["headers"]["Content-Type"], "application/json");
            // Headers of the batch do not apply to its requests.
            assert_eq!(request["headers"]["Prefer"], "include-unknown-enum-members");
        }
    }
}

#[tokio::test]
async fn all_updates_of_a_slice_are_checked_before_anything_is_sent() {
    let server = server().await;
    for (updates, says) in [
        (
            vec![update("AB", "open"), update("2", "open"), update("ab", "failed")],
            "task ab has two statuses: open in update 0, failed in update 2",
        ),
        (vec![update("1", "open"), update("2", "unknownFutureValue")], "update 1, of task 2: invalid status"),
        (vec![update("1", "no such status")], "invalid status \"no such status\": unknown value, allowed: open"),
    ] {
        let error = client(&server.url()).update_incident_tasks(updates).send().unwrap_err();
        assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::InvalidInput, Some(WriteOutcome::NotSent)));
        assert!(error.to_string().contains(says), "{error}");
    }
    let none = client(&server.url()).update_incident_tasks([update("1", "open")]).concurrency(0).send().unwrap_err();
    assert!(none.to_string().contains("must be at least 1"), "{none}");
    assert_eq!(server.batches().len(), 0);
}

#[tokio::test]
async fn the_same_update_twice_is_two_results_and_an_unknown_status_can_be_allowed() {
    let server = server().await;
    let updates = [update("1", "no such status"), update("1", "no such status")];
    let updates = client(&server.url()).update_incident_tasks(updates).allow_unknown_status();
    let results: Vec<_> = updates.send().unwrap().collect().await;
    assert_eq!(results.iter().filter(|result| result.result.is_ok()).count(), 2);
    assert_eq!(server.batches().len(), 2);
}

#[tokio::test]
async fn a_stream_sends_two_updates_of_one_task_in_order_and_an_invalid_update_is_an_error_in_its_place() {
    let server = server().await;
    let updates = [update("1", "open"), update("2", "unknownFutureValue"), update("1", "completed")];
    let updates = client(&server.url()).update_incident_tasks_from(stream::iter(updates));
    let mut results: Vec<_> = updates.send().unwrap().collect().await;
    results.sort_by_key(|result| result.index);
    let status = |index: usize| results[index].result.as_ref().unwrap().status.clone();
    assert_eq!((status(0), status(2)), (Some(IncidentTaskStatus::Open), Some(IncidentTaskStatus::Completed)));
    assert_eq!(results[1].result.as_ref().unwrap_err().write_outcome(), Some(WriteOutcome::NotSent));
    let sent = |batch: usize| server.batches()[batch]["requests"][0]["body"]["status"].clone();
    assert_eq!((sent(0), sent(1)), ("open".into(), "completed".into()));
}

#[tokio::test]
async fn each_unbatched_update_is_a_request() {
    let server = Recorder::responding(200, &[], "{\"id\":\"1\",\"status\":\"open\"}").await;
    let updates = (1..=30).map(|id| update(&id.to_string(), "open"));
    let updates = client(&server.url()).update_incident_tasks(updates).unbatched().concurrency(3);
    let results: Vec<_> = updates.send().unwrap().collect().await;
    // The response is that of one of the tasks.
    assert_eq!((results.len(), results.iter().filter(|result| result.result.is_ok()).count()), (30, 1));
    let requests = server.requests();
    assert_eq!(requests.len(), 30);
    assert!(requests.iter().all(|request| request.method_str() == "PATCH"));
}

#[tokio::test]
async fn with_only_if_not_processed_a_write_that_may_have_been_applied_is_not_retried() {
    let server = BatchServer::start(|_, requests| Reply::of(requests.iter().map(|r| response_to(r, 503)))).await;
    let updates =
        client(&server.url()).update_incident_tasks([update("1", "failed")]).retry_mode(RetryMode::OnlyIfNotProcessed);
    let results: Vec<_> = updates.send().unwrap().collect().await;
    let error = results[0].result.as_ref().unwrap_err();
    assert_eq!((error.write_outcome(), error.attempts()), (Some(WriteOutcome::Unknown), 1), "{error}");
    assert_eq!(server.batches().len(), 1);
}
