//! Many writes by `$batch`: each input gets one correct result.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::faults::{RecordingTimer, transport_to};
use conformance::{BatchServer, Reply, raw_server, response_to, set_status};
use futures_util::{StreamExt, stream};
use msgraph_core::{Bulk, BulkResult, Error, RetryMode};
use serde_json::{Map, Value, json};

type Outcome = Result<Map<String, Value>, Error>;

/// Returns the results of a bulk operation in the order of its inputs, and its waits.
async fn run(url: &str, retry_mode: RetryMode, inputs: impl IntoIterator<Item = u32>) -> (Vec<Outcome>, Vec<Duration>) {
    let inputs: Vec<u32> = inputs.into_iter().collect();
    let timer = RecordingTimer::new(Arc::default());
    let transport = transport_to(url, timer.clone());
    let bulk = Bulk { retry_mode, concurrency: 4, unbatched: false };
    let results = bulk.send(transport, stream::iter(inputs.clone()), u32::to_string, set_status);
    let mut results: Vec<BulkResult<u32, _>> = results.collect().await;
    results.sort_by_key(|result| result.index);
    assert_eq!(results.iter().map(|result| result.input).collect::<Vec<_>>(), inputs, "one result an input");
    assert!(results.iter().enumerate().all(|(index, result)| result.index == index));
    (results.into_iter().map(|result| result.result).collect(), timer.waits())
}

fn describe(outcomes: &[Outcome]) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{} {} {}", error.attempts(), error.kind(), error.write_outcome().unwrap()),
    };
    outcomes.iter().map(word).collect()
}

#[tokio::test]
async fn a_thousand_inputs_are_fifty_batches_of_twenty() {
    let server = BatchServer::start(|_, requests| Reply::of(requests.iter().map(|r| response_to(r, 200)))).await;
    let (outcomes, waits) = run(&server.url(), RetryMode::Idempotent, 1..=1000).await;
    for (index, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.as_ref().unwrap()["id"], (index + 1).to_string());
    }
    assert_eq!(server.batches().len(), 50);
    assert!(server.urls().iter().all(|urls| urls.len() == 20));
    assert!(waits.is_empty());
}

#[tokio::test]
async fn a_response_is_matched_by_its_id_whatever_its_place() {
    let server = BatchServer::start(|_, requests| Reply::of(requests.iter().rev().map(|r| response_to(r, 200)))).await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, 1..=50).await;
    for (index, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.as_ref().unwrap()["id"], (index + 1).to_string());
    }
}

