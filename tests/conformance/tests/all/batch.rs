//! Batches of different operations: each has its own typed result, and a dependent runs after its dependency.

use std::sync::Arc;
use std::time::Duration;

use conformance::faults::{RecordingTimer, transport_to};
use conformance::{BatchServer, ReadTask, Reply, SetStatus, response_to, set_status};
use msgraph_core::{Batch, Error, ErrorKind, WriteOutcome};
use serde_json::{Value, json};

fn task(id: u32) -> SetStatus {
    set_status(&id).unwrap()
}

fn batch(server: &BatchServer) -> (Batch, RecordingTimer) {
    let timer = RecordingTimer::new(Arc::default());
    (Batch::new(transport_to(&server.url(), timer.clone())), timer)
}

/// Returns a response with the given statuses, and 424 for requests whose dependency failed.
fn reply(requests: &[Value], status: impl Fn(&Value) -> u16) -> Reply {
    let mut failed = Vec::new();
    let mut responses = Vec::new();
    for request in requests {
        let mut depends_on = request["dependsOn"].as_array().into_iter().flatten();
        let status = if depends_on.any(|id| failed.contains(id)) { 424 } else { status(request) };
        if status >= 400 {
            failed.push(request["id"].clone());
        }
        responses.push(match status {
            429 => json!({ "id": request["id"], "status": 429, "headers": { "Retry-After": "7" } }),
            status => response_to(request, status),
        });
    }
    Reply::of(responses)
}

fn outcome<T>(result: &Result<T, Error>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let outcome = error.write_outcome().map_or_else(|| "read".to_owned(), |outcome| outcome.to_string());
            format!("{} {outcome}", error.kind())
        }
    }
}

#[tokio::test]
async fn each_operation_has_its_own_typed_result() {
    let server = BatchServer::start(|_, requests| reply(requests, |_| 200)).await;
    let (mut batch, _) = batch(&server);
    let read = batch.add(ReadTask::new(1));
    let update = batch.add(task(2));
    let last = batch.depends_on([update.id(), read.id()]).add(task(3));
    let mut results = batch.send().await.unwrap();
    assert_eq!(results.take(last).unwrap().value()["id"], "3");
    assert_eq!(results.take(read).unwrap().value()["id"], "1");
    assert_eq!(results.take(update).unwrap().value()["status"], "completed");

    let [sent] = server.batches().try_into().unwrap();
    assert_eq!(sent["requests"][2]["dependsOn"], json!(["2", "1"]));
    assert_eq!(sent["requests"][0].get("dependsOn"), None);
    assert_eq!([&sent["requests"][0]["method"], &sent["requests"][1]["method"]], ["GET", "PATCH"]);
}

#[tokio::test]
async fn a_401_in_a_batch_gets_another_token_once_for_exactly_its_requests() {
    // Whether the service rejects the second token too.
    for (stays, expected) in [(false, "ok"), (true, "status not applied")] {
        let server = BatchServer::start(move |batch, requests| {
            let is_rejected = move |url: &Value| url == "/tasks/1" && (batch == 0 || stays);
            reply(requests, |request| if is_rejected(&request["url"]) { 401 } else { 200 })
        })
        .await;
        let timer = RecordingTimer::new(Arc::default());
        let transport = transport_to(&server.url(), timer.clone());
        let [mut first, mut next] = [(); 2].map(|()| Batch::new(transport.clone()));
        let rejected = first.add(task(1));
        let other = first.add(task(2));
        let dependent = first.depends_on([&rejected]).add(task(3));
        let mut results = first.send().await.unwrap();
        assert_eq!(outcome(&results.take(rejected)), expected);
        assert!(results.take(other).is_ok());
        assert_eq!(results.take(dependent).is_ok(), !stays);
        assert_eq!(server.urls(), [vec!["/tasks/1", "/tasks/3", "/tasks/2"], vec!["/tasks/1", "/tasks/3"]]);
        assert!(timer.waits().is_empty());
        let last = next.add(task(4));
        next.send().await.unwrap().take(last).unwrap();
        let tokens = server.tokens();
        assert!(tokens[0] != tokens[1] && tokens[1] == tokens[2], "{tokens:?}");
    }
}

#[tokio::test]
async fn a_throttled_dependency_is_retried_with_its_dependents() {
    let server = BatchServer::start(|batch, requests| {
        reply(requests, |request| if batch == 0 && request["url"] == "/tasks/1" { 429 } else { 200 })
    })
    .await;
    let (mut batch, timer) = batch(&server);
    let first = batch.add(task(1));
    let second = batch.depends_on([&first]).add(task(2));
    let third = batch.depends_on([&second]).add(task(3));
    let other = batch.add(task(4));
    let mut results = batch.send().await.unwrap();
    for handle in [first, second, third, other] {
        results.take(handle).unwrap();
    }
    assert_eq!(timer.waits(), [Duration::from_secs(7)]);
    let urls = server.urls();
    assert_eq!(urls[1], ["/tasks/1", "/tasks/2", "/tasks/3"]);
    assert_eq!(server.batches()[1]["requests"][2]["dependsOn"], json!(["2"]));
}

