//! The forms of Microsoft's own spec: inheritance, open maps, plain enumerations, explicit nulls.

use generated_code::graph::operations::{SecurityGetIncident, SecurityListIncident, SecurityUpdateIncident};
use generated_code::graph::types::{
    ErrorDetails, MicrosoftGraphSecurityAlertEvidence as Evidence, MicrosoftGraphSecurityAlertSeverity as Severity,
    MicrosoftGraphSecurityIncident as Incident,
};
use msgraph_core::{Collection, Item, Operation, Patch};

use crate::{is_kept, sent, url};

const DEVICE: &str = r##"{"@odata.type":"#microsoft.graph.security.deviceEvidence","deviceDnsName":"pc","parent":{"remediationStatusDetails":"x"}}"##;

#[test]
fn a_base_is_a_union_of_the_types_that_are_derived_from_it() {
    let evidence = |json: &str| serde_json::from_str::<Evidence>(json).unwrap();
    assert!(matches!(evidence(DEVICE), Evidence::MicrosoftGraphSecurityDeviceEvidence(_)));
    assert!(matches!(evidence(r#"{"remediationStatusDetails":"x"}"#), Evidence::Base(_)));
    assert!(matches!(evidence(r##"{"@odata.type":"#microsoft.graph.security.alertEvidence"}"##), Evidence::Base(_)));
    assert!(matches!(evidence(r##"{"@odata.type":"#new","a":1}"##), Evidence::UnknownType(_)));
}

#[test]
fn everything_is_written_back_equal() {
    for json in [
        format!(r##"{{"id":"1","evidence":[{DEVICE},{{"@odata.type":"#new","a":1}},{{}}],"main":{DEVICE},"device":{{"deviceDnsName":null}}}}"##),
        r##"{"device":{"@odata.type":"#of.a.later.type","x":1},"main":{"@odata.type":null},"device2":null}"##.to_owned(),
        r#"{"severity":"new","classification":null,"customTags":["a",null],"createdDateTime":"2023-06-26T19:07:39.70Z"}"#.to_owned(),
        r#"{"assignedTo":null,"count":-2147483648,"score":1.250,"anything":{"a":{"b":null}},"extra":1,"unknown":[{}]}"#.to_owned(),
    ] {
        assert!(is_kept::<Incident>(&json), "{json}");
    }
    assert!(is_kept::<ErrorDetails>(r#"{"code":"a","innerError":{"details":{"innerError":{"date":"x"}}}}"#));
}

#[test]
fn a_null_can_be_sent_although_responses_have_the_same_type() {
    let body = |incident: Incident| sent(&SecurityUpdateIncident::new("1", incident)).unwrap().body.unwrap();
    assert_eq!(body(Incident::new().assigned_to(Patch::Null)), r#"{"assignedTo":null}"#);
    assert_eq!(body(Incident::new().assigned_to(Patch::Null).assigned_to("a".to_owned())), r#"{"assignedTo":"a"}"#);
    assert_eq!(body(Incident::new().assigned_to("a".to_owned()).assigned_to(Patch::Unset)), "{}");
    assert_eq!(body(Incident::new().severity(Severity::Low)), r#"{"severity":"low"}"#);
}

#[test]
fn a_page_of_an_inline_schema_is_a_collection() {
    let body = format!(r#"{{"value":[{{"id":"1"}},7,{{"id":"2","main":{DEVICE}}}],"@odata.nextLink":"n"}}"#);
    let page = SecurityListIncident::new().decode(body.as_bytes()).unwrap().value;
    assert_eq!(page.next_link(), Some("n"));
    assert!(matches!(page.into_items().as_slice(), [Item::Read(_), Item::Malformed(_), Item::Read(_)]));
    assert_eq!(url(&SecurityListIncident::new().top(7)), "/security/incidents?%24top=7");
    assert_eq!(SecurityUpdateIncident::new("1", Incident::new()).read_back(), Some(SecurityGetIncident::new("1")));
}
