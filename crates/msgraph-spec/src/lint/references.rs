//! References: each leads somewhere within the document, and each component is led to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Found;
use crate::places::{join, members, walk};

pub(super) fn check(document: &Value, found: &mut Found) {
    let mut used = BTreeSet::new();
    walk(document, "", &mut |pointer, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            match reference.strip_prefix('#') {
                None => found.add(pointer, "reference", format!("{reference:?} leads out of the document")),
                Some(target) if document.pointer(target).is_none() => {
                    found.add(pointer, "reference", format!("{reference:?} leads nowhere"));
                }
                Some(target) => drop(used.insert(target.to_owned())),
            }
        }
        let mapping = value.pointer("/discriminator/mapping").and_then(Value::as_object);
        used.extend(
            mapping
                .into_iter()
                .flatten()
                .filter_map(|(_, target)| Some(target.as_str()?.strip_prefix('#')?.to_owned())),
        );
    });
    for (section, ..) in members(document, "/components") {
        for (component, name, _) in members(document, &section) {
            // A security scheme is used by its name.
            let is_required = || {
                let mut is_named = false;
                walk(document, "", &mut |pointer, value| {
                    let is_list = pointer.ends_with("/security");
                    is_named |=
                        is_list && value.as_array().into_iter().flatten().any(|scheme| scheme.get(name).is_some());
                });
                is_named
            };
            let is_used = match section == join("/components", "securitySchemes") {
                true => is_required(),
                false => used.contains(&component),
            };
            if !is_used {
                found.add(&component, "unused", "nothing refers to it");
            }
        }
    }
}
