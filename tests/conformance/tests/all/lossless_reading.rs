//! Reading never fails on new values, and values are written back unchanged.

use conformance::{Payload, payloads, round_trip};
use msgraph_incident_tasks::types::{
    IncidentTask, IncidentTaskActionStatus, IncidentTaskActionType, IncidentTaskResponseAction, IncidentTaskSource,
    IncidentTaskStatus, IsolationType,
};
use msgraph_incident_tasks::{OpenEnum, Timestamp, UnknownValue};
use msgraph_openapi::pointer::join;
use serde_json::{Value, json};

/// Returns each value in a JSON text, by its pointer.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(object) => {
            for (name, child) in object {
                places(child, &join(pointer, name), found);
            }
        }
        Value::Array(array) => {
            for (index, child) in array.iter().enumerate() {
                places(child, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Changes each place of each documented task in turn, and reads and writes the result.
fn survives(change: impl Fn(&mut Value) -> bool) {
    let mut changed = 0;
    let components = ["incidentTask", "incidentTaskCollection", "incidentTaskResponseAction"];
    let payloads = components.into_iter().flat_map(payloads);
    for Payload { name, component, value } in payloads {
        let mut pointers = Vec::new();
        places(&value, "", &mut pointers);
        for pointer in pointers.iter().skip(1) {
            // A page without its list is not a page.
            if component == "incidentTaskCollection" && pointer == "/value" {
                continue;
            }
            let mut value = value.clone();
            if !change(value.pointer_mut(pointer).unwrap()) {
                continue;
            }
            let written = round_trip(&component, &value).unwrap_or_else(|error| panic!("{name} {pointer}: {error}"));
            assert_eq!(written, value, "{name} {pointer}");
            changed += 1;
        }
    }
    assert!(changed > 0, "nothing was changed");
}

#[test]
fn any_string_in_place_of_a_documented_one_survives() {
    for text in ["somethingNew", "", "Completed", "2023-09-04", "a\u{0}\u{202e}é\"\\"] {
        survives(|value| {
            let is_text = value.is_string();
            if is_text {
                *value = text.into();
            }
            is_text
        });
    }
}

#[test]
fn null_in_place_of_any_value_is_read() {
    survives(|value| {
        let was_null = value.is_null();
        *value = Value::Null;
        !was_null
    });
}

#[test]
fn unknown_properties_survive_at_every_level() {
    survives(|value| {
        let Some(object) = value.as_object_mut() else { return false };
        object.insert("new".to_owned(), json!({ "a": [1, "b", { "c": 1.5 }], "d": true }));
        object.insert("@odata.etag".to_owned(), "W/\"1\"".into());
        true
    });
}

#[test]
fn whole_numbers_of_64_bits_and_fractions_survive() {
    for number in [json!(u64::MAX), json!(i64::MIN), json!(9_007_199_254_740_993_u64), json!(0.1), json!(1e300)] {
        let task = json!({ "id": "1", "new": number, "responseAction": { "@odata.type": "#new", "count": number } });
        assert_eq!(round_trip("incidentTask", &task).unwrap(), task);
    }
}

#[test]
fn timestamps_of_any_precision_survive_character_by_character() {
    for digits in 0..=12 {
        let fraction = if digits == 0 { String::new() } else { format!(".{}", &"120456789012"[..digits]) };
        let task = json!({ "createdDateTime": format!("2023-06-26T19:07:39{fraction}Z") });
        assert_eq!(round_trip("incidentTask", &task).unwrap(), task);
    }
}

#[test]
fn a_response_action_is_recognized_by_its_type_in_any_case_and_keeps_it() {
    let action = json!({
        "@odata.type": "#Microsoft.Graph.Security.ISOLATEDeviceIncidentTaskResponseAction",
        "identifierValue": "machine", "isolationType": "selective",
    });
    let read: IncidentTaskResponseAction = serde_json::from_value(action.clone()).unwrap();
    let IncidentTaskResponseAction::IsolateDevice(isolate) = &read else { panic!("{read:?}") };
    assert_eq!(isolate.isolation_type, Some(IsolationType::Selective));
    assert_eq!(read.identifier_value(), Some("machine"));
    assert_eq!(serde_json::to_value(&read).unwrap(), action);
}

#[test]
fn the_unknown_type_of_the_documented_example_is_kept_whole() {
    let task =
        payloads("incidentTask").into_iter().find(|payload| payload.name.ends_with("get-response.json")).unwrap();
    let task: IncidentTask = serde_json::from_value(task.value).unwrap();
    let action = task.response_action.unwrap();
    assert!(matches!(action, IncidentTaskResponseAction::UnknownType(_)));
    assert_eq!(action.odata_type(), Some("#microsoft.graph.security.isolateDeviceResponseAction"));
    assert_eq!(action.identifier_value(), Some("02851525-dc00-438b-83f5-3b2947bf4a48"));
}

#[test]
fn an_object_without_a_type_is_kept_whole() {
    for action in [json!({}), json!({ "@odata.type": 7 }), json!({ "identifierValue": { "a": 1 } })] {
        assert_eq!(round_trip("incidentTaskResponseAction", &action).unwrap(), action);
    }
}

#[test]
fn unknown_status_survives_a_round_trip() {
    let status: IncidentTaskStatus = serde_json::from_value("no such status".into()).unwrap();
    assert!(!status.is_known());
    assert_eq!(serde_json::to_value(&status).unwrap(), "no such status");
}

#[test]
fn each_known_member_is_its_own_variant() {
    fn check<E: OpenEnum + Clone + PartialEq + std::fmt::Debug>() {
        for text in E::KNOWN {
            let member = E::known(text).unwrap();
            assert!(member.is_known());
            assert_eq!(member.as_str(), *text);
        }
        assert_eq!(E::known("no such member"), None);
    }
    check::<IncidentTaskStatus>();
    check::<IncidentTaskActionStatus>();
    check::<IncidentTaskActionType>();
    check::<IncidentTaskSource>();
    check::<IsolationType>();
}

#[test]
fn an_unknown_value_is_never_a_known_member() {
    // Unknown values are only created by reading, and a known string is read as its member.
    let unknown: fn(UnknownValue<IncidentTaskStatus>) -> IncidentTaskStatus = IncidentTaskStatus::UnknownValue;
    let IncidentTaskStatus::UnknownValue(value) = IncidentTaskStatus::from("no such status") else {
        panic!("the text is known")
    };
    assert_eq!(unknown(value).as_str(), "no such status");
    for text in IncidentTaskStatus::KNOWN {
        assert!(IncidentTaskStatus::from(*text).is_known(), "{text}");
    }
}

#[test]
fn timestamps_are_equal_by_their_text() {
    assert_eq!(Timestamp::from("2023-06-27T10:49:33.98Z"), Timestamp::from("2023-06-27T10:49:33.98Z"));
    assert_ne!(Timestamp::from("2023-06-27T10:49:33.98Z"), Timestamp::from("2023-06-27T10:49:33.980Z"));
}

mod properties {
    use conformance::round_trip;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    /// Returns names of the spec and others, so that each value is tried with each type.
    const NAMES: [&str; 14] = [
        "id",
        "status",
        "source",
        "actionType",
        "createdDateTime",
        "responseAction",
        "@odata.type",
        "identifierValue",
        "isolationType",
        "value",
        "@odata.nextLink",
        "error",
        "new",
        "",
    ];

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "\\PC{0,12}",
            Just("completed".to_owned()),
            Just("#microsoft.graph.security.isolateDeviceIncidentTaskResponseAction".to_owned()),
            Just("2023-06-26T19:07:39Z".to_owned()),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 6, |inner| {
            let name = prop_oneof![prop::sample::select(&NAMES[..]).prop_map(str::to_owned), "\\PC{0,6}"];
            let object = prop::collection::vec((name, inner.clone()), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..6).prop_map(Value::from),
                object.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_an_error_or_written_back_equal(value in any_json()) {
            for component in ["incidentTask", "incidentTaskCollection", "incidentTaskResponseAction"] {
                if let Ok(written) = round_trip(component, &value) {
                    prop_assert_eq!(&written, &value);
                }
            }
        }
    }
}
