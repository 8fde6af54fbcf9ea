//! Every fact of the spec is guarded: if it is changed in memory, a check whose evidence is not the spec must fail.

use std::collections::BTreeMap;
use std::time::Instant;

use conformance::{SpecFact, facts, spec};
use serde_json::Value;

use crate::evidence::{Check, checks};

/// Returns the first check that fails for a changed fact.
fn guard<'a>(fact: &SpecFact, document: &Value, checks: &'a [Check]) -> Option<&'a Check> {
    let mutated = fact.mutated(document);
    assert_ne!(mutated, *document, "{} {} is not mutated", fact.kind, fact.pointer);
    checks.iter().find(|check| !(check.holds)(&mutated))
}

#[test]
fn each_fact_of_the_spec_is_guarded_by_independent_evidence() {
    let started = Instant::now();
    let document = spec();
    let checks = checks();
    for check in &checks {
        assert!((check.holds)(&document), "{} ({}) does not hold", check.name, check.source);
    }
    let facts = facts(&document);
    let (mut guarded, mut unguarded) = (0, Vec::new());
    let mut by_check: BTreeMap<&str, usize> = BTreeMap::new();
    for fact in &facts {
        match guard(fact, &document, &checks) {
            Some(check) => {
                guarded += 1;
                *by_check.entry(&check.name).or_default() += 1;
                println!("{} {} -> {} -> {}", fact.kind, fact.pointer, check.name, check.source);
            }
            None => unguarded.push(format!("{} {}", fact.kind, fact.pointer)),
        }
    }
    for fact in &unguarded {
        println!("unguarded: {fact}");
    }
    for (check, count) in by_check {
        println!("{check}: {count}");
    }
    println!("facts guarded: {guarded} of {}; {:.1} s", facts.len(), started.elapsed().as_secs_f64());
    assert_eq!(unguarded, [""; 0]);
}

#[test]
fn a_fact_without_its_check_is_missed() {
    let document = spec();
    for (name, place) in [
        ("type incidentTaskUpdate", "/components/schemas/incidentTaskUpdate"),
        ("pages", "/externalDocs"),
        ("Microsoft's own spec", "/components/schemas/incidentTaskStatus"),
    ] {
        let checks: Vec<_> = checks().into_iter().filter(|check| check.name != name).collect();
        let facts = facts(&document).into_iter().filter(|fact| fact.pointer.starts_with(place));
        let missed = facts.filter(|fact| guard(fact, &document, &checks).is_none()).count();
        println!("without {name}: {missed} facts of {place} are unguarded");
        assert!(missed > 0, "{name} guards nothing that others don't");
    }
}
