//! What a success is taken for: the task that was asked for, or an error with the right outcome.

use conformance::{BatchServer, Recorder, Reply, TOKEN, client};
use msgraph_incident_tasks::types::IncidentTask;
use msgraph_incident_tasks::{Error, Response};

const TASK: &str = r#"{"id":"213213","status":"completed"}"#;
const GRAPH: &str = r#"{"error":{"code":"NotFound","message":"No."}}"#;

/// A status, a body, and the result of a get and of an update.
const CASES: [(u16, &str, &str, &str); 27] = [
    (200, TASK, "ok", "ok"),
    (200, r#"{"id":"213213"}"#, "ok", "ok"),
    (200, GRAPH, "invalid response NotFound", "invalid response NotFound, may have been applied"),
    (
        200,
        r#"{"id":"213213","error":{"message":"No."}}"#,
        "invalid response",
        "invalid response, may have been applied",
    ),
    (200, r#"{"error":"invalid_grant"}"#, "invalid response", "invalid response, may have been applied"),
    (200, r#"{"Error":{"code":"A"}}"#, "invalid response", "invalid response, may have been applied"),
    (203, r#"{"odata.error":{"code":"A"}}"#, "unexpected status", "unexpected status, may have been applied"),
    (200, r#"{"\u0065rror":{"code":"A"}}"#, "invalid response A", "invalid response A, may have been applied"),
    (200, r#"{"Message":"An error has occurred."}"#, "invalid response", "invalid response, may have been applied"),
    (200, "<soap:Fault/>", "invalid response", "invalid response, may have been applied"),
    (200, "{}", "invalid response", "invalid response, applied"),
    (200, r#"{"id":null,"status":"open"}"#, "invalid response", "invalid response, applied"),
    (200, r#"{"id":"","status":"open"}"#, "invalid response", "invalid response, applied"),
    (200, r#"{"value":[{"id":"213213"}]}"#, "invalid response", "invalid response, applied"),
    (200, r#"{"value":{"id":"213213"}}"#, "invalid response", "invalid response, applied"),
    (200, r#"{"d":{"id":"213213"}}"#, "invalid response", "invalid response, applied"),
    (200, r#"{"id":"213214","status":"open"}"#, "invalid response", "invalid response, may have been applied"),
    (201, TASK, "ok", "ok"),
    (202, TASK, "unexpected status", "unexpected status, may have been applied"),
    (203, TASK, "ok", "ok"),
    (203, "{}", "unexpected status", "unexpected status, applied"),
    (206, TASK, "ok", "ok"),
    (206, "{}", "unexpected status", "unexpected status, may have been applied"),
    (207, TASK, "unexpected status", "unexpected status, may have been applied"),
    (226, TASK, "ok", "ok"),
    (299, r#"{"id":"213214"}"#, "invalid response", "invalid response, may have been applied"),
    (303, TASK, "unexpected status", "unexpected status, may have been applied"),
];

fn describe(result: Result<IncidentTask, Error>) -> String {
    let Err(error) = result else { return "ok".to_owned() };
    let code = error.code().map(|code| format!(" {code}")).unwrap_or_default();
    let outcome = error.write_outcome().map(|outcome| format!(", {outcome}")).unwrap_or_default();
    format!("{}{code}{outcome}", error.kind())
}

/// A server whose batches have one response, written as it is.
async fn batch(response: String) -> BatchServer {
    BatchServer::start(move |_, _| {
        let responses = format!(r#"{{"responses":[{response}]}}"#);
        Reply { status: 200, headers: Vec::new(), body: responses }
    })
    .await
}

async fn update_in_batch(server: &BatchServer) -> Response<IncidentTask> {
    let client = client(&server.url());
    let mut batch = client.batch();
    let update = batch.add(client.update_incident_task("213213").status("completed"));
    batch.send().await.unwrap().take(update).unwrap()
}

#[tokio::test]
async fn a_success_is_the_task_that_was_asked_for_or_an_error() {
    for (status, body, get, update) in CASES {
        let server = Recorder::responding(status, &[], body).await;
        let client = client(&server.url());
        assert_eq!(describe(client.get_incident_task("213213").await), get, "get: {status} {body}");
        let result = client.update_incident_task("213213").status("completed").await;
        assert_eq!(describe(result), update, "update: {status} {body}");
        let server = batch(format!(r#"{{"id":"1","status":{status},"body":{body}}}"#)).await;
        let mut results = self::client(&server.url()).update_incident_tasks([("213213", "completed")]).send().unwrap();
        assert_eq!(describe(results.next().await.unwrap().result), update, "batch: {status} {body}");
    }
}

#[tokio::test]
async fn ids_are_compared_without_regard_to_case_and_a_selection_can_leave_them_out() {
    let server = Recorder::responding(200, &[], r#"{"id":"ABCDEF01-0000-0000-0000-00000000000A"}"#).await;
    let id = "abcdef01-0000-0000-0000-00000000000a";
    assert!(client(&server.url()).get_incident_task(id).await.is_ok());
    let server = Recorder::responding(200, &[], r#"{"status":"open"}"#).await;
    for (select, is_ok) in [("status", true), ("id,status", false), ("*", false)] {
        let result = client(&server.url()).get_incident_task("213213").select(select).await;
        assert_eq!(result.is_ok(), is_ok, "{select}");
    }
}

#[tokio::test]
async fn a_warning_and_what_was_repaired_are_kept_with_the_response() {
    let warning = "199 - \"Vendor/Provider/504/10000\"";
    let body = r#"{"id":"213213","displayName":"a\ud83d","new":{"b":[1e400]}}"#;
    let server = Recorder::responding(206, &[("warning", warning)], body).await;
    let response = client(&server.url()).get_incident_task("213213").response().await.unwrap();
    assert_eq!((response.status(), response.warnings().collect::<Vec<_>>()), (206, vec![warning]));
    assert_eq!(response.repaired(), ["/displayName", "/new/b/0"]);
    assert_eq!(response.value().display_name.as_deref(), Some("a\u{fffd}"));
    assert_eq!(response.value().extra["new"]["b"][0], "1e400");

    let server = batch(format!(r#"{{"id":1,"status":"206","headers":{{"Warning":"199"}},"body":{body}}}"#)).await;
    let response = update_in_batch(&server).await;
    assert_eq!((response.status(), response.header("warning")), (206, Some("199")));
    assert_eq!(response.repaired(), ["/displayName", "/new/b/0"]);
}

#[tokio::test]
async fn a_part_of_a_batch_is_read_in_any_form_and_never_sent_again_for_it() {
    for (part, message) in [
        (r#"{"id":1,"status":"200","body":TASK}"#, None),
        (r#"{"id":"1.0","status":200.0,"headers":[],"body":TASK}"#, None),
        (r#"{"id":"1","status":99,"body":TASK}"#, Some("invalid status 99 for")),
        (r#"{"id":"1","status":null,"body":TASK}"#, Some("invalid status null for")),
        (r#"{"id":"1","status":"none\u0007","body":TASK}"#, Some("invalid status none  for")),
        (r#"{"id":"1","body":TASK}"#, Some("invalid status null for")),
    ] {
        let server = batch(part.replace("TASK", TASK)).await;
        let mut updates = client(&server.url()).update_incident_tasks([("213213", "completed")]).send().unwrap();
        let result = updates.next().await.unwrap().result;
        assert_eq!(
            result.as_ref().err().map(|error| error.to_string().contains(message.unwrap())),
            message.map(|_| true),
            "{part}: {result:?}"
        );
        assert_eq!(server.batches().len(), 1);
    }
}

#[tokio::test]
async fn a_content_encoding_that_was_not_asked_for_is_named() {
    for status in [200, 400] {
        let server = Recorder::responding(status, &[("content-encoding", "gzip")], vec![0x1f, 0x8b, 8, 0]).await;
        let error = client(&server.url()).get_incident_task("213213").await.unwrap_err().to_string();
        assert!(error.contains("its Content-Encoding \"gzip\" was not requested"), "{error}");
    }
}

#[tokio::test]
async fn an_empty_header_hides_nothing() {
    let body = r#"{"error":{"code":"a","innerError":{"request-id":"of-the-body","client-request-id":"c","date":"d"}}}"#;
    let headers = [("request-id", ""), ("client-request-id", ""), ("date", " ")];
    let server = Recorder::responding(400, &headers, body).await;
    let error = client(&server.url()).get_incident_task("213213").await.unwrap_err();
    assert_eq!((error.request_id(), error.client_request_id()), (Some("of-the-body"), Some("c")));
    let server =
        batch(r#"{"id":"1","status":200,"headers":{"request-id":""},"body":TASK}"#.replace("TASK", TASK)).await;
    assert_eq!(update_in_batch(&server).await.request_id(), None);
}

/// In items, warnings, links and parts of a batch.
#[tokio::test]
async fn a_token_that_a_success_repeats_is_replaced_wherever_it_is_shown() {
    let mut shown = String::new();
    let escaped = TOKEN.replacen('c', "\\u0063", 1);
    for body in [
        format!(r#"{{"value":[{{"id":"1","displayName":"{TOKEN}"}},{{"id":"2","displayName":"\ud83d{escaped}"}}]}}"#),
        format!(r#"{{"value":["{TOKEN}",{{"id":7,"x":"{escaped}"}},{{"error":{{"code":"{TOKEN}"}}}}]}}"#),
        format!(r#"{{"value":[],"@odata.nextLink":"security/incidentTasks?$skiptoken={TOKEN}"}}"#),
        format!(r#"{{"value":[],"@odata.nextLink":"https://evil.test/{}"}}"#, TOKEN.replacen('c', "%63", 1)),
        format!(r#"{{"value":[{{"id":"1"}}],"error":{{"message":"{escaped}"}}}}"#),
    ] {
        let warning = format!("199 - {TOKEN}");
        let server = Recorder::responding(206, &[("warning", &warning), ("request-id", TOKEN)], body).await;
        let mut tasks = client(&server.url()).list_incident_tasks().items();
        while let Some(task) = tasks.next().await {
            let body = task.as_ref().err().and_then(|error| error.body()).unwrap_or_default();
            let response = tasks.response().map(|response| (format!("{response:?}"), response.request_id().is_some()));
            let warnings = tasks.take_warnings();
            shown.push_str(&format!("{task:?} {response:?} {warnings:?} {}\n", String::from_utf8_lossy(body)));
        }
        shown.push_str(&format!("{:?}\n", tasks.response()));
    }
    let part = format!(
        r#"{{"id":"1","status":404,"headers":{{"x":"{TOKEN}"}},"body":{{"error":{{"message":"{escaped}"}}}}}}"#
    );
    for part in [
        part,
        format!(r#"{{"id":"1","status":"{TOKEN}"}}"#),
        format!(r#"{{"id":"1","status":200,"body":"{escaped}"}}"#),
    ] {
        let server = Recorder::responding(200, &[], format!(r#"{{"responses":[{part}]}}"#)).await;
        let client = client(&server.url());
        let mut batch = client.batch();
        let handle = batch.add(client.get_incident_task("213213"));
        let error = batch.send().await.unwrap().take(handle).unwrap_err();
        let headers: Vec<_> = error.headers().map(|(_, value)| String::from_utf8_lossy(value)).collect();
        shown.push_str(&format!("{error} {error:?} {headers:?} {}\n", String::from_utf8_lossy(error.body().unwrap())));
    }
    assert!(!shown.contains(TOKEN) && !shown.contains(&escaped) && !shown.contains("%63anary"), "{shown}");
    assert_eq!(shown.lines().filter(|line| !line.contains("REDACTED")).count(), 0, "{shown}");
}
