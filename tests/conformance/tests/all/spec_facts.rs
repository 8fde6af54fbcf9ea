//! Facts of the spec that no call checks.

use conformance::{round_trip, spec, upstream_drift};
use msgraph_incident_tasks::{Client, ErrorKind};
use serde_json::{Value, json};

/// Returns the operations that neither Microsoft's spec nor a decision has, and decisions against existing operations.
fn undocumented(spec: &Value) -> Vec<String> {
    let drift = upstream_drift(spec).unwrap();
    drift.differences.into_iter().map(|difference| difference.fact).chain(drift.stale).collect()
}

#[test]
fn only_documented_operations_are_described_and_execute_by_its_qualified_path() {
    assert_eq!(undocumented(&spec()), [""; 0]);
    let item = "/security/incidentTasks/{incidentTaskId}";
    for (method, path, fact) in [
        ("post", "/security/incidentTasks".to_owned(), "operation POST /security/incidentTasks"),
        ("delete", item.to_owned(), "operation DELETE /security/incidentTasks/{}"),
        (
            "post",
            format!("{item}/executeResponseAction"),
            "operation POST /security/incidentTasks/{}/executeResponseAction",
        ),
    ] {
        let mut other = spec();
        other["paths"][&path][method] = json!({});
        assert!(undocumented(&other).iter().any(|found| found == fact), "{fact}");
    }
}

#[test]
fn the_spec_is_plain_openapi_without_any_rust() {
    let spec = spec();
    assert!(spec["openapi"].as_str().unwrap().starts_with("3.0."));
    let text = spec.to_string();
    for trace in ["x-rust", "rust", "serde", "::", "Option<", "Vec<"] {
        assert!(!text.contains(trace), "{trace}");
    }
}

#[test]
fn permissions_are_those_of_both_tables_and_not_a_requirement() {
    let operation = &spec()["paths"]["/security/incidentTasks/{incidentTaskId}"]["patch"];
    let tables = operation["x-permissions"].as_array().unwrap();
    let [rendered, source] = tables.as_slice() else { panic!("{} tables", tables.len()) };
    assert_eq!(rendered["statement"], "Not supported.");
    for kind in ["delegatedWorkOrSchool", "delegatedPersonal", "application"] {
        assert_eq!(rendered[kind], json!([]));
    }
    assert_eq!(source["delegatedWorkOrSchool"], json!(["SecurityIncidentReadWriteAll"]));
    assert_eq!(
        source["application"],
        json!(["SecurityIncidentReadWriteAll", "SecurityIncidentTaskReadWriteAll", "SecurityIncidentReadAll"])
    );
    // Only a bearer token is required, without scopes.
    assert_eq!(operation["security"], json!([{ "bearer": [] }]));
    assert_eq!(msgraph_incident_tasks::DEFAULT_SCOPE, "https://graph.microsoft.com/.default");
}

#[test]
fn each_operation_has_the_roles_of_its_page() {
    let paths = &spec()["paths"];
    let list = &paths["/security/incidentTasks"]["get"]["x-roles"];
    assert_eq!(*list, json!(["Security Reader", "Global Reader", "Security Operator", "Security Administrator"]));
    let item = &paths["/security/incidentTasks/{incidentTaskId}"];
    assert_eq!(item["patch"]["x-roles"], json!(["Security Operator", "Security Administrator"]));
    assert_eq!(item["get"].get("x-roles"), None);
}

#[test]
fn only_documented_options_are_marked_as_documented() {
    let paths = &spec()["paths"];
    let documented = |operation: &Value| -> Vec<String> {
        let options = operation["parameters"].as_array().unwrap().iter().filter(|option| option["in"] == "query");
        assert!(options.clone().all(|option| option["x-documented"].is_boolean()));
        let documented = options.filter(|option| option["x-documented"] == true);
        documented.map(|option| option["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(documented(&paths["/security/incidentTasks"]["get"]), ["$filter", "$orderby", "$top", "$select"]);
    assert!(documented(&paths["/security/incidentTasks/{incidentTaskId}"]["get"]).is_empty());
}

#[test]
fn a_response_action_type_and_its_action_type_agree_on_what_can_be_executed() {
    let spec = spec();
    let schemas = spec["components"]["schemas"].as_object().unwrap();
    let action_types = &schemas["incidentTaskActionType"];
    let members = action_types["anyOf"][0]["enum"].as_array().unwrap();
    let executable = action_types["x-executable"].as_array().unwrap();
    assert!(executable.iter().all(|action_type| members.contains(action_type)));
    for name in arms(&spec) {
        let schema = &schemas[&name];
        assert!(members.contains(&schema["x-action-type"]), "{name}");
        assert_eq!(schema["x-executable"], Value::Bool(executable.contains(&schema["x-action-type"])), "{name}");
    }
}

#[test]
fn submit_ioc_rule_can_be_executed_without_a_type() {
    let spec = spec();
    let schemas = &spec["components"]["schemas"];
    let executable = schemas["incidentTaskActionType"]["x-executable"].as_array().unwrap();
    assert!(executable.contains(&"submitIocRule".into()));
    assert!(arms(&spec).iter().all(|name| schemas[name]["x-action-type"] != "submitIocRule"));
    let task = json!({ "actionType": "submitIocRule", "responseAction": { "@odata.type": "#new", "rule": 1 } });
    assert_eq!(round_trip("incidentTask", &task).unwrap(), task);
}

#[test]
fn a_task_may_lack_any_property() {
    assert_eq!(round_trip("incidentTask", &json!({})).unwrap(), json!({}));
    for name in arms(&spec()) {
        let action = json!({ "@odata.type": format!("#microsoft.graph.security.{name}") });
        assert_eq!(round_trip("incidentTaskResponseAction", &action).unwrap(), action);
    }
    let schemas = &spec()["components"]["schemas"];
    assert_eq!(schemas["incidentTask"].get("required"), None);
}

#[test]
fn only_the_global_service_of_the_spec_is_accepted() {
    let clouds = &spec()["info"]["x-national-clouds"];
    for (cloud, host) in [
        ("global", "graph.microsoft.com"),
        ("usGovernmentL4", "graph.microsoft.us"),
        ("usGovernmentL5", "dod-graph.microsoft.us"),
        ("china21Vianet", "microsoftgraph.chinacloudapi.cn"),
    ] {
        let credential = msgraph_incident_tasks::EnvironmentToken::new("GRAPH_TOKEN");
        let built = Client::builder(credential).endpoint(format!("https://{host}/beta")).build();
        assert_eq!(built.is_ok(), clouds[cloud] == true, "{cloud}");
        if let Err(error) = built {
            assert_eq!(error.kind(), ErrorKind::Configuration);
        }
    }
}

/// Returns the components that a response action can be.
fn arms(spec: &Value) -> Vec<String> {
    let mapping = &spec["components"]["schemas"]["incidentTaskResponseAction"]["discriminator"]["mapping"];
    let references = mapping.as_object().unwrap().values();
    references.map(|reference| reference.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}
