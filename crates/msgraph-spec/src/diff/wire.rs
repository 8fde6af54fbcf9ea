//! What a change means on the wire.

use std::collections::BTreeSet;

use msgraph_openapi::{operations, pointer, reachable};
use serde_json::Value;

use super::{Change, Wire};

/// Which components requests and responses lead to.
pub(super) struct Reach {
    requests: BTreeSet<String>,
    responses: BTreeSet<String>,
}

impl Reach {
    pub(super) fn of(document: &Value) -> Self {
        let mut reach = Self { requests: BTreeSet::new(), responses: BTreeSet::new() };
        // A reference that can't be resolved is an error of the generator, not of the wire.
        let used = |pointer: &str| reachable(document, pointer).unwrap_or_default();
        for operation in operations(document) {
            reach.requests.extend(used(&pointer::join(&operation.pointer, "requestBody")));
            for parameter in operation.parameters(document).unwrap_or_default() {
                reach.requests.extend(used(&parameter.declared_at));
            }
            reach.responses.extend(used(&pointer::join(&operation.pointer, "responses")));
        }
        reach
    }

    fn side(&self, pointer: &str) -> (bool, bool) {
        let is_in = |set: &BTreeSet<String>| set.iter().any(|component| pointer::is_at_or_below(pointer, component));
        (is_in(&self.requests), is_in(&self.responses))
    }
}

/// The side that a change is on, what it means on the wire, and why.
pub(super) fn meaning(change: &Change, [old, new]: &[Reach; 2]) -> (&'static str, Wire, String) {
    let pointer = change.pointer.as_str();
    let ((old_request, old_response), (new_request, new_response)) = (old.side(pointer), new.side(pointer));
    let in_operation = |name: &str| pointer.starts_with("/paths/") && pointer.contains(&format!("/{name}"));
    let request = old_request || new_request || in_operation("requestBody") || in_operation("parameters");
    let response = old_response || new_response || in_operation("responses");
    let side = match (request, response) {
        (true, true) => "both",
        (true, false) => "request",
        (false, true) => "response",
        (false, false) => "document",
    };
    let (wire, why) = of(change, request, response);
    (side, wire, format!("wire: {why}"))
}

fn of(change: &Change, request: bool, response: bool) -> (Wire, String) {
    let segments: Vec<_> = change.pointer.split('/').collect();
    let last = segments.last().copied().unwrap_or_default();
    let parent = segments.len().checked_sub(2).and_then(|index| segments.get(index)).copied().unwrap_or_default();
    let (added, removed) = (change.before.is_none(), change.after.is_none());
    let is_text = segments
        .iter()
        .any(|segment| matches!(*segment, "example" | "examples" | "externalDocs" | "info" | "tags" | "summary"))
        || segments.iter().any(|segment| segment.starts_with("x-"))
        || (last == "description" && parent != "properties");
    let verdict = |wire, why: &str| (wire, why.to_owned());
    if is_text {
        return verdict(Wire::None, "it is said, not sent");
    }
    let is_enum = last == "enum" && change.is_member;
    match (last, parent) {
        ("operationId", _) => verdict(Wire::None, "the ID of an operation is not sent"),
        (_, "paths") | ("get" | "put" | "post" | "patch" | "delete", _) if added => {
            verdict(Wire::Compatible, "an operation is new")
        }
        (_, "paths") | ("get" | "put" | "post" | "patch" | "delete", _) if removed => {
            verdict(Wire::Breaking, "an operation is gone")
        }
        ("parameters", _) => parameter(change),
        _ if is_enum && added && response => verdict(Wire::Risky, "an answer can have another member"),
        _ if is_enum && added => verdict(Wire::Compatible, "a request may have another member"),
        _ if is_enum && request => verdict(Wire::Breaking, "a request may no longer have a member"),
        _ if is_enum => verdict(Wire::Compatible, "an answer no longer has a member"),
        // A list or a word that comes or goes as a whole says the same as its members.
        ("required", _) if is_now(change) && request => verdict(Wire::Breaking, "a request must have more"),
        ("required", _) if !is_now(change) && response => verdict(Wire::Risky, "an answer may lack something"),
        ("required", _) => verdict(Wire::Compatible, "less is asked of a request, or more of an answer"),
        (_, "properties") if added => verdict(Wire::Compatible, "a property is new, and optional until it is required"),
        (_, "properties") if removed => verdict(Wire::Breaking, "a property is gone"),
        ("nullable", _) if change.after == Some(Value::Bool(true)) && response => {
            verdict(Wire::Risky, "an answer can have null")
        }
        ("nullable", _) if request => verdict(Wire::Breaking, "a request may no longer have null"),
        ("nullable", _) => verdict(Wire::Compatible, "an answer no longer has null"),
        (_, "responses") if added => verdict(Wire::Risky, "an operation can be answered by another status"),
        (_, "responses") if removed => verdict(Wire::Compatible, "an operation is no longer answered by a status"),
        (_, "headers") => verdict(Wire::Compatible, "a header comes or goes"),
        ("minimum" | "minItems" | "maximum" | "maxItems", _) => bound(change, last),
        ("anyOf" | "oneOf", _) | (_, "mapping") if added => verdict(Wire::Risky, "an answer can be of another type"),
        ("anyOf" | "oneOf", _) | (_, "mapping") if removed => verdict(Wire::Breaking, "a type is gone"),
        (_, "schemas" | "parameters" | "securitySchemes") if added => {
            verdict(Wire::None, "a component is new, and sent where it is referred to")
        }
        ("additionalProperties", _) => verdict(Wire::Risky, "other properties come or go"),
        _ => verdict(Wire::Breaking, "its form changes"),
    }
}

/// Whether more is required than before.
fn is_now(change: &Change) -> bool {
    match (&change.before, &change.after) {
        (_, Some(Value::Bool(required))) => *required,
        (before, after) => before.is_none() && after.is_some(),
    }
}

fn parameter(change: &Change) -> (Wire, String) {
    let required = |value: &Option<Value>| value.as_ref().is_some_and(|parameter| parameter["required"] == true);
    match (&change.before, &change.after) {
        (None, after) if required(after) => (Wire::Breaking, "a request must have another parameter".to_owned()),
        (None, _) => (Wire::Compatible, "a request may have another parameter".to_owned()),
        _ => (Wire::Breaking, "a parameter is gone".to_owned()),
    }
}

fn bound(change: &Change, keyword: &str) -> (Wire, String) {
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64);
    let tighter = match (number(&change.before), number(&change.after)) {
        (None, Some(_)) => true,
        (Some(before), Some(after)) => {
            if keyword.starts_with("min") {
                after > before
            } else {
                after < before
            }
        }
        _ => false,
    };
    match tighter {
        true => (Wire::Breaking, "less is allowed".to_owned()),
        false => (Wire::Compatible, "more is allowed".to_owned()),
    }
}
