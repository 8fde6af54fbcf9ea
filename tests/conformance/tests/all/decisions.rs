//! Each contradiction between sources has a decision with a test that runs.

use std::collections::BTreeSet;

use conformance::files;
use msgraph_spec::{Decision, decisions};
use syn::visit::{self, Visit};

fn all() -> Vec<Decision> {
    decisions(include_str!("../../../../spec/decisions.toml")).unwrap()
}

/// Collects the functions that are run as tests.
#[derive(Default)]
struct Tests(BTreeSet<String>);

impl<'a> Visit<'a> for Tests {
    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        let has = |name: &str| {
            function
                .attrs
                .iter()
                .any(|attribute| attribute.path().segments.last().is_some_and(|last| last.ident == name))
        };
        if has("test") && !has("ignore") {
            self.0.insert(function.sig.ident.to_string());
        }
        visit::visit_item_fn(self, function);
    }
}

fn tests_of(source: &str) -> BTreeSet<String> {
    let mut tests = Tests::default();
    tests.visit_file(&syn::parse_file(source).unwrap());
    tests.0
}

/// Returns each test of the project that runs.
fn tests_that_run() -> BTreeSet<String> {
    let sources = ["crates", "tests", "xtask"].into_iter().flat_map(|folder| files(folder, "rs"));
    sources.flat_map(|file| tests_of(&std::fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn each_invariant_names_a_test_that_exists_and_runs() {
    let tests = tests_that_run();
    let page = include_str!("../../../../ARCHITECTURE.md");
    let invariants = page.split("\n## ").find(|section| section.starts_with("Invariants")).unwrap();
    let rows: Vec<_> = invariants.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #")).collect();
    let rows: Vec<_> = rows.iter().filter(|row| !row.starts_with("| ---")).collect();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let named: Vec<_> = row.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{row}");
        for test in named {
            assert!(tests.contains(test), "unknown test {test}, or it does not run");
        }
    }
}

#[test]
fn each_decision_names_a_test_that_exists_and_runs() {
    let tests = tests_that_run();
    for Decision { id, tests: named, .. } in all() {
        assert!(!named.is_empty(), "{id} names no test");
        for test in named {
            assert!(tests.contains(&test), "{id}: unknown test {test}, or it does not run");
        }
    }
}

#[test]
fn each_contradiction_has_two_sides_a_decision_and_a_reason() {
    let mut ids = BTreeSet::new();
    for Decision { id, says, decided, why, drift, .. } in all() {
        let sources: BTreeSet<_> = says.iter().map(|says| &says.source).collect();
        assert!(sources.len() >= 2, "{id}");
        assert!(says.iter().all(|says| !says.text.is_empty()) && !decided.is_empty() && !why.is_empty(), "{id}");
        assert!(drift.iter().all(|fact| fact.split(' ').count() > 1), "{id}: a fact is a kind and a name");
        assert!(ids.insert(id.clone()), "duplicate decision {id}");
    }
}

#[test]
fn a_function_that_is_not_a_test_or_is_ignored_does_not_count() {
    let source = "
        fn helper() {}
        #[test] #[ignore] fn ignored() {}
        #[test] #[ignore = \"why\"] fn ignored_for_a_reason() {}
        #[test] fn runs() {}
        mod tests { #[tokio::test] async fn runs_too() {} }
        // #[test] fn in_a_comment() {}
    ";
    assert_eq!(tests_of(source), ["runs", "runs_too"].map(str::to_owned).into());
}
