//! The components of a merged spec: those that are missing, and those that nothing refers to any longer.

use std::collections::BTreeSet;

use msgraph_openapi::{SCHEMAS, members, operations, pointer, references, target};
use serde_json::{Value, json};

use super::edits::{Earlier, add_component, remove_component};
use crate::ordered::Ordered;
use crate::{Upstream, forms, slice};

/// Adds the components that are referred to and missing, and removes those that only what is gone referred to. Returns
/// what is left to do by hand.
pub(super) fn complete(
    spec: &mut Ordered,
    before: &Value,
    upstream: &Upstream<'_>,
    earlier: &[Earlier],
) -> Result<Vec<String>, String> {
    use_our_failures(spec);
    let mut by_hand = Vec::new();
    loop {
        let value = spec.value();
        let missing: BTreeSet<_> = targets(&value).into_iter().filter(|place| value.pointer(place).is_none()).collect();
        if missing.is_empty() {
            break;
        }
        for place in missing {
            let Some((section, name)) = pointer::split(&place) else { continue };
            let is_earlier = earlier.iter().any(|earlier| earlier.spec.at(&place).is_some());
            let component = if is_earlier { Value::Null } else { slice::component(upstream, &name, &value)? };
            add_component(spec, section, &name, &component, earlier);
            if !is_earlier {
                by_hand.extend(facts_of_siblings(&value, &name).into_iter().map(|fact| format!("{place}: {fact}")));
            }
        }
    }
    let was_used = targets(before);
    loop {
        let value = spec.value();
        let used = targets(&value);
        let sections = members(&value, "/components").filter(|(_, section, _)| *section != "securitySchemes");
        let all: Vec<_> =
            sections.flat_map(|(section, ..)| members(&value, &section)).map(|(place, ..)| place).collect();
        let unused: Vec<_> =
            all.into_iter().filter(|place| was_used.contains(place) && !used.contains(place)).collect();
        if unused.is_empty() {
            return Ok(by_hand);
        }
        unused.iter().for_each(|place| remove_component(spec, place));
    }
}

/// A new operation fails as those do that are there.
fn use_our_failures(spec: &mut Ordered) {
    let value = spec.value();
    let responses = |pointer: &str| members(&value, &pointer::join(pointer, "responses")).collect::<Vec<_>>();
    let is_new = |response: &Value| {
        response["$ref"] == forms::FAILURE && value.pointer("/components/responses/failure").is_none()
    };
    let all: Vec<_> = operations(&value).into_iter().map(|operation| responses(&operation.pointer)).collect();
    let ours = all.iter().find(|responses| responses.iter().all(|(.., response)| !is_new(response)));
    for (place, status, _) in all.iter().flatten().filter(|(.., response)| is_new(response)) {
        let same = ours.and_then(|ours| ours.iter().find(|(_, other, _)| other == status));
        if let (Some((.., response)), Some(slot)) = (same, spec.at_mut(place)) {
            *slot = Ordered::of(response, "");
        }
    }
}

/// The pointers of the components that a document refers to.
fn targets(document: &Value) -> BTreeSet<String> {
    references(document).iter().filter_map(|reference| target(&reference.text).ok()).collect()
}

/// The extensions that all other types of a union have.
fn facts_of_siblings(spec: &Value, name: &str) -> BTreeSet<String> {
    let own = json!({ "$ref": format!("#{SCHEMAS}/{name}") });
    let unions = members(spec, SCHEMAS).filter_map(|(.., schema)| schema["anyOf"].as_array());
    let union = unions.into_iter().find(|arms| arms.contains(&own));
    let siblings = union.into_iter().flatten().filter(|arm| **arm != own).filter_map(|arm| arm["$ref"].as_str());
    let siblings = siblings.filter_map(|reference| spec.pointer(&target(reference).ok()?));
    // The component for all other types has no tag of its own.
    common_extensions(siblings.filter(|sibling| sibling.pointer("/properties/@odata.type/enum").is_some()))
}

/// Returns the extensions that all other parameters of its operation have, for each new parameter.
pub(super) fn facts_of_parameters(spec: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for operation in operations(spec) {
        let parameters = operation.parameters(spec).unwrap_or_default();
        for new in parameters.iter().filter(|parameter| parameter.value["description"] == "") {
            let siblings = parameters.iter().filter(|other| other.location == new.location && other.name != new.name);
            let extensions = common_extensions(siblings.map(|parameter| parameter.value));
            found.extend(extensions.into_iter().map(|extension| format!("{}: {extension}", new.declared_at)));
        }
    }
    found
}

fn common_extensions<'a>(siblings: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    let objects = siblings.filter_map(Value::as_object);
    let extensions = objects.map(|object| object.keys().filter(|key| key.starts_with("x-")).cloned().collect());
    extensions.reduce(|all: BTreeSet<String>, one| &all & &one).unwrap_or_default()
}