#[tokio::test]
async fn the_dependent_of_a_failure_did_not_run() {
    let server = BatchServer::start(|_, requests| {
        reply(requests, |request| if request["url"] == "/tasks/1" { 404 } else { 200 })
    })
    .await;
    let (mut batch, _) = batch(&server);
    let first = batch.add(task(1));
    let second = batch.depends_on([&first]).add(task(2));
    let mut results = batch.send().await.unwrap();
    assert_eq!(outcome(&results.take(first)), "status not applied");
    let second = results.take(second);
    assert_eq!((outcome(&second), second.unwrap_err().status()), ("status not applied".to_owned(), Some(424)));
    assert_eq!(server.batches().len(), 1);
}

#[tokio::test]
async fn a_chain_longer_than_a_batch_continues_after_success_and_ends_with_a_failure() {
    for (fails, expected) in [(0, 45), (18, 18)] {
        let server = BatchServer::start(move |_, requests| {
            reply(requests, |request| if request["url"] == format!("/tasks/{fails}") { 404 } else { 200 })
        })
        .await;
        let (mut batch, _) = batch(&server);
        let mut handles = vec![batch.add(task(1))];
        for id in 2..=45 {
            let handle = batch.depends_on(handles.last()).add(task(id));
            handles.push(handle);
        }
        let mut results = batch.send().await.unwrap();
        let results: Vec<_> = handles.into_iter().map(|handle| results.take(handle)).collect();
        let succeeded = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(succeeded, if fails == 0 { expected } else { expected - 1 });
        let batches = server.urls().iter().map(Vec::len).collect::<Vec<_>>();
        if fails == 0 {
            assert_eq!(batches, [20, 20, 5]);
        } else {
            assert_eq!(batches, [20]);
            assert_eq!(outcome(&results[19]), "status not applied");
            assert_eq!(outcome(&results[20]), "dependency failed nothing was sent");
            assert_eq!(results[44].as_ref().unwrap_err().write_outcome(), Some(WriteOutcome::NotSent));
        }
    }
}

#[tokio::test]
async fn a_dependent_shares_the_batch_of_its_dependency() {
    let server = BatchServer::start(|_, requests| reply(requests, |_| 200)).await;
    let (mut batch, _) = batch(&server);
    let first = batch.add(task(1));
    let handles: Vec<_> = (2..=25).map(|id| batch.add(task(id))).collect();
    let last = batch.depends_on([&first]).add(task(26));
    let mut results = batch.send().await.unwrap();
    for handle in handles.into_iter().chain([first, last]) {
        results.take(handle).unwrap();
    }
    let urls = server.urls();
    assert_eq!(urls.len(), 2);
    let with_first = urls.iter().find(|urls| urls.contains(&"/tasks/1".to_owned())).unwrap();
    assert!(with_first.contains(&"/tasks/26".to_owned()), "{urls:?}");
}

#[tokio::test]
async fn a_missing_response_is_an_unknown_outcome_or_is_retried() {
    let server = BatchServer::start(|_, requests| {
        Reply::of(
            requests.iter().filter(|request| request["url"] != "/tasks/2").map(|request| response_to(request, 200)),
        )
    })
    .await;
    let (mut batch, _) = batch(&server);
    let (first, second) = (batch.add(task(1)), batch.add(task(2)));
    let mut results = batch.send().await.unwrap();
    results.take(first).unwrap();
    let error = results.take(second).unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::InvalidResponse, Some(WriteOutcome::Unknown)));
    assert!(error.to_string().contains("no entry for this request"), "{error}");
    assert_eq!(server.urls().iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1, 1]);
}

#[tokio::test]
async fn a_success_with_a_graph_error_in_it_is_that_error_with_an_unknown_outcome() {
    let failure = json!({ "error": { "code": "NotFound", "message": "No." } });
    let part = move |request: &Value| json!({ "id": request["id"], "status": 200, "body": failure });
    let server = BatchServer::start(move |_, requests| Reply::of(requests.iter().map(&part))).await;
    let (mut batch, _) = batch(&server);
    let (read, update) = (batch.add(ReadTask::new(1)), batch.add(task(2)));
    let mut results = batch.send().await.unwrap();
    for (error, outcome) in
        [(results.take(read).unwrap_err(), None), (results.take(update).unwrap_err(), Some(WriteOutcome::Unknown))]
    {
        assert_eq!(
            (error.kind(), error.code(), error.message()),
            (ErrorKind::InvalidResponse, Some("NotFound"), Some("No."))
        );
        assert_eq!((error.status(), error.write_outcome()), (Some(200), outcome));
    }
}

#[tokio::test]
async fn handles_of_another_batch_are_rejected() {
    let server = BatchServer::start(|_, requests| reply(requests, |_| 200)).await;
    let ((mut one, _), (mut other, _)) = (batch(&server), batch(&server));
    let foreign = other.add(task(1));
    let own = one.depends_on([&foreign]).add(task(2));
    let error = one.send().await.unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::InvalidInput, Some(WriteOutcome::NotSent)));
    assert!(server.batches().is_empty());
    let mut results = other.send().await.unwrap();
    assert_eq!(results.take(own).unwrap_err().kind(), ErrorKind::InvalidInput);
    results.take(foreign).unwrap();
}
