//! The conformance cases, through the generated client, the library and the emulator.

use std::collections::{BTreeMap, BTreeSet};

use conformance::{Case, Recorder, TOKEN, cases, client, exchange, spec};
use futures_util::StreamExt;
use msgraph_core::{Endpoint, Operation, Response, RetryPolicy, StaticToken, Transport};
use msgraph_incident_tasks::types::IncidentTaskUpdate;
use msgraph_incident_tasks::{Client, Error, Filter, IncidentTaskId, StatusUpdate};
use msgraph_incident_tasks_api::{operations, types};
use msgraph_incident_tasks_emulator::{Emulator, Injection, SpecValidator};
use serde::Serialize;
use serde_json::{Value, json};

fn id(text: &str) -> IncidentTaskId {
    text.parse().unwrap()
}

/// A result in the form of the cases.
fn told<T: Serialize>(result: Result<T, Error>) -> Value {
    match result {
        Ok(value) => match serde_json::to_value(value).unwrap() {
            Value::Null => json!({ "nothing": true }),
            value => json!({ "value": value }),
        },
        Err(error) => {
            let mut told = json!({
                "kind": error.kind().to_string(), "status": error.status(), "code": error.code(), "message": error.message(),
            });
            if let Some(outcome) = error.write_outcome() {
                told["outcome"] = outcome.to_string().into();
            }
            json!({ "error": told })
        }
    }
}

async fn by_library(client: &Client, case: &Case) -> Value {
    match case.operation.as_str() {
        "updateIncidentTask" => {
            told(client.update_incident_task(id(case.text("id"))).status(case.text("status")).send().await)
        }
        "getIncidentTask" => told(client.get_incident_task(id(case.text("id"))).send().await),
        "executeResponseAction" => told(client.execute_response_action(id(case.text("id"))).send().await),
        "listIncidentTasks" => {
            let mut list = client.list_incident_tasks();
            if case.call.get("filter").is_some() {
                list = list.filter(Filter::raw(case.text("filter")));
            }
            if case.call.get("orderby").is_some() {
                list = list.orderby(case.text("orderby"));
            }
            if let Some(top) = case.call["top"].as_i64() {
                list = list.top(top as i32);
            }
            let items: Vec<_> = list.items().collect().await;
            told(items.into_iter().collect::<Result<Vec<_>, _>>())
        }
        "batch" => {
            let updates = case.updates();
            let updates = updates.iter().map(|(text, status)| StatusUpdate::new(text, status.as_str()).unwrap());
            let mut results: Vec<_> = client.update_incident_tasks(updates).send().unwrap().collect().await;
            results.sort_by_key(|result| result.index);
            json!({ "each": results.into_iter().map(|result| told(result.result)).collect::<Vec<_>>() })
        }
        other => panic!("call {other} here"),
    }
}

pub(crate) async fn by_generated(transport: &Transport, case: &Case) -> Value {
    match case.operation.as_str() {
        "updateIncidentTask" => {
            let body = IncidentTaskUpdate::new().status(case.text("status"));
            sent(transport, &operations::UpdateIncidentTask::new(case.text("id"), body)).await
        }
        "getIncidentTask" => sent(transport, &operations::GetIncidentTask::new(case.text("id"))).await,
        "executeResponseAction" => sent(transport, &operations::ExecuteResponseAction::new(case.text("id"))).await,
        "listIncidentTasks" => {
            let mut list = operations::ListIncidentTasks::new();
            list.filter = case.call["filter"].as_str().map(str::to_owned);
            list.orderby = case.call["orderby"].as_str().map(str::to_owned);
            list.top = case.call["top"].as_i64().map(|top| top as i32);
            let mut told = sent(transport, &list).await;
            if told.get("value").is_some() {
                told["value"] = told["value"]["value"].take();
            }
            told
        }
        "batch" => {
            let body: types::BatchRequest = serde_json::from_value(case.request.body.clone()).unwrap();
            let response = sent(transport, &operations::Batch::new(body)).await;
            assert_eq!(response["value"], case.response.body, "{}", case.name);
            // The library interprets each part.
            expected(case)
        }
        other => panic!("call {other} here"),
    }
}

async fn sent<O: Operation<Response: Serialize>>(transport: &Transport, operation: &O) -> Value {
    told(transport.send(operation).await.map(Response::into_value))
}

fn transport_to(url: &str) -> Transport {
    let endpoint = Endpoint::new_allowing_loopback_http(url).unwrap();
    let credential = StaticToken::new(TOKEN).unwrap();
    Transport::builder(credential).retry(RetryPolicy::never()).build(endpoint).unwrap()
}

