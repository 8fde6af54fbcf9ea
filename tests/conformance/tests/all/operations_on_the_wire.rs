//! Each operation except update sends the documented request and nothing else.

use conformance::{Recorder, client, spec};
use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskActionType};
use msgraph_incident_tasks::{ErrorKind, Filter, IncidentTaskId, OpenEnum, WriteOutcome};
use msgraph_incident_tasks_emulator::SpecValidator;
use serde_json::{Value, json};

const TASK: &str = include_str!("../../payloads/incidentTask/get-response.json");
const LIST: &str = include_str!("../../payloads/incidentTaskCollection/list-response.json");

fn id(text: &str) -> IncidentTaskId {
    text.parse().unwrap()
}

fn task(properties: Value) -> IncidentTask {
    serde_json::from_value(properties).unwrap()
}

#[tokio::test]
async fn get_is_a_get_of_the_task_with_the_options_that_were_set() {
    let server = Recorder::responding(200, &[], TASK).await;
    let client = client(&server.url());
    let task = client.get_incident_task(id("213213")).send().await.unwrap();
    assert_eq!(task.source.unwrap().as_str(), "defenderExpertsXDR");
    client.get_incident_task(id("213213")).select("id,status").expand("incident").send().await.unwrap();
    let [plain, with_options] = server.requests().try_into().unwrap();
    assert_eq!(plain.method_str(), "GET");
    assert_eq!(plain.uri().path(), "/beta/security/incidentTasks/213213");
    assert_eq!(plain.uri().query(), None);
    assert!(plain.body_ref().is_empty() && !plain.headers().contains_key("content-type"));
    assert_eq!(with_options.uri().query(), Some("%24expand=incident&%24select=id%2Cstatus"));
}

#[tokio::test]
async fn list_sends_the_options_that_were_set_with_spaces_as_percent_20() {
    let server = Recorder::responding(200, &[], LIST).await;
    let client = client(&server.url());
    assert!(client.list_incident_tasks().items().next().await.unwrap().is_ok());
    let list = client.list_incident_tasks().filter(Filter::incident_id("a+b 'c'")).orderby("lastUpdateDateTime desc");
    let list = list.top(500).select("id").skip(0).search("\"x\"").count(true).expand("incident");
    assert!(list.pages().next().await.unwrap().is_ok());
    let [plain, with_options] = server.requests().try_into().unwrap();
    assert_eq!((plain.uri().path(), plain.uri().query()), ("/beta/security/incidentTasks", None));
    assert_eq!(
        with_options.uri().query().unwrap().split('&').collect::<Vec<_>>(),
        [
            "%24count=true",
            "%24expand=incident",
            "%24filter=incidentId%20eq%20%27a%2Bb%20%27%27c%27%27%27",
            "%24orderby=lastUpdateDateTime%20desc",
            "%24search=%22x%22",
            "%24select=id",
            "%24skip=0",
            "%24top=500"
        ]
    );
}

#[tokio::test]
async fn an_invalid_option_is_rejected_before_anything_is_sent() {
    let server = Recorder::responding(200, &[], LIST).await;
    let list = || client(&server.url()).list_incident_tasks();
    for (list, says) in [
        (list().top(0), "invalid $top \"0\": allowed: 1 to 500"),
        (list().top(501), "invalid $top \"501\": allowed: 1 to 500"),
        (list().skip(-1), "invalid $skip \"-1\": allowed: at least 0"),
        (list().filter(Filter::status("unknownFutureValue")), "unknownFutureValue"),
    ] {
        let error = list.items().next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("list_incident_tasks")));
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn the_filter_has_the_documented_properties_and_no_others() {
    let spec = spec();
    let validator = SpecValidator::new(&spec.to_string()).unwrap();
    let (list, _) = validator.operation("GET", "/security/incidentTasks").unwrap();
    let filters = [
        Filter::incident_id("1"),
        Filter::status("open"),
        Filter::type_("a"),
        Filter::last_update_date_time("2023-06-27T10:49:33.98Z"),
        Filter::created_date_time("2023-06-27T10:49:33.98Z"),
        Filter::action_type("text"),
    ];
    let properties = filters.map(|filter| filter.to_string().split(' ').next().unwrap().to_owned());
    assert_eq!(properties.to_vec(), list.query_extension("$filter", "x-filterable"));
}

#[tokio::test]
async fn execute_is_an_empty_post_to_the_qualified_path_with_its_length() {
    let server = Recorder::responding(204, &[], "").await;
    client(&server.url()).execute_response_action(id("213213")).send().await.unwrap();
    let [request] = server.requests().try_into().unwrap();
    assert_eq!(request.method_str(), "POST");
    assert_eq!(
        request.uri().path(),
        "/beta/security/incidentTasks/213213/microsoft.graph.security.executeResponseAction"
    );
    assert_eq!(request.headers()["content-length"], "0");
    assert!(request.body_ref().is_empty() && !request.headers().contains_key("content-type"));
}

#[tokio::test]
async fn execute_checks_the_action_type_against_the_spec() {
    let server = Recorder::responding(204, &[], "").await;
    let client = client(&server.url());
    let mut executed = Vec::new();
    for action_type in IncidentTaskActionType::KNOWN.iter().chain(&["no such type"]) {
        let task = task(json!({ "id": "213213", "actionType": action_type }));
        match client.execute_response_action(id("213213")).checked_against(&task).send().await {
            Ok(()) => executed.push(*action_type),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                assert_eq!(error.write_outcome(), Some(WriteOutcome::NotSent));
                assert!(
                    error
                        .to_string()
                        .contains(&format!("\"{action_type}\" cannot be executed; allowed: isolateDevice"))
                );
            }
        }
    }
    // The documented types, and one that is left to the service.
    let documented = [
        "isolateDevice",
        "stopAndQuarantineFile",
        "runAntiVirusScan",
        "collectInvestigationPackage",
        "restrictAppExecution",
        "submitIocRule",
        "unIsolateDevice",
        "unRestrictAppExecution",
        "no such type",
    ];
    assert_eq!(executed, documented);
    assert_eq!(server.requests().len(), documented.len());

    for (task, message) in [
        (task(json!({ "id": "7", "actionType": "isolateDevice" })), "it was checked against task \"7\""),
        (task(json!({ "id": "213213" })), "has no action type"),
    ] {
        let error = client.execute_response_action(id("213213")).checked_against(&task).send().await.unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
    assert_eq!(server.requests().len(), documented.len());
}

#[tokio::test]
async fn an_execution_whose_response_has_a_body_was_applied() {
    let server = Recorder::responding(200, &[], "{\"tracking\":1}").await;
    let error = client(&server.url()).execute_response_action(id("213213")).send().await.unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::UnexpectedStatus, Some(WriteOutcome::Applied)));
    assert_eq!(error.body(), Some(&b"{\"tracking\":1}"[..]));
}
