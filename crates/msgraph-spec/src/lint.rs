//! The rules of a spec.

mod descriptions;
mod examples;
mod references;
mod schemas;

use std::collections::BTreeMap;
use std::fmt;

use msgraph_openapi::{operations, pointer};
use serde_json::Value;

use crate::line_index::LineIndex;

/// A violation of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Finding {
    /// The line, counted from 1.
    pub line: usize,
    /// The JSON pointer of the place.
    pub pointer: String,
    /// The name of the rule.
    pub rule: &'static str,
    /// The description of the violation.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}: {}", self.line, self.rule, self.pointer, self.message)
    }
}

/// Returns the violations in the text of a spec, in the order of its lines.
pub fn lint(text: &str) -> Vec<Finding> {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let message = format!("invalid JSON: {error}");
            return vec![Finding { line: error.line(), pointer: String::new(), rule: "json", message }];
        }
    };
    let index = LineIndex::of(text);
    let mut found = Found(Vec::new());
    for pointer in index.iter().flat_map(|index| &index.duplicates) {
        found.add(pointer, "json", "duplicate name in this object");
    }
    openapi(&document, &mut found);
    operation_ids(&document, &mut found);
    descriptions::check(&document, &mut found);
    references::check(&document, &mut found);
    schemas::check(&document, &mut found);
    examples::check(&document, &mut found);
    let line = |pointer: &str| index.as_ref().map_or(1, |index| index.line(pointer));
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
}

fn openapi(document: &Value, found: &mut Found) {
    match document["openapi"].as_str() {
        Some(version) if version.starts_with("3.0.") => {}
        _ => found.add("/openapi", "openapi", "the version must be 3.0"),
    }
    if let Err(error) = serde_path_to_error::deserialize::<_, openapiv3::OpenAPI>(document) {
        let mut place = String::new();
        for segment in error.path() {
            match segment {
                serde_path_to_error::Segment::Map { key } => place = pointer::join(&place, key),
                serde_path_to_error::Segment::Seq { index } => place = format!("{place}/{index}"),
                _ => {}
            }
        }
        found.add(&place, "openapi", error.inner().to_string());
    }
}

fn operation_ids(document: &Value, found: &mut Found) {
    let mut seen = BTreeMap::new();
    for operation in operations(document) {
        let place = pointer::join(&operation.pointer, "operationId");
        let Some(id) = operation.id() else {
            found.add(&operation.pointer, "operation-id", "missing operationId");
            continue;
        };
        if !id.starts_with(|c: char| c.is_ascii_lowercase()) || !id.chars().all(|c| c.is_ascii_alphanumeric()) {
            found.add(&place, "operation-id", format!("invalid operationId {id:?}: must be in lowerCamelCase"));
        }
        if let Some(other) = seen.insert(id.to_lowercase(), operation.pointer) {
            found.add(&place, "operation-id", format!("duplicate operationId {id:?}: also used by {other}"));
        }
    }
}