#[tokio::test]
async fn each_status_has_its_own_outcome_and_keeps_its_ids_and_its_body() {
    let statuses = [200, 400, 401, 403, 404, 409, 424, 500, 206, 302];
    // The request with the 401 is sent once more, with another token.
    let server = BatchServer::start(move |batch, requests| {
        let statuses = if batch == 0 { &statuses[..] } else { &[401] };
        Reply::of(requests.iter().zip(statuses).map(|(request, status)| response_to(request, *status)))
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, 1..=statuses.len() as u32).await;
    let expected = [
        "ok",
        "1 status not applied",
        "2 status not applied",
        "1 status not applied",
        "1 status not applied",
        "1 status not applied",
        "1 status not applied",
        "1 status may have been applied",
        "1 invalid response may have been applied",
        "1 unexpected status not applied",
    ];
    assert_eq!(describe(&outcomes), expected);
    let error = outcomes[4].as_ref().unwrap_err();
    assert_eq!((error.status(), error.code(), error.message()), (Some(404), Some("Code"), Some("of 5")));
    assert_eq!((error.operation(), error.request_id()), (Some("set_status"), Some("of-the-item")));
    assert_eq!(error.client_request_id().unwrap().len(), 36);
}

#[tokio::test]
async fn throttled_requests_are_retried_together_after_the_longest_wait() {
    let not_applied = "1 status not applied";
    for (retry_mode, expected, waited) in [
        // With `Never`, not even a request that was not processed is retried.
        (RetryMode::Never, ["ok", not_applied, "ok", not_applied], vec![]),
        (RetryMode::OnlyIfNotProcessed, ["ok"; 4], vec![Duration::from_secs(8)]),
    ] {
        let server = BatchServer::start(|batch, requests| {
            let throttled = |(index, request): (usize, &Value)| match (batch, index) {
                (0, 1 | 3) => {
                    json!({ "id": request["id"], "status": 429, "headers": { "RETRY-after": (5 + index).to_string() } })
                }
                _ => response_to(request, 200),
            };
            Reply::of(requests.iter().enumerate().map(throttled))
        })
        .await;
        let (outcomes, waits) = run(&server.url(), retry_mode, 1..=4).await;
        assert_eq!((describe(&outcomes), &waits), (expected.map(str::to_owned).to_vec(), &waited));
        assert_eq!(server.urls().get(1).cloned().unwrap_or_default().len(), 2 * waited.len());
    }
}

#[tokio::test]
async fn an_item_that_stays_throttled_is_an_error_after_its_attempts() {
    let server = BatchServer::start(|_, requests| Reply::of(requests.iter().map(|r| response_to(r, 429)))).await;
    let (outcomes, waits) = run(&server.url(), RetryMode::Idempotent, 1..=2).await;
    assert_eq!(describe(&outcomes), ["4 status not applied"; 2]);
    assert_eq!((server.batches().len(), waits.len()), (4, 3));
    assert!(outcomes[0].as_ref().unwrap_err().is_throttled());
}

#[tokio::test]
async fn a_missing_response_is_retried_only_if_that_is_harmless() {
    let server =
        BatchServer::start(|_, requests| Reply::of(requests.iter().skip(1).map(|r| response_to(r, 200)))).await;
    for (retry_mode, expected, batches) in [
        (RetryMode::Idempotent, "4 invalid response may have been applied", 4),
        (RetryMode::OnlyIfNotProcessed, "1 invalid response may have been applied", 5),
        (RetryMode::Never, "1 invalid response may have been applied", 6),
    ] {
        let (outcomes, _) = run(&server.url(), retry_mode, 1..=2).await;
        assert_eq!(describe(&outcomes), [expected, "ok"], "{retry_mode:?}");
        assert_eq!(server.batches().len(), batches, "{retry_mode:?}");
        assert_eq!(outcomes[0].as_ref().unwrap_err().request_id(), Some("of-the-batch"));
    }
}

#[tokio::test]
async fn conflicting_responses_count_as_a_missing_one() {
    let server = BatchServer::start(|_, requests| {
        let twice = requests.iter().flat_map(|request| [response_to(request, 200), response_to(request, 404)]);
        Reply::of(twice.chain([json!({ "id": "99", "status": 200 }), json!(7)]))
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Never, 1..=2).await;
    assert_eq!(describe(&outcomes), ["1 invalid response may have been applied"; 2]);
    assert!(outcomes[0].as_ref().unwrap_err().to_string().contains("conflicting entries"));

    let server = BatchServer::start(|_, requests| {
        Reply::of(requests.iter().flat_map(|request| [response_to(request, 200), response_to(request, 200)]))
    })
    .await;
    assert_eq!(describe(&run(&server.url(), RetryMode::Never, 1..=2).await.0), ["ok"; 2]);
}

#[tokio::test]
async fn after_a_response_without_a_body_the_task_is_read_in_another_batch() {
    let server = BatchServer::start(|_, requests| {
        let status = |request: &Value| if request["method"] == "PATCH" { 204 } else { 200 };
        Reply::of(requests.iter().map(|request| response_to(request, status(request))))
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Never, 1..=2).await;
    assert_eq!(describe(&outcomes), ["ok"; 2]);
    let reading = &server.batches()[1]["requests"][0];
    assert_eq!((&reading["method"], &reading["url"]), (&json!("GET"), &json!("/tasks/1")));
    assert_eq!(reading.get("body"), None);

    let server = BatchServer::start(|_, requests| {
        let status = |request: &Value| if request["method"] == "PATCH" { 204 } else { 404 };
        Reply::of(requests.iter().map(|request| response_to(request, status(request))))
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, 1..=1).await;
    assert_eq!(describe(&outcomes), ["2 status applied"]);
    assert!(outcomes[0].as_ref().unwrap_err().to_string().contains("on reading the result"));
}

#[tokio::test]
async fn an_unreadable_item_was_applied() {
    let server = BatchServer::start(|_, requests| {
        Reply::of(requests.iter().map(|request| json!({ "id": request["id"], "status": 200, "body": "dGV4dA==" })))
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, 1..=1).await;
    assert_eq!(describe(&outcomes), ["1 invalid response applied"]);
    assert_eq!(outcomes[0].as_ref().unwrap_err().body(), Some(&b"\"dGV4dA==\""[..]));
}

#[tokio::test]
async fn a_failure_of_the_whole_batch_is_one_of_each_of_its_requests() {
    for (status, retry_mode, expected, batches) in [
        (400, RetryMode::Idempotent, "1 status not applied", 1),
        (401, RetryMode::Idempotent, "2 status not applied", 2),
        (413, RetryMode::Idempotent, "1 status not applied", 1),
        (429, RetryMode::Idempotent, "4 status not applied", 4),
        (503, RetryMode::Idempotent, "4 status may have been applied", 4),
        (503, RetryMode::OnlyIfNotProcessed, "1 status may have been applied", 1),
        (500, RetryMode::Idempotent, "1 status may have been applied", 1),
        (307, RetryMode::Idempotent, "1 unexpected status not applied", 1),
        // By the page on throttling this is the response to a batch with a throttled request.
        (424, RetryMode::Never, "1 status may have been applied", 1),
        (200, RetryMode::Never, "1 invalid response may have been applied", 1),
    ] {
        let server = BatchServer::start(move |_, _| Reply::failure(status)).await;
        let (outcomes, _) = run(&server.url(), retry_mode, 1..=2).await;
        assert_eq!(describe(&outcomes), [expected; 2], "{status}");
        assert_eq!(server.batches().len(), batches, "{status}");
        let error = outcomes[0].as_ref().unwrap_err();
        assert_eq!((error.status(), error.request_id()), (Some(status), Some("of-the-batch")));
    }
}

#[tokio::test]
async fn a_batch_response_with_424_is_read_like_any_other() {
    let server = BatchServer::start(|_, requests| Reply {
        status: 424,
        ..Reply::of(requests.iter().map(|r| response_to(r, 200)))
    });
    let (outcomes, _) = run(&server.await.url(), RetryMode::Never, 1..=2).await;
    assert_eq!(describe(&outcomes), ["ok"; 2]);
}

#[tokio::test]
async fn a_later_response_does_not_undo_what_an_earlier_batch_may_have_done() {
    let server = BatchServer::start(|batch, requests| match batch {
        0 => Reply::failure(504),
        _ => Reply::of(requests.iter().map(|request| response_to(request, 404))),
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, 1..=1).await;
    assert_eq!(describe(&outcomes), ["2 status may have been applied"]);

    let server = BatchServer::start(|batch, requests| {
        Reply::of(requests.iter().map(|request| response_to(request, if batch == 0 { 504 } else { 404 })))
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, 1..=1).await;
    assert_eq!(describe(&outcomes), ["2 status may have been applied"]);
}

#[tokio::test]
async fn without_a_connection_nothing_is_sent() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (outcomes, waits) = run(&format!("http://{unused}/beta"), RetryMode::Idempotent, 1..=2).await;
    assert_eq!(describe(&outcomes), ["4 connect nothing was sent"; 2]);
    assert_eq!(waits.len(), 3);
    assert!(outcomes[0].as_ref().unwrap_err().to_string().contains("cannot connect to"));
}

#[tokio::test]
async fn the_whole_items_of_a_truncated_response_are_used() {
    let url = raw_server(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\nrequest-id: cut\r\n\r\n\
          {\"responses\":[{\"id\":\"2\",\"status\":200,\"body\":{\"id\":\"2\"}},{\"id\":\"1\",\"status\":4",
    )
    .await;
    let (outcomes, _) = run(&url, RetryMode::Never, 1..=3).await;
    let lost = "1 connection may have been applied";
    assert_eq!(describe(&outcomes), [lost, "ok", lost]);
    assert_eq!(outcomes[0].as_ref().unwrap_err().request_id(), Some("cut"));
}

#[tokio::test]
async fn an_invalid_input_is_an_error_in_its_place() {
    let server = BatchServer::start(|_, requests| Reply::of(requests.iter().map(|r| response_to(r, 200)))).await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, [1, 0, 2, 0, 0]).await;
    let refused = "0 invalid input nothing was sent";
    assert_eq!(describe(&outcomes), ["ok", refused, "ok", refused, refused]);
}

#[tokio::test]
async fn one_key_is_never_in_flight_twice() {
    let server = BatchServer::start(|_, requests| {
        let urls: std::collections::BTreeSet<_> = requests.iter().map(|request| request["url"].to_string()).collect();
        assert_eq!(urls.len(), requests.len(), "a batch has one task twice");
        Reply::of(requests.iter().map(|request| response_to(request, 200)))
    })
    .await;
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, [1, 2, 1, 3, 1, 1]).await;
    assert_eq!(describe(&outcomes), ["ok"; 6]);
    assert_eq!(
        server.urls(),
        [vec!["/tasks/1", "/tasks/2", "/tasks/3"], vec!["/tasks/1"], vec!["/tasks/1"], vec!["/tasks/1"]]
    );
}

#[tokio::test]
async fn the_deadline_of_a_deferred_input_begins_when_it_is_sent() {
    let server = BatchServer::start(|batch, requests| {
        let wait = [Some("100"), None, Some("60"), None][batch.min(3)];
        Reply::of(requests.iter().map(|request| match wait {
            Some(wait) => json!({ "id": request["id"], "status": 429, "headers": { "Retry-After": wait } }),
            None => response_to(request, 200),
        }))
    })
    .await;
    // 100 s for the first and 60 s for the second: together more than the 120 s that each has.
    let (outcomes, waits) = run(&server.url(), RetryMode::Idempotent, [1, 1]).await;
    assert_eq!(describe(&outcomes), ["ok"; 2]);
    assert_eq!(waits, [100, 60].map(Duration::from_secs));
}

#[tokio::test]
async fn only_inputs_that_can_be_in_flight_are_taken() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let server = BatchServer::start(|_, requests| Reply::of(requests.iter().map(|r| response_to(r, 200)))).await;
    let transport = transport_to(&server.url(), RecordingTimer::new(Arc::default()));
    let bulk = Bulk { retry_mode: RetryMode::Idempotent, concurrency: 2, unbatched: false };
    let inputs = stream::iter(1..).inspect(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let mut results = bulk.send(transport, inputs, u32::to_string, set_status);
    for given in 1..=200 {
        results.next().await.unwrap().result.unwrap();
        // The requests in flight, and a batch whose results are being returned.
        assert!(taken.load(Ordering::SeqCst) <= given + 60, "{} taken after {given}", taken.load(Ordering::SeqCst));
    }
}

#[tokio::test]
async fn a_retried_batch_takes_one_retry_of_the_reserve() {
    let sent = Mutex::new(BTreeMap::new());
    let server = BatchServer::start(move |_, requests| {
        let mut sent = sent.lock().unwrap();
        let times = sent.entry(requests[0]["url"].to_string()).or_insert(0);
        *times += 1;
        let status = if *times <= 3 { 429 } else { 200 };
        Reply::of(requests.iter().map(|request| response_to(request, status)))
    })
    .await;
    // Two batches are sent three times more: the reserve of 100 would not do for 120 retries of single requests.
    let (outcomes, _) = run(&server.url(), RetryMode::Idempotent, 1..=40).await;
    assert_eq!(describe(&outcomes), ["ok"; 40]);
}
