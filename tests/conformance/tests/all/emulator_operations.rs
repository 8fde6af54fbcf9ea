//! The emulator's responses to list, get, execute and batch.

use conformance::{client, exchange, spec};
use futures_util::StreamExt;
use msgraph_incident_tasks::types::IncidentTaskActionStatus;
use msgraph_incident_tasks::{Error, Filter, IncidentTaskId};
use msgraph_incident_tasks_emulator::{Emulator, Fault, Injection, SpecValidator};
use serde_json::{Value, json};

fn id(text: &str) -> IncidentTaskId {
    text.parse().unwrap()
}

async fn http(emulator: &Emulator, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    const JSON: &str = "authorization: Bearer a\r\ncontent-type: application/json\r\n";

    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let (status, _, body) = exchange(&emulator.url(), method, &format!("/beta{path}"), JSON, &body).await;
    (status, body)
}

/// Checks that the spec allows a response.
fn described(method: &str, path: &str, (status, body): &(u16, Value)) {
    let validator = SpecValidator::new(&spec().to_string()).unwrap();
    let (operation, _) = validator.operation(method, path.split('?').next().unwrap()).unwrap();
    operation.check_response(*status, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
}

const LIST: &str = "/security/incidentTasks";

#[tokio::test]
async fn a_list_has_pages_with_the_options_and_the_count() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator.url());
    let list = client.list_incident_tasks().top(1).count(true).select("id").orderby("lastUpdateDateTime desc");
    let pages: Vec<_> = list.pages().map(Result::unwrap).collect().await;
    let ids = |page: usize| serde_json::to_value(&pages[page].value).unwrap();
    assert_eq!((pages.len(), pages[0].odata_count), (2, Some(2)));
    let typed = |id: &str| json!([{ "@odata.type": "#microsoft.graph.security.incidentTask", "id": id }]);
    assert_eq!((ids(0), ids(1)), (typed("213213"), typed("213214")));
}

#[tokio::test]
async fn the_filters_of_the_library_are_supported() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator.url());
    for (filter, expected) in [
        (Filter::status("open"), 2),
        (Filter::status("completed"), 0),
        (Filter::incident_id("123").and(Filter::action_type("isolateDevice")), 1),
        (Filter::type_("text").or(Filter::action_type("isolateDevice")), 2),
        (Filter::created_date_time("2023-06-26T19:07:39.7433333Z"), 2),
        (Filter::last_update_date_time("2023-06-27T10:49:33.980Z"), 2),
        (Filter::incident_id("it's"), 0),
    ] {
        let text = filter.to_string();
        let items: Vec<_> = client.list_incident_tasks().filter(filter).items().map(Result::unwrap).collect().await;
        assert_eq!(items.len(), expected, "{text}");
    }
}

