//! Descriptions: where they must stand, and that they are plain text.

use serde_json::Value;

use super::Found;
use crate::places::{join, members, operations, walk};

const TEXTS: [&str; 3] = ["description", "summary", "title"];

pub(super) fn check(document: &Value, found: &mut Found) {
    is_described("/info", document.pointer("/info"), found);
    for (pointer, operation) in operations(document) {
        is_described(&pointer, Some(operation), found);
        if operation["summary"].as_str().is_none_or(str::is_empty) {
            found.add(&pointer, "description", "there is no summary");
        }
        if let Some(body) = operation.get("requestBody") {
            is_described(&join(&pointer, "requestBody"), Some(body), found);
        }
        let parameters = operation["parameters"].as_array().into_iter().flatten().enumerate();
        for (index, parameter) in parameters {
            is_described(&format!("{pointer}/parameters/{index}"), Some(parameter), found);
        }
        all_described(document, &join(&pointer, "responses"), found);
    }
    for section in ["parameters", "headers", "responses", "schemas", "requestBodies"] {
        all_described(document, &join("/components", section), found);
    }
    for (schema, ..) in members(document, "/components/schemas") {
        all_described(document, &join(&schema, "properties"), found);
    }
    walk(document, "", &mut |pointer, value| {
        let is_text = TEXTS.iter().any(|name| pointer.ends_with(&format!("/{name}")))
            && !pointer.ends_with(&"/properties/description");
        if let (true, Some(text)) = (is_text, value.as_str())
            && let Some(problem) = markup(text)
        {
            found.add(pointer, "plain-text", problem);
        }
    });
}

fn all_described(document: &Value, pointer: &str, found: &mut Found) {
    for (pointer, _, value) in members(document, pointer) {
        is_described(&pointer, Some(value), found);
    }
}

/// A reference is described where it leads.
fn is_described(pointer: &str, value: Option<&Value>, found: &mut Found) {
    let Some(value) = value else { return };
    if value.get("$ref").is_none() && value["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
        found.add(pointer, "description", "there is no description");
    }
}

/// What makes a text more than text.
fn markup(text: &str) -> Option<String> {
    if text.contains("```") || text.contains("~~~") {
        return Some("it holds a code fence".to_owned());
    }
    let html = text
        .match_indices('<')
        .any(|(index, _)| text[index + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c)));
    if html {
        return Some("it holds HTML".to_owned());
    }
    let hidden = text.chars().find(|c| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    hidden.map(|c| format!("it holds the character U+{:04X}, which nobody sees", u32::from(c)))
}
