//! The house is built as its plan says.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
