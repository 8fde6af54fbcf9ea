//! An update sends the documented request and nothing else.

use std::collections::BTreeMap;

use conformance::{Recorder, TOKEN, client, spec};
use msgraph_core::{Endpoint, StaticToken, Transport};
use msgraph_incident_tasks::types::{IncidentTaskStatus, IncidentTaskUpdate};
use msgraph_incident_tasks::{ErrorKind, IncidentTaskId, WriteOutcome};
use msgraph_incident_tasks_api::operations::UpdateIncidentTask;
use serde_json::{Value, json};

const TASK: &str = include_str!("../../payloads/incidentTask/update-response.json");
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn id(text: &str) -> IncidentTaskId {
    text.parse().unwrap()
}

#[tokio::test]
async fn an_update_is_the_documented_request_and_nothing_else() {
    let server = Recorder::responding(200, JSON, TASK).await;
    let update = client(&server.url()).update_incident_task(id("213213")).status(IncidentTaskStatus::Completed);
    let task = update.send().await.unwrap();
    assert_eq!(task.status, Some(IncidentTaskStatus::Completed));

    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!(request.method_str(), "PATCH");
    assert_eq!(request.uri().path(), "/beta/security/incidentTasks/213213");
    assert_eq!(request.uri().query(), None);
    let documented: Value =
        serde_json::from_str(include_str!("../../payloads/incidentTaskUpdate/update-request.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(request.body_ref()).unwrap(), documented);

    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in request.headers_vec() {
        assert_eq!(headers.insert(name.to_lowercase(), value.clone()), None, "{name} comes twice");
    }
    let client_request_id = headers.remove("client-request-id").unwrap();
    assert_eq!(client_request_id.len(), 36, "{client_request_id}");
    let host = server.url().trim_start_matches("http://").trim_end_matches("/beta").to_owned();
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        ("accept", "application/json".to_owned()),
        ("authorization", format!("Bearer {TOKEN}")),
        ("content-length", request.body_ref().len().to_string()),
        ("content-type", "application/json".to_owned()),
        ("host", host),
        ("prefer", "include-unknown-enum-members".to_owned()),
        ("user-agent", format!("msgraph-incident-tasks/{version} msgraph-core/{version}")),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value)).into());
}

#[tokio::test]
async fn each_request_has_a_unique_id() {
    let server = Recorder::responding(200, JSON, TASK).await;
    for _ in 0..2 {
        client(&server.url()).update_incident_task(id("213213")).status(IncidentTaskStatus::Open).send().await.unwrap();
    }
    let ids: Vec<_> = server.requests().iter().map(|request| request.headers()["client-request-id"].clone()).collect();
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn the_path_and_method_are_those_of_the_spec() {
    let server = Recorder::responding(200, JSON, TASK).await;
    client(&server.url()).update_incident_task(id("213213")).status(IncidentTaskStatus::Failed).send().await.unwrap();
    let request = &server.requests()[0];
    let path = request.uri().path().trim_start_matches("/beta").replace("213213", "{incidentTaskId}");
    let operation = &spec()["paths"][&path][request.method_str().to_lowercase()];
    assert_eq!(operation["operationId"], "updateIncidentTask");
}

#[tokio::test]
async fn every_status_of_the_spec_is_sent_unchanged() {
    let server = Recorder::responding(200, JSON, TASK).await;
    let schema = &spec()["components"]["schemas"]["incidentTaskUpdate"]["properties"]["status"]["enum"];
    let allowed: Vec<_> = schema.as_array().unwrap().iter().map(|status| status.as_str().unwrap()).collect();
    for status in &allowed {
        client(&server.url()).update_incident_task(id("213213")).status(*status).send().await.unwrap();
    }
    let sent: Vec<Value> =
        server.requests().iter().map(|request| serde_json::from_slice(request.body_ref()).unwrap()).collect();
    assert_eq!(sent, allowed.iter().map(|status| json!({ "status": status })).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_update_without_a_status_is_an_empty_object() {
    let server = Recorder::responding(200, JSON, TASK).await;
    client(&server.url()).update_incident_task(id("213213")).send().await.unwrap();
    assert_eq!(server.requests()[0].body_string(), "{}");
}

#[tokio::test]
async fn the_sentinel_and_unknown_statuses_are_rejected_before_anything_is_sent() {
    let server = Recorder::responding(200, JSON, TASK).await;
    for status in ["unknownFutureValue", "no such status", "Completed", ""] {
        let error = client(&server.url()).update_incident_task(id("213213")).status(status).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.write_outcome(), Some(WriteOutcome::NotSent));
        let text = error.to_string();
        assert!(text.contains(&format!("{status:?}")) && text.contains("notRelevant"), "{text}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_url_that_is_too_long_is_rejected_before_anything_is_sent() {
    let server = Recorder::responding(200, &[], TASK).await;
    let error = client(&server.url()).update_incident_task(id(&"x".repeat(70_000))).status("open").await.unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::InvalidInput, Some(WriteOutcome::NotSent)));
    assert!(error.to_string().contains("at most 65534 can be sent"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_unknown_status_is_sent_only_on_explicit_request_and_the_sentinel_never() {
    let server = Recorder::responding(200, JSON, TASK).await;
    let update =
        |status: &str| client(&server.url()).update_incident_task(id("213213")).status(status).allow_unknown_status();
    update("no such status").send().await.unwrap();
    update("unknownFutureValue").send().await.unwrap_err();
    let bodies: Vec<_> = server.requests().iter().map(|request| request.body_string()).collect();
    assert_eq!(bodies, [r#"{"status":"no such status"}"#]);
}

#[tokio::test]
async fn a_generated_operation_checks_and_sends_the_same() {
    let server = Recorder::responding(200, JSON, TASK).await;
    let endpoint = Endpoint::new_allowing_loopback_http(&server.url()).unwrap();
    let credential = StaticToken::new(TOKEN).unwrap();
    let transport = Transport::builder(credential).build(endpoint).unwrap();

    let invalid = IncidentTaskUpdate::new().status(IncidentTaskStatus::UnknownFutureValue);
    transport.send(&UpdateIncidentTask::new("213213", invalid)).await.unwrap_err();
    assert_eq!(server.requests().len(), 0);

    let update = IncidentTaskUpdate::new().status(IncidentTaskStatus::NotRelevant);
    let response = transport.send(&UpdateIncidentTask::new("213213", update)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(server.requests()[0].body_string(), r#"{"status":"notRelevant"}"#);
    assert!(!server.requests()[0].headers().contains_key("api-version"));
}

#[tokio::test]
async fn every_accepted_id_stays_in_its_path_segment() {
    let server = Recorder::responding(200, JSON, TASK).await;
    let ids = ["213213", "02851525-dc00-438b-83f5-3b2947bf4a48", "a b?c#d%2f", "%2e%2e", "é{x}", "a;b=c&d"];
    for text in ids {
        // The response is that of another task.
        let result = client(&server.url()).update_incident_task(id(text)).send().await;
        assert_eq!(result.is_ok(), text == "213213", "{text}: {result:?}");
    }
    for request in server.requests() {
        let path = request.uri().path().to_owned();
        let segment = path.strip_prefix("/beta/security/incidentTasks/").unwrap();
        assert!(!segment.is_empty() && !segment.contains('/'), "{path}");
        assert_eq!(request.uri().query(), None, "{path}");
    }
    assert_eq!(server.requests().len(), ids.len());
}
