//! Every failure keeps its status, IDs, headers and write outcome.

use conformance::{Recorder, TOKEN, client, raw_server};
use httpmock::MockServer;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Error, ErrorKind, IncidentTaskId, WriteOutcome};

const TASK: &str = include_str!("../../payloads/incidentTask/update-response.json");
const IDS: [(&str, &str); 2] = [("request-id", "their-id"), ("client-request-id", "our-id")];

async fn update(url: &str) -> Error {
    let id = "213213".parse::<IncidentTaskId>().unwrap();
    client(url).update_incident_task(id).status(IncidentTaskStatus::Completed).send().await.unwrap_err()
}

async fn failure(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Error {
    let headers: Vec<_> = IDS.iter().chain(headers).copied().collect();
    let server = Recorder::responding(status, &headers, body).await;
    let error = update(&server.url()).await;
    assert_eq!(server.requests().len(), 1, "a write is sent once");
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.request_id(), Some("their-id"));
    assert_eq!(error.client_request_id(), Some("our-id"));
    assert_eq!(error.operation(), Some("update_incident_task"));
    error
}

#[tokio::test]
async fn the_documented_400_is_a_typed_error_with_every_field() {
    let body = include_str!("../../payloads/ODataError/error-400-update-invalid-task-id.draft.json");
    let error = failure(400, &[], body).await;
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_eq!(error.code(), Some("BadRequest"));
    assert_eq!(error.codes().collect::<Vec<_>>(), ["BadRequest"]);
    assert_eq!(error.message(), Some("Invalid Task Id: {id}"));
    assert_eq!(error.target(), None);
    assert_eq!(error.details().count(), 0);
    assert_eq!(error.write_outcome(), Some(WriteOutcome::NotApplied));
    assert_eq!(error.body(), Some(body.as_bytes()));
}

#[tokio::test]
async fn the_documented_404_is_a_typed_error_whose_ids_are_in_the_body() {
    let body = include_str!("../../payloads/ODataError/error-404-update-task-not-found.draft.json");
    let server = Recorder::responding(404, &[], body).await;
    let error = update(&server.url()).await;
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.code(), Some("NotFound"));
    assert_eq!(error.message(), Some("taskId {id} not found"));
    assert_eq!(error.request_id(), Some("43067534-c43a-4df8-a4d1-30660b99ac76"));
    assert_eq!(error.client_request_id(), Some("b041e97f-24d2-bf6a-1731-7e0de686464c"));
    assert_eq!(error.write_outcome(), Some(WriteOutcome::NotApplied));
}

#[tokio::test]
async fn after_a_204_the_task_is_read_and_an_error_of_the_read_has_the_outcome_applied() {
    let server = MockServer::start_async().await;
    let path = "/beta/security/incidentTasks/213213";
    let patch = server
        .mock_async(|when, then| {
            when.method("PATCH").path(path);
            then.status(204);
        })
        .await;
    let get = server
        .mock_async(|when, then| {
            when.method("GET").path(path);
            then.status(200).body(TASK);
        })
        .await;
    let id = "213213".parse::<IncidentTaskId>().unwrap();
    let update = client(&server.url("/beta")).update_incident_task(id).status(IncidentTaskStatus::Completed);
    let task = update.clone().send().await.unwrap();
    assert_eq!(task.display_name.as_deref(), Some("Reset device testmachine20"));

    get.delete_async().await;
    for (status, body) in [(503, ""), (404, ""), (200, "<html>")] {
        let get = server
            .mock_async(|when, then| {
                when.method("GET").path(path);
                then.status(status).body(body);
            })
            .await;
        let error = update.clone().send().await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.write_outcome(), Some(WriteOutcome::Applied));
        assert_eq!(error.operation(), Some("update_incident_task"));
        assert!(error.to_string().contains("on reading the result (applied;"), "{error}");
        get.delete_async().await;
    }
    assert_eq!(patch.calls_async().await, 4);
}

#[tokio::test]
async fn a_byte_order_mark_costs_neither_the_code_nor_the_task() {
    let error = failure(400, &[], "\u{feff}{\"error\":{\"code\":\"BadRequest\",\"message\":\"No.\"}}").await;
    assert_eq!((error.code(), error.message()), (Some("BadRequest"), Some("No.")));
    let server = Recorder::responding(200, &[], format!("\u{feff}{TASK}")).await;
    let id = "213213".parse::<IncidentTaskId>().unwrap();
    assert!(client(&server.url()).get_incident_task(id).send().await.is_ok());
}

#[tokio::test]
async fn a_failure_keeps_status_and_headers_whatever_its_body_is() {
    for body in ["", "<html>Bad Gateway</html>", "{\"error\":", "[1]", "{\"error\":{\"code\":1}}", "\u{0}\u{1}"] {
        for (status, outcome) in [
            (401, WriteOutcome::NotApplied),
            (408, WriteOutcome::Unknown),
            (409, WriteOutcome::NotApplied),
            (429, WriteOutcome::NotApplied),
            (502, WriteOutcome::Unknown),
            (503, WriteOutcome::Unknown),
        ] {
            let error = failure(status, &[("retry-after", "2.128")], body).await;
            assert_eq!(error.kind(), ErrorKind::Status);
            assert_eq!(error.header("retry-after"), Some("2.128"));
            assert_eq!(error.body(), Some(body.as_bytes()));
            assert_eq!(error.write_outcome(), Some(outcome), "{status}");
        }
    }
}

#[tokio::test]
async fn an_invalid_success_keeps_its_status_and_the_outcome_applied() {
    for body in ["", "<html></html>", "[]", "{\"status\":", "{\"id\":7}", "\"text\""] {
        let error = failure(200, &[("warning", "199 - \"a\"")], body).await;
        assert_eq!(error.kind(), ErrorKind::InvalidResponse, "{body}");
        assert_eq!(error.write_outcome(), Some(WriteOutcome::Applied));
        assert_eq!(error.header("warning"), Some("199 - \"a\""));
        assert_eq!(error.body(), Some(body.as_bytes()));
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_its_target_never_sees_the_token() {
    let elsewhere = Recorder::responding(200, &[], TASK).await;
    for status in [301, 302, 303, 307, 308] {
        let error = failure(status, &[("location", &elsewhere.url())], "").await;
        assert_eq!(error.kind(), ErrorKind::UnexpectedStatus);
        let outcome = if status == 303 { WriteOutcome::Unknown } else { WriteOutcome::NotApplied };
        assert_eq!(error.write_outcome(), Some(outcome));
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_truncated_response_keeps_its_status() {
    let url = raw_server(b"HTTP/1.1 200 OK\r\nrequest-id: their-id\r\ncontent-length: 100\r\n\r\n{\"id\":").await;
    let error = update(&url).await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.status(), Some(200));
    assert_eq!(error.request_id(), Some("their-id"));
    assert_eq!(error.write_outcome(), Some(WriteOutcome::Applied));
}

#[tokio::test]
async fn no_error_shows_the_token_or_the_body() {
    let echo = format!("<html>{TOKEN} body-canary</html>");
    for error in
        [failure(500, &[], echo.clone()).await, failure(200, &[], echo).await, update("http://127.0.0.1:9/").await]
    {
        let shown = format!("{error} {error:?} {error:#?}");
        assert!(!shown.contains(TOKEN) && !shown.contains("body-canary"), "{shown}");
        assert_eq!(error.to_string().lines().count(), 1);
    }
}
