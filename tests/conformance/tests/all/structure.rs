//! The crates depend on each other as designed, and each can be published.

use std::collections::BTreeSet;
use std::path::Path;

use conformance::root;

/// Returns each package of the workspace with its manifest.
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
fn progenitor_and_reqwest_are_dependencies_of_the_designed_crates_only() {
    assert_eq!(packages_that_depend_on("progenitor"), ["msgraph-codegen".to_owned()].into());
    assert_eq!(packages_that_depend_on("progenitor-client"), [].into());
    assert_eq!(packages_that_depend_on("reqwest"), ["msgraph-core".to_owned()].into());
}

#[test]
fn each_package_has_its_metadata_and_licence_texts() {
    let license = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for (package, manifest) in manifests() {
        let folder = root().join("crates").join(&package);
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert_eq!(license(&folder, name), license(&root(), name), "{package}");
        }
        let has = |key: &str| manifest["package"].get(key).is_some();
        for key in ["description", "categories", "keywords", "license", "documentation"] {
            assert!(has(key), "{package} has no {key}");
        }
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(readme.contains("MIT or Apache-2.0"), "{package}");
        assert!(!readme.contains("MPL-2.0"), "{package}");
    }
}

#[test]
fn crates_depend_on_each_other_only_as_designed() {
    let edges: BTreeSet<(String, String)> = manifests()
        .into_iter()
        .flat_map(|(package, manifest)| {
            let sections = ["dependencies", "build-dependencies"]
                .map(|name| manifest.get(name).and_then(|s| s.as_table()).cloned());
            let names = sections.into_iter().flatten().flat_map(|section| section.keys().cloned().collect::<Vec<_>>());
            names.filter(|name| name.starts_with("msgraph-")).map(|name| (package.clone(), name)).collect::<Vec<_>>()
        })
        .collect();
    let designed = [
        ("msgraph-incident-tasks-cli", "msgraph-incident-tasks"),
        ("msgraph-incident-tasks-cli", "msgraph-incident-tasks-emulator"),
        ("msgraph-incident-tasks", "msgraph-incident-tasks-api"),
        ("msgraph-incident-tasks", "msgraph-core"),
        ("msgraph-incident-tasks-api", "msgraph-core"),
        ("msgraph-incident-tasks-api", "msgraph-codegen"),
        ("msgraph-incident-tasks-emulator", "msgraph-incident-tasks-api"),
        ("msgraph-codegen", "msgraph-openapi"),
        ("msgraph-spec", "msgraph-openapi"),
        ("msgraph-incident-tasks-emulator", "msgraph-openapi"),
    ];
    let others: Vec<_> = edges.iter().filter(|(from, to)| !designed.contains(&(from.as_str(), to.as_str()))).collect();
    assert!(others.is_empty(), "{others:?}");
}