#[tokio::test]
async fn execute_responds_as_documented() {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator.url());
    let execute = async |text: &str| client.execute_response_action(id(text)).send().await;
    let in_words =
        |error: Error| format!("{} {} {}", error.status().unwrap(), error.code().unwrap(), error.message().unwrap());
    execute("213214").await.unwrap();
    let task = client.get_incident_task(id("213214")).send().await.unwrap();
    assert_eq!(task.action_status, Some(IncidentTaskActionStatus::InProgress));
    for (task, expected) in [
        ("213214", "400 ActionAlreadyInProgress Response action is already in progress."),
        ("213213", "400 UnsupportedActionType Action type 'text' is not supported for automated execution."),
        ("x", "400 BadRequest Invalid incidentTask id x"),
        ("7", "404 NotFound taskId 7 not found"),
    ] {
        assert_eq!(in_words(execute(task).await.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn a_batch_has_a_response_for_each_request_and_424_for_the_dependents_of_a_failure() {
    let emulator = Emulator::start().await.unwrap();
    let update = |id: &str, task: &str| {
        json!({ "id": id, "method": "PATCH", "url": format!("{LIST}/{task}"), "headers": { "content-type": "application/json" },
                "body": { "status": "failed" } })
    };
    let mut dependent = update("c", "213214");
    dependent["dependsOn"] = json!(["b"]);
    let batch = json!({ "requests": [update("a", "213213"), update("b", "7"), dependent,
        { "id": "d", "method": "GET", "url": format!("{LIST}?$top=1"), "dependsOn": ["A"] }] });
    let response = http(&emulator, "POST", "/$batch", Some(batch)).await;
    described("POST", "/$batch", &response);
    let statuses: Vec<_> =
        response.1["responses"].as_array().unwrap().iter().map(|item| item["status"].clone()).collect();
    assert_eq!(statuses, [200, 404, 424, 200]);
    assert_eq!(response.1["responses"][0]["body"]["status"], "failed");
}

#[tokio::test]
async fn a_batch_that_breaks_the_rules_is_rejected_whole() {
    let emulator = Emulator::start().await.unwrap();
    let get = |id: &str| json!({ "id": id, "method": "GET", "url": format!("{LIST}/213213") });
    let many: Vec<_> = (0..21).map(|id| get(&id.to_string())).collect();
    for requests in [
        json!([get("a"), get("A")]),
        json!([]),
        json!(many),
        json!([{ "id": "1", "method": "POST", "url": "/$batch", "headers": { "content-type": "application/json" }, "body": {} }]),
        json!([{ "id": "1", "method": "PATCH", "url": format!("{LIST}/213213"), "body": { "status": "open" } }]),
        json!([{ "id": "1", "method": "GET", "url": "x", "dependsOn": ["2"] }]),
    ] {
        let response = http(&emulator, "POST", "/$batch", Some(json!({ "requests": requests }))).await;
        assert_eq!(response.0, 400, "{requests}");
        described("POST", "/$batch", &response);
    }
}

#[tokio::test]
async fn a_batch_that_fails_as_a_whole_matches_the_spec() {
    let emulator = Emulator::start().await.unwrap();
    emulator.inject(Injection::once(Fault::BatchFailedDependency));
    let batch = json!({ "requests": [{ "id": "1", "method": "GET", "url": format!("{LIST}/213213") }] });
    let response = http(&emulator, "POST", "/$batch", Some(batch)).await;
    assert_eq!((response.0, &response.1["responses"][0]["status"]), (424, &json!(200)));
    described("POST", "/$batch", &response);
}

#[tokio::test]
async fn the_headers_of_a_request_in_a_batch_are_strings() {
    let emulator = Emulator::start().await.unwrap();
    let item = json!({ "id": "1", "method": "GET", "url": LIST, "headers": { "x": 1 } });
    let (status, error) = http(&emulator, "POST", "/$batch", Some(json!({ "requests": [item] }))).await;
    assert!(status == 400 && error["error"]["message"].as_str().unwrap().contains("headers.x"), "{error}");
}

#[tokio::test]
async fn an_invalid_query_option_is_rejected_by_its_name() {
    let emulator = Emulator::start().await.unwrap();
    for (query, says) in [
        ("$top=0", "invalid value \"0\" of the query parameter \"$top\""),
        ("$top=501", "\"$top\""),
        ("$count=maybe", "\"$count\""),
        ("$apply=x", "$apply is not supported"),
        ("$filter=status%20ne%20'open'", "only eq is supported"),
        ("$orderby=displayName", "'displayName'"),
        ("$select=id,colour", "'colour'"),
        ("$expand=owner", "'owner'"),
        ("$skiptoken=zz", "skip token"),
        ("$skiptoken=00", "skip token"),
    ] {
        let path = format!("{LIST}?{query}");
        let response = http(&emulator, "GET", &path, None).await;
        assert_eq!(response.0, 400, "{query}");
        assert!(response.1["error"]["message"].as_str().unwrap().contains(says), "{query}: {}", response.1);
        described("GET", &path, &response);
    }
}

#[tokio::test]
async fn every_response_of_these_operations_matches_the_spec() {
    let emulator = Emulator::start().await.unwrap();
    let task = format!("{LIST}/213214");
    let execute = format!("{task}/microsoft.graph.security.executeResponseAction");
    for (method, path, expected) in [
        ("GET", LIST.to_owned(), 200),
        ("GET", format!("{LIST}?top=1&$count=true&$search=%22isolate%22"), 200),
        ("GET", format!("{task}?$select=id,status&$expand=incident"), 200),
        ("GET", format!("{LIST}/7"), 404),
        ("GET", format!("{LIST}/x"), 400),
        ("POST", execute.clone(), 204),
        ("POST", execute.clone(), 400),
        ("POST", execute.replace("213214", "7"), 404),
    ] {
        let response = http(&emulator, method, &path, None).await;
        assert_eq!(response.0, expected, "{method} {path}");
        described(method, &path, &response);
    }
}
