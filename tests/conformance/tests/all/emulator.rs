//! The emulator's requests and responses match the spec.

use conformance::{client, exchange, spec};
use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskStatus};
use msgraph_incident_tasks::{Client, Error, IncidentTaskId};
use msgraph_incident_tasks_emulator::{Emulator, SpecValidator};
use serde_json::{Value, json};

fn id(text: &str) -> IncidentTaskId {
    text.parse().unwrap()
}

async fn update(client: &Client, text: &str, status: &str) -> Result<IncidentTask, Error> {
    client.update_incident_task(id(text)).status(status).send().await
}

const SIGNED_IN: &str = "authorization: Bearer a\r\ncontent-type: application/json\r\n";
const TASK_PATH: &str = "/beta/security/incidentTasks/213213";

#[tokio::test]
async fn an_update_returns_the_documented_task_and_is_stored() {
    let emulator = Emulator::start().await.unwrap();
    let (status, head, task) =
        exchange(&emulator.url(), "PATCH", TASK_PATH, SIGNED_IN, r#"{"status":"completed"}"#).await;
    assert_eq!(status, 200);
    assert!(head.contains("request-id: "), "{head}");
    let documented: Value =
        serde_json::from_str(include_str!("../../payloads/incidentTask/update-response.json")).unwrap();
    let without_time = |task: &Value| {
        let mut task = task.clone();
        let properties = task.as_object_mut().unwrap();
        assert!(properties.remove("lastModifiedDateTime").is_some());
        // A property that the documentation does not have yet is null.
        properties.retain(|_, value| !value.is_null());
        task
    };
    assert_eq!(without_time(&task), without_time(&documented));
    assert_ne!(task["lastModifiedDateTime"], documented["lastModifiedDateTime"]);
    let (_, _, unchanged) = exchange(&emulator.url(), "PATCH", TASK_PATH, SIGNED_IN, "{}").await;
    assert_eq!(unchanged, task);
}

#[tokio::test]
async fn each_status_of_the_spec_is_accepted() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator.url());
    for status in ["open", "inProgress", "completed", "failed", "notRelevant"] {
        let task = update(&client, "213213", status).await.unwrap();
        assert_eq!(task.status, Some(IncidentTaskStatus::from(status)));
        assert_eq!(task.source.unwrap().as_str(), "defenderExpertsXDR");
    }
}

#[tokio::test]
async fn an_id_that_is_neither_guid_nor_digits_gets_the_documented_400() {
    let emulator = Emulator::start().await.unwrap();
    for id in ["abc", "213213x", "02851525-dc00-438b-83f5"] {
        let error = update(&client(&emulator.url()), id, "open").await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(400), Some("BadRequest")));
        assert_eq!(error.message(), Some(format!("Invalid Task Id: {id}").as_str()));
    }
}

#[tokio::test]
async fn an_id_that_no_task_has_gets_the_documented_404() {
    let emulator = Emulator::start().await.unwrap();
    for id in ["1", "02851525-dc00-438b-83f5-3b2947bf4a48"] {
        let error = update(&client(&emulator.url()), id, "open").await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(404), Some("NotFound")));
        assert_eq!(error.message(), Some(format!("taskId {id} not found").as_str()));
    }
}

#[tokio::test]
async fn a_request_without_a_bearer_token_gets_401_with_a_challenge() {
    let emulator = Emulator::start().await.unwrap();
    for authorization in ["", "authorization: Basic a\r\n", "authorization: Bearer \r\n"] {
        let (status, head, _) = exchange(&emulator.url(), "PATCH", TASK_PATH, authorization, "{}").await;
        assert_eq!(status, 401);
        assert!(head.contains("www-authenticate: bearer"), "{head}");
    }
}

#[tokio::test]
async fn an_invalid_property_is_rejected_by_its_name() {
    let emulator = Emulator::start().await.unwrap();
    for (body, named) in [
        (r#"{"colour":"a"}"#, "colour"),
        (r#"{"status":"open","extra":"1"}"#, "extra"),
        (r#"{"status":"unknownFutureValue"}"#, "status"),
        (r#"{"status":null}"#, "status"),
    ] {
        let (status, _, error) = exchange(&emulator.url(), "PATCH", TASK_PATH, SIGNED_IN, body).await;
        assert_eq!(status, 400, "{body}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{message}");
    }
}

#[tokio::test]
async fn every_response_matches_the_spec() {
    let validator = SpecValidator::new(&spec().to_string()).unwrap();
    let emulator = Emulator::start().await.unwrap();
    let requests = [
        (TASK_PATH, SIGNED_IN, r#"{"status":"failed"}"#, 200),
        (TASK_PATH, SIGNED_IN, r#"{"colour":"a"}"#, 400),
        (TASK_PATH, SIGNED_IN, "{", 400),
        (TASK_PATH, SIGNED_IN, "[]", 400),
        (TASK_PATH, "", "{}", 401),
        ("/beta/security/incidentTasks/7", SIGNED_IN, "{}", 404),
        ("/beta/security/incidentTasks/x", SIGNED_IN, "{}", 400),
        (TASK_PATH, "authorization: Bearer a\r\n", "{}", 415),
        (TASK_PATH, "authorization: Bearer a\r\naccept: text/html\r\n", "{}", 406),
    ];
    for (path, headers, body, expected) in requests {
        let (status, _, response) = exchange(&emulator.url(), "PATCH", path, headers, body).await;
        assert_eq!(status, expected, "{path} {body}");
        let (operation, _) = validator.operation("PATCH", path.trim_start_matches("/beta")).unwrap();
        operation.check_response(status, &response).unwrap_or_else(|error| panic!("{path} {body}: {error}"));
    }
}

#[tokio::test]
async fn a_request_outside_the_spec_gets_a_graph_error() {
    let emulator = Emulator::start().await.unwrap();
    for (method, path, headers, expected) in [
        ("PUT", TASK_PATH, SIGNED_IN, 405),
        ("PATCH", "/beta/security/incidents/1", SIGNED_IN, 404),
        ("PATCH", "/beta/security/incidentTasks/", SIGNED_IN, 405),
        ("PATCH", "/v1.0/security/incidentTasks/213213", SIGNED_IN, 404),
        ("PATCH", TASK_PATH, "authorization: Bearer a\r\ncontent-type: text/plain\r\n", 415),
    ] {
        let (status, _, error) = exchange(&emulator.url(), method, path, headers, "{}").await;
        assert_eq!(status, expected, "{method} {path}");
        assert!(error["error"]["code"].is_string(), "{error}");
    }
}

#[tokio::test]
async fn a_shutdown_completes_although_a_client_keeps_its_connection() {
    let emulator = Emulator::start().await.unwrap();
    let url = emulator.url();
    let client = client(&url);
    update(&client, "213213", "open").await.unwrap();
    emulator.shutdown().await.unwrap();
    assert!(update(&client, "213213", "open").await.unwrap_err().is_connect());
}

#[tokio::test]
async fn the_client_request_id_is_echoed() {
    let emulator = Emulator::start().await.unwrap();
    let headers = format!("{SIGNED_IN}client-request-id: mine\r\n");
    let (_, head, error) = exchange(&emulator.url(), "PATCH", "/beta/security/incidentTasks/7", &headers, "{}").await;
    assert!(head.contains("client-request-id: mine"), "{head}");
    assert_eq!(error["error"]["innerError"]["client-request-id"], json!("mine"));
}