/// Checks the request of a case, and returns its operation.
fn was_sent(server: &Recorder, case: &Case, by: &str) -> String {
    let (name, expected) = (&case.name, &case.request);
    let [request] =
        server.requests().try_into().unwrap_or_else(|requests: Vec<_>| panic!("{name}: {} requests", requests.len()));
    assert_eq!(request.method_str(), expected.method, "{name} by {by}");
    assert_eq!(request.uri().path(), format!("/beta{}", expected.path), "{name} by {by}");
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let query = query.split('&').filter(|pair| !pair.is_empty());
    let query: BTreeMap<_, _> =
        query.map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (decoded(name), decoded(value))).collect();
    assert_eq!(query, expected.query, "{name} by {by}");
    for (header, value) in &expected.headers {
        assert_eq!(
            request.headers().get(header).map(|value| value.to_str().unwrap()),
            Some(value.as_str()),
            "{name} by {by}: {header}"
        );
    }
    let body = serde_json::from_slice(request.body_ref()).unwrap_or(Value::Null);
    assert_eq!(body, expected.body, "{name} by {by}");
    let validator = SpecValidator::new(&spec().to_string()).unwrap();
    let (operation, _) =
        validator.operation(request.method_str(), request.uri().path().trim_start_matches("/beta")).unwrap();
    operation.id().to_owned()
}

pub(crate) async fn responding(case: &Case) -> Recorder {
    let headers: Vec<_> = case.response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = if case.response.body.is_null() { String::new() } else { case.response.body.to_string() };
    Recorder::responding(case.response.status, &headers, body).await
}

fn expected(case: &Case) -> Value {
    case.result.clone()
}

/// Returns the operation of a request that arrived.
fn each_operation_is_in(called: &BTreeSet<String>) {
    let validator = SpecValidator::new(&spec().to_string()).unwrap();
    let described: BTreeSet<_> = validator.operations().map(|operation| operation.id().to_owned()).collect();
    assert_eq!(*called, described);
}

#[tokio::test]
async fn the_library_sends_and_returns_what_each_case_has() {
    let mut called = BTreeSet::new();
    for case in cases() {
        let server = responding(&case).await;
        assert_eq!(by_library(&client(&server.url()), &case).await, expected(&case), "{}", case.name);
        called.insert(was_sent(&server, &case, "the library"));
    }
    each_operation_is_in(&called);
}

#[tokio::test]
async fn the_generated_operations_send_and_return_what_each_case_has() {
    let mut called = BTreeSet::new();
    for case in cases() {
        let server = responding(&case).await;
        assert_eq!(by_generated(&transport_to(&server.url()), &case).await, expected(&case), "{}", case.name);
        called.insert(was_sent(&server, &case, "the generated client"));
    }
    each_operation_is_in(&called);
}

#[tokio::test]
async fn the_library_on_the_emulator_returns_what_each_case_has() {
    for case in cases() {
        let emulator = emulator_of(&case).await;
        let mut told = by_library(&client(&emulator.url()), &case).await;
        let mut expected = expected(&case);
        [&mut told, &mut expected].into_iter().for_each(without_what_varies);
        assert_eq!(told, expected, "{}", case.name);
    }
}

async fn emulator_of(case: &Case) -> Emulator {
    let emulator = Emulator::builder().strict().tasks(case.emulator.tasks.clone()).start().await.unwrap();
    if let Some(fault) = &case.emulator.fault {
        emulator.inject(Injection::once(fault.parse().unwrap()));
    }
    emulator
}

/// Removes values that the service chooses: IDs of requests, dates, who changed a task, annotations of a collection; and
/// nulls, since a property that no case has yet is one.
fn without_what_varies(value: &mut Value) {
    const VARIES: [&str; 5] =
        ["lastModifiedDateTime", "lastModifiedByDisplayName", "innerError", "@odata.context", "headers"];

    match value {
        Value::Object(object) => {
            object.retain(|name, value| !VARIES.contains(&name.as_str()) && !value.is_null());
            object.values_mut().for_each(without_what_varies);
        }
        Value::Array(array) => array.iter_mut().for_each(without_what_varies),
        _ => {}
    }
}

#[tokio::test]
async fn the_emulator_responds_as_each_case_and_the_spec_describe() {
    let validator = SpecValidator::new(&spec().to_string()).unwrap();
    let mut called = BTreeSet::new();
    for case in cases() {
        let emulator = emulator_of(&case).await;
        check_response(&emulator, &case, &validator).await;
        called.extend(emulator.requests().pop().unwrap().operation);
    }
    each_operation_is_in(&called);
}

/// Sends the request of a case, and checks the response.
async fn check_response(emulator: &Emulator, case: &Case, validator: &SpecValidator) {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let query: Vec<_> = case.request.query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let path = format!("/beta{}{query}", case.request.path);
    let body = if case.request.body.is_null() { String::new() } else { case.request.body.to_string() };
    let mut headers = format!("authorization: Bearer {TOKEN}\r\n");
    if !body.is_empty() {
        headers += "content-type: application/json\r\n";
    }
    let (status, head, mut body) = exchange(&emulator.url(), &case.request.method, &path, &headers, &body).await;
    for header in case.response.headers.keys() {
        assert!(head.contains(&format!("\n{}:", header.to_lowercase())), "{}: {header}", case.name);
    }
    let (described, _) = validator.operation(&case.request.method, &case.request.path).unwrap();
    described.check_response(status, &body).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let mut expected = case.response.body.clone();
    [&mut body, &mut expected].into_iter().for_each(without_what_varies);
    assert_eq!((status, body), (case.response.status, expected), "{}", case.name);
}

#[test]
fn each_case_names_its_source() {
    for case in cases() {
        for side in ["request", "response"] {
            assert!(!case.source[side].is_empty(), "{} has no source of its {side}", case.name);
        }
    }
}
