//! The house is built as its plan says.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use conformance::fragment;
use msgraph_incident_tasks::{Client, ErrorKind};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Each package of the workspace with its manifest.
fn manifests() -> Vec<(String, toml::Table)> {
    let crates = std::fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    crates
        .map(|folder| {
            let manifest: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
            (folder.file_name().unwrap().to_str().unwrap().to_owned(), manifest)
        })
        .collect()
}

fn packages_that_depend_on(name: &str) -> BTreeSet<String> {
    let has = |manifest: &toml::Table| {
        let sections =
            ["dependencies", "build-dependencies"].map(|section| manifest.get(section).and_then(|s| s.as_table()));
        sections.into_iter().flatten().any(|section| section.contains_key(name))
    };
    manifests().into_iter().filter(|(_, manifest)| has(manifest)).map(|(package, _)| package).collect()
}

#[test]
fn progenitor_and_reqwest_are_named_where_the_plan_has_them() {
    assert_eq!(packages_that_depend_on("progenitor"), ["msgraph-codegen".to_owned()].into());
    assert_eq!(packages_that_depend_on("progenitor-client"), ["msgraph-incident-tasks-api".to_owned()].into());
    let with_reqwest = ["msgraph-core", "msgraph-incident-tasks-api"].map(str::to_owned);
    assert_eq!(packages_that_depend_on("reqwest"), with_reqwest.into());
}

#[test]
fn folders_are_named_like_their_packages() {
    for (folder, manifest) in manifests() {
        assert_eq!(manifest["package"]["name"].as_str(), Some(folder.as_str()));
    }
}

#[test]
fn the_fragment_is_plain_openapi_without_any_rust() {
    let fragment = fragment();
    assert!(fragment["openapi"].as_str().unwrap().starts_with("3.0."));
    let text = fragment.to_string();
    for trace in ["x-rust", "rust", "serde", "::", "Option<", "Vec<"] {
        assert!(!text.contains(trace), "{trace}");
    }
}

#[test]
fn a_response_action_type_and_its_action_type_agree_on_what_can_be_executed() {
    let fragment = fragment();
    let schemas = fragment["components"]["schemas"].as_object().unwrap();
    let action_types = &schemas["incidentTaskActionType"];
    let members = action_types["anyOf"][0]["enum"].as_array().unwrap();
    let executable = action_types["x-executable"].as_array().unwrap();
    assert!(executable.iter().all(|action_type| members.contains(action_type)));
    let arms = schemas["incidentTaskResponseAction"]["discriminator"]["mapping"].as_object().unwrap();
    for reference in arms.values() {
        let name = reference.as_str().unwrap().rsplit('/').next().unwrap();
        let schema = &schemas[name];
        assert!(members.contains(&schema["x-action-type"]), "{name}");
        assert_eq!(schema["x-executable"], Value::Bool(executable.contains(&schema["x-action-type"])), "{name}");
    }
}

#[test]
fn only_the_global_service_is_taken_as_the_fragment_says() {
    let clouds = &fragment()["info"]["x-national-clouds"];
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
