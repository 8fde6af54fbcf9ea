//! All documented payloads are read without loss.

use conformance::{COMPONENTS, Payload, payloads, round_trip, spec};
use msgraph_incident_tasks::types::IncidentTask;
use msgraph_openapi::json_schema;
use serde_json::{Value, json};

fn all() -> impl Iterator<Item = Payload> {
    COMPONENTS.into_iter().flat_map(payloads)
}

#[test]
fn every_documented_payload_matches_the_spec() {
    let spec = spec();
    for Payload { name, component, value } in all() {
        let schema = json_schema(&spec, &format!("/components/schemas/{component}")).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        assert!(validator.is_valid(&value), "{name}: {}", validator.validate(&value).unwrap_err());
    }
}

#[test]
fn every_documented_payload_is_written_back_equal() {
    for Payload { name, component, value } in all() {
        let written = round_trip(&component, &value).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(written, value, "{name}");
    }
}

#[test]
fn a_skeleton_with_placeholders_for_values_is_written_back_equal() {
    let skeleton: Value =
        serde_json::from_str(include_str!("../../payloads/placeholders/resource-incidentTask.json")).unwrap();
    assert_eq!(round_trip("incidentTask", &skeleton).unwrap(), skeleton);
}

#[test]
fn the_documented_response_keeps_its_source_and_its_digits() {
    let response = include_str!("../../payloads/incidentTask/update-response.json");
    let task: IncidentTask = serde_json::from_str(response).unwrap();
    assert_eq!(task.source.unwrap().as_str(), "defenderExpertsXDR");
    assert_eq!(task.created_date_time.unwrap().as_str(), "2023-06-26T19:07:39.7433333Z");
    assert_eq!(task.response_action, None);
}

#[test]
fn both_founding_documents_are_examples_of_the_response() {
    let examples = &spec()["paths"]["/security/incidentTasks/{incidentTaskId}"]["patch"]["responses"]["200"]["content"]
        ["application/json"]["examples"];
    let documented = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(
        examples["rendered"]["value"],
        documented(include_str!("../../payloads/incidentTask/update-response.json"))
    );
    assert_eq!(
        examples["source"]["value"],
        documented(include_str!("../../payloads/incidentTask/update-response.draft-no-odata-type.json"))
    );
}

#[test]
fn a_date_of_an_inner_error_needs_no_zone() {
    let error = json!({ "error": { "code": "a", "message": "b", "innerError": { "date": "2023-09-04T05:47:56" } } });
    assert_eq!(round_trip("ODataError", &error).unwrap(), error);
    let schema = json_schema(&spec(), "/components/schemas/ODataError").unwrap();
    assert!(jsonschema::options().should_validate_formats(true).build(&schema).unwrap().is_valid(&error));
}

#[test]
fn each_type_of_response_action_has_its_own_arm() {
    let of_unlisted_types = ["resource-incidentTaskResponseAction.json", "resource-responseAction.json"];
    for Payload { name, value, .. } in payloads("incidentTaskResponseAction") {
        let action: msgraph_incident_tasks::types::IncidentTaskResponseAction = serde_json::from_value(value).unwrap();
        let unlisted = of_unlisted_types.iter().any(|file| name.ends_with(&format!("/{file}")));
        let unknown = matches!(action, msgraph_incident_tasks::types::IncidentTaskResponseAction::UnknownType(_));
        assert_eq!(unknown, unlisted, "{name}");
    }
}
