//! The specs are slices, whose texts are left to be written.

use msgraph_spec::{Upstream, lint, slice};

const SPECS: [(&str, &str, &str, &str, &[&str]); 3] = [
    (
        include_str!("../../spec/alerts.openapi.json"),
        include_str!("../../spec/upstream/alerts.openapi.json"),
        "/security/alerts_v2",
        "/security/alerts_v2/{id}",
        &["assignedTo", "classification", "determination", "status"],
    ),
    (
        include_str!("../../spec/incidents.openapi.json"),
        include_str!("../../spec/upstream/incidents.openapi.json"),
        "/security/incidents",
        "/security/incidents/{id}",
        &["assignedTo", "classification", "customTags", "determination", "displayName", "severity", "status"],
    ),
    (
        include_str!("../../spec/messages.openapi.json"),
        include_str!("../../spec/upstream/messages.openapi.json"),
        "/users/{id}/messages",
        "/users/{id}/messages/{message-id}",
        &[],
    ),
];

#[test]
fn each_spec_is_the_slice_of_its_paths_and_lacks_only_its_texts() {
    for (spec, record, list, item, writable) in SPECS {
        let upstream = Upstream::parse(record).unwrap();
        let paths = [format!("GET {list}"), format!("GET {item}"), format!("PATCH {item}")];
        let writable: Vec<_> = writable.iter().map(|name| (*name).to_owned()).collect();
        let sliced = slice(&upstream, &paths, &writable).unwrap();
        assert_eq!(sliced.text, spec, "{list}");
        assert_eq!(sliced.record, record, "{list}");
        let findings = lint(spec);
        assert!(findings.iter().all(|finding| finding.rule == "description"), "{list}: {findings:#?}");
        // An operation that lacks its summary and its description is two findings at one place.
        assert_eq!(findings.len(), sliced.unwritten.len(), "{list}");
    }
}

#[test]
fn the_code_has_the_version_of_its_spec() {
    use resources::incidents::{GENERATED_BY, SPEC_SHA256, SPEC_VERSION};
    let spec: serde_json::Value = serde_json::from_str(SPECS[1].0).unwrap();
    assert_eq!(spec["info"]["version"], SPEC_VERSION);
    assert_eq!(SPEC_SHA256.len(), 64);
    assert!(GENERATED_BY.starts_with("msgraph-codegen "));
}
