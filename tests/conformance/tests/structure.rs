//! The house is built as its plan says.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use conformance::{files, root};

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
fn a_bare_cargo_run_starts_the_terminal_client() {
    let workspace: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let default_members = workspace["workspace"]["default-members"].as_array().unwrap();
    let mut folders = Vec::new();
    for member in default_members.iter().map(|member| member.as_str().unwrap()) {
        match member.strip_suffix("/*") {
            Some(parent) => {
                folders.extend(std::fs::read_dir(root().join(parent)).unwrap().map(|entry| entry.unwrap().path()))
            }
            None => folders.push(root().join(member)),
        }
    }
    let has_binary = |folder: &&PathBuf| {
        let others = std::fs::read_dir(folder.join("src/bin")).map_or(0, Iterator::count);
        folder.join("src/main.rs").exists() || others > 0
    };
    let with_binary: Vec<_> = folders.iter().filter(has_binary).map(|folder| folder.file_name().unwrap()).collect();
    assert_eq!(with_binary, ["msgraph-incident-tasks-cli"]);
}

#[test]
fn folders_are_named_like_their_packages() {
    for (folder, manifest) in manifests() {
        assert_eq!(manifest["package"]["name"].as_str(), Some(folder.as_str()));
    }
}

#[test]
fn each_package_carries_the_licence_texts_and_says_what_it_is() {
    let license = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for (package, manifest) in manifests() {
        let folder = root().join("crates").join(&package);
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert_eq!(license(&folder, name), license(&root(), name), "{package}");
        }
        let says = |key: &str| manifest["package"].get(key).is_some();
        for key in ["description", "categories", "keywords", "license", "documentation"] {
            assert!(says(key), "{package} has no {key}");
        }
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(readme.contains("MIT or Apache-2.0"), "{package}");
        // Whoever builds the generated client builds `progenitor-client`.
        let builds_it = packages_that_build_progenitor_client().contains(package.as_str());
        assert_eq!(readme.contains("MPL-2.0"), builds_it, "{package}");
    }
}

fn packages_that_build_progenitor_client() -> BTreeSet<&'static str> {
    [
        "msgraph-incident-tasks-api",
        "msgraph-incident-tasks",
        "msgraph-incident-tasks-emulator",
        "msgraph-incident-tasks-cli",
    ]
    .into()
}

#[test]
fn only_the_edges_of_the_plan_lead_from_crate_to_crate() {
    let edges: BTreeSet<(String, String)> = manifests()
        .into_iter()
        .flat_map(|(package, manifest)| {
            let sections = ["dependencies", "build-dependencies"]
                .map(|name| manifest.get(name).and_then(|s| s.as_table()).cloned());
            let names = sections.into_iter().flatten().flat_map(|section| section.keys().cloned().collect::<Vec<_>>());
            names.filter(|name| name.starts_with("msgraph-")).map(|name| (package.clone(), name)).collect::<Vec<_>>()
        })
        .collect();
    let planned = [
        ("msgraph-incident-tasks-cli", "msgraph-incident-tasks"),
        ("msgraph-incident-tasks-cli", "msgraph-incident-tasks-emulator"),
        ("msgraph-incident-tasks", "msgraph-incident-tasks-api"),
        ("msgraph-incident-tasks", "msgraph-core"),
        ("msgraph-incident-tasks-api", "msgraph-core"),
        ("msgraph-incident-tasks-api", "msgraph-codegen"),
        ("msgraph-incident-tasks-emulator", "msgraph-incident-tasks-api"),
        ("msgraph-incident-tasks-emulator", "msgraph-openapi"),
        ("msgraph-spec", "msgraph-openapi"),
    ];
    assert_eq!(edges, planned.map(|(from, to)| (from.to_owned(), to.to_owned())).into());
}

#[test]
fn no_hand_written_file_is_longer_than_400_lines() {
    for folder in ["crates", "tests", "xtask"] {
        let is_generated = |path: &PathBuf| path.components().any(|part| part.as_os_str() == "generated");
        for path in files(folder, "rs").into_iter().filter(|path| !is_generated(path)) {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 400, "{} has {lines} lines", path.display());
        }
    }
}
