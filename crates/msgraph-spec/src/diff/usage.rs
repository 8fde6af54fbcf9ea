//! The parts of a spec that are used in requests and in responses.

use std::collections::BTreeSet;

use msgraph_openapi::{operations, pointer, reachable, resolve};
use serde_json::Value;

/// The parts of the old and the new spec that requests and responses use.
pub(super) struct Usage<'a> {
    documents: [&'a Value; 2],
    requests: BTreeSet<String>,
    responses: BTreeSet<String>,
    security: BTreeSet<String>,
}

impl<'a> Usage<'a> {
    pub(super) fn of(documents: [&'a Value; 2]) -> Self {
        let mut usage =
            Self { documents, requests: BTreeSet::new(), responses: BTreeSet::new(), security: BTreeSet::new() };
        for document in documents {
            // The generator reports a reference that cannot be resolved.
            let used = |pointer: String| reachable(document, &pointer).unwrap_or_default();
            for operation in operations(document) {
                usage.requests.extend(used(pointer::join(&operation.pointer, "requestBody")));
                for parameter in operation.parameters(document).unwrap_or_default() {
                    usage.requests.extend(used(parameter.declared_at));
                }
                usage.responses.extend(used(pointer::join(&operation.pointer, "responses")));
                let requirements = operation.value["security"].as_array().into_iter().flatten();
                usage
                    .security
                    .extend(requirements.filter_map(Value::as_object).flatten().map(|(name, _)| name.clone()));
            }
        }
        usage
    }

    /// Returns whether the value at a pointer is part of a request, and whether it is part of a response.
    pub(super) fn sides(&self, pointer: &str) -> (bool, bool) {
        let is_in = |set: &BTreeSet<String>| set.iter().any(|component| pointer::is_at_or_below(pointer, component));
        let names: Vec<_> = pointer::names(pointer).take(4).collect();
        let part = names.get(3).filter(|_| names[0] == "paths").map(AsRef::as_ref);
        // A callback is a request of the service, with a response of the client.
        let request = matches!(part, Some("requestBody" | "parameters" | "security" | "callbacks"));
        let response = matches!(part, Some("responses" | "callbacks"));
        (request || is_in(&self.requests), response || is_in(&self.responses))
    }

    /// Returns true if an operation requires a security scheme.
    pub(super) fn requires(&self, scheme: &str) -> bool {
        self.security.contains(scheme)
    }

    /// Returns true if two schemas are the same after resolving the references of each in its own spec, without
    /// descriptions.
    pub(super) fn is_same(&self, old: &Value, new: &Value) -> bool {
        let [before, after] = self.documents;
        same(before, old, after, new, 0)
    }
}

const TEXTS: [&str; 5] = ["description", "title", "example", "externalDocs", "deprecated"];

fn same(before: &Value, old: &Value, after: &Value, new: &Value, depth: usize) -> bool {
    // Recursive schemas are compared to this depth.
    if depth > 16 {
        return true;
    }
    let [old, new] = [(before, old), (after, new)].map(|(document, value)| {
        let target = value["$ref"].as_str().and_then(|reference| msgraph_openapi::target(reference).ok());
        target.and_then(|target| resolve(document, &target).ok()).map_or(value, |node| node.value)
    });
    match (old, new) {
        (Value::Object(one), Value::Object(other)) => {
            let is_text = |name: &str| TEXTS.contains(&name) || name.starts_with("x-");
            let names: BTreeSet<_> = one.keys().chain(other.keys()).filter(|name| !is_text(name)).collect();
            names.into_iter().all(|name| match (one.get(name), other.get(name)) {
                (Some(one), Some(other)) => same(before, one, after, other, depth + 1),
                _ => false,
            })
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| same(before, one, after, other, depth + 1))
        }
        (old, new) => old == new,
    }
}
