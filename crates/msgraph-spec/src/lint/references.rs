//! Checks that each reference can be resolved within the document, and that each component is used.

use std::collections::BTreeSet;

use msgraph_openapi::{Kind, members, nodes, references, resolve, target};
use serde_json::Value;

use super::Found;

pub(super) fn check(document: &Value, found: &mut Found) {
    let mut used = BTreeSet::new();
    for reference in references(document) {
        let resolved = target(&reference.text).and_then(|target| {
            used.insert(target.clone());
            resolve(document, &target)
        });
        if resolved.is_err() {
            // An error of the reference is reported at its own place, one of the target at the target's.
            let message = match resolve(document, &reference.pointer) {
                Err(error) => error.message().to_owned(),
                Ok(_) => format!("dangling reference {:?}", reference.text),
            };
            found.add(&reference.pointer, "reference", message);
        }
    }
    let schemes = required_schemes(document);
    for (section, section_name, _) in members(document, "/components") {
        for (component, name, _) in members(document, &section) {
            let is_used =
                if section_name == "securitySchemes" { schemes.contains(name) } else { used.contains(&component) };
            if !is_used && !section_name.starts_with("x-") {
                found.add(&component, "unused", "unused component: remove it or refer to it");
            }
        }
    }
}

/// A security scheme is used by its name.
fn required_schemes(document: &Value) -> BTreeSet<&str> {
    let requirements = nodes(document).filter(|node| node.kind == Kind::SecurityRequirement);
    requirements
        .filter_map(|node| node.value.as_object())
        .flat_map(|object| object.keys().map(String::as_str))
        .collect()
}
