//! Checks that objects have descriptions, in plain text.

use msgraph_openapi::{members, nodes, operations, pointer};
use serde_json::Value;

use super::Found;

const TEXTS: [&str; 3] = ["description", "summary", "title"];

pub(super) fn check(document: &Value, found: &mut Found) {
    is_described("/info", document.pointer("/info"), found);
    for operation in operations(document) {
        let place = &operation.pointer;
        is_described(place, Some(operation.value), found);
        if operation.value["summary"].as_str().is_none_or(str::is_empty) {
            found.add(place, "description", "missing summary");
        }
        if let Some(body) = operation.value.get("requestBody") {
            is_described(&pointer::join(place, "requestBody"), Some(body), found);
        }
        for owner in [operation.path_item(), place] {
            let parameters = pointer::join(owner, "parameters");
            let list = document.pointer(&parameters).and_then(Value::as_array).into_iter().flatten();
            for (index, parameter) in list.enumerate() {
                is_described(&format!("{parameters}/{index}"), Some(parameter), found);
            }
        }
        all_described(document, &pointer::join(place, "responses"), found);
    }
    for section in ["parameters", "headers", "responses", "schemas", "requestBodies"] {
        all_described(document, &pointer::join("/components", section), found);
    }
    for (schema, ..) in members(document, "/components/schemas") {
        all_described(document, &pointer::join(&schema, "properties"), found);
    }
    for node in nodes(document) {
        for name in TEXTS {
            if let Some(text) = node.value.get(name).and_then(Value::as_str)
                && let Some(problem) = markup(text)
            {
                found.add(&pointer::join(&node.pointer, name), "plain-text", problem);
            }
        }
    }
}

fn all_described(document: &Value, pointer: &str, found: &mut Found) {
    for (pointer, _, value) in members(document, pointer) {
        is_described(&pointer, Some(value), found);
    }
}

/// A reference is described at its target.
fn is_described(pointer: &str, value: Option<&Value>, found: &mut Found) {
    let Some(value) = value else { return };
    if value.get("$ref").is_none() && value["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
        found.add(pointer, "description", "missing description");
    }
}

/// Describes the markup or hidden characters in a text.
fn markup(text: &str) -> Option<String> {
    if text.contains("```") || text.contains("~~~") {
        return Some("must be plain text: contains a code fence".to_owned());
    }
    let html = text
        .match_indices('<')
        .any(|(index, _)| text[index + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c)));
    if html {
        return Some("must be plain text: contains HTML".to_owned());
    }
    let hidden = text.chars().find(|c| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    hidden.map(|c| format!("must be plain text: contains the invisible character U+{:04X}", u32::from(c)))
}
