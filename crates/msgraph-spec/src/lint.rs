//! What a description has that a generator, a validator or a reader would stumble over.

mod examples;
mod references;
mod schemas;
mod texts;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::lines::Lines;
use crate::places::{join, operations};

/// Something that a rule does not allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Finding {
    /// The line, counted from 1.
    pub line: usize,
    /// The JSON pointer of the place.
    pub pointer: String,
    /// The name of the rule.
    pub rule: &'static str,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}: {}", self.line, self.rule, self.pointer, self.message)
    }
}

/// What the rules find in a text, in the order of its lines.
pub fn lint(text: &str) -> Vec<Finding> {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let message = format!("this is not JSON: {error}");
            return vec![Finding { line: error.line(), pointer: String::new(), rule: "json", message }];
        }
    };
    let lines = Lines::of(text);
    let mut found = Found(Vec::new());
    for pointer in lines.iter().flat_map(|lines| &lines.duplicates) {
        found.add(pointer, "json", "the name stands twice in its object");
    }
    openapi(&document, &mut found);
    operation_ids(&document, &mut found);
    texts::check(&document, &mut found);
    references::check(&document, &mut found);
    schemas::check(&document, &mut found);
    examples::check(&document, &mut found);
    let line = |pointer: &str| lines.as_ref().map_or(1, |lines| lines.line(pointer));
    let findings =
        found.0.into_iter().map(|(pointer, rule, message)| Finding { line: line(&pointer), pointer, rule, message });
    let mut findings: Vec<_> = findings.collect();
    findings.sort();
    findings.dedup();
    findings
}

/// The findings so far: pointer, rule, message.
struct Found(Vec<(String, &'static str, String)>);

impl Found {
    fn add(&mut self, pointer: &str, rule: &'static str, message: impl Into<String>) {
        self.0.push((pointer.to_owned(), rule, message.into()));
    }

    fn has(&self, rule: &str) -> bool {
        self.0.iter().any(|(_, of, _)| *of == rule)
    }
}

fn openapi(document: &Value, found: &mut Found) {
    match document["openapi"].as_str() {
        Some(version) if version.starts_with("3.0.") => {}
        _ => found.add("/openapi", "openapi", "the version must be 3.0"),
    }
    if let Err(error) = serde_path_to_error::deserialize::<_, openapiv3::OpenAPI>(document) {
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                serde_path_to_error::Segment::Map { key } => pointer = join(&pointer, key),
                serde_path_to_error::Segment::Seq { index } => pointer = format!("{pointer}/{index}"),
                _ => {}
            }
        }
        found.add(&pointer, "openapi", error.inner().to_string());
    }
}

fn operation_ids(document: &Value, found: &mut Found) {
    let mut seen = BTreeMap::new();
    for (pointer, operation) in operations(document) {
        let place = join(&pointer, "operationId");
        let Some(id) = operation["operationId"].as_str() else {
            found.add(&pointer, "operation-id", "there is no operationId");
            continue;
        };
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(|c| c.is_ascii_alphanumeric()) {
            found.add(&place, "operation-id", format!("{id:?} is not in lowerCamelCase"));
        }
        if let Some(other) = seen.insert(id.to_lowercase(), pointer.clone()) {
            found.add(&place, "operation-id", format!("{id:?} is the ID of {other} too"));
        }
    }
}
