//! The impact of a schema change on the wire: a wider set of values is safe in a request but not in a response, a
//! narrower one the reverse.

use msgraph_openapi::{Location, locate, pointer};
use serde_json::Value;

use super::impact::Verdict;
use super::usage::Usage;
use super::{Change, WireImpact};

/// The change of the set of valid values.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    Same,
    Wider,
    Narrower,
    Other,
}

pub(super) fn rule(change: &Change, place: &Location<'_>, usage: &Usage<'_>, request: bool, response: bool) -> Verdict {
    use WireImpact::{Breaking, Compatible, Risky};

    let (added, removed) = (change.before.is_none(), change.after.is_none());
    let keyword = place.keyword().unwrap_or_default();
    match keyword {
        "" => whole(change, usage, request, response),
        "enum" if change.is_member || added || removed => {
            // Adding the whole list narrows the set, removing it widens the set.
            let set = if change.is_member == added { Set::Wider } else { Set::Narrower };
            of(set, request, response, Risky, "other members are possible", "members are no longer possible")
        }
        "required" if is_more(change) => of(Set::Narrower, request, response, Risky, "", "more is always there"),
        "required" => of(Set::Wider, request, response, Risky, "a property may be missing", ""),
        "properties" if added => (Compatible, "properties are added, optional until they are required"),
        "properties" => (Breaking, "properties are removed"),
        "nullable" if change.after == Some(Value::Bool(true)) => {
            of(Set::Wider, request, response, Risky, "null is possible", "")
        }
        "nullable" => of(Set::Narrower, request, response, Risky, "", "null is no longer possible"),
        "type" | "format" => {
            let reasons = ["more values are possible", "fewer values are possible"];
            of(type_set(change, keyword), request, response, Breaking, reasons[0], reasons[1])
        }
        "$ref" if is_same_target(change, usage) => (WireImpact::None, "the name of a component is not sent"),
        "allOf" if added || removed => {
            let set = if added { Set::Narrower } else { Set::Wider };
            of(set, request, response, Breaking, "fewer rules hold", "more rules hold")
        }
        "anyOf" | "oneOf" if change.is_member && (added || removed) => {
            let set = if added { Set::Wider } else { Set::Narrower };
            of(set, request, response, Risky, "another type is possible", "a type is no longer possible")
        }
        "default" if request => (Risky, "a request without it means something else"),
        "default" => (WireImpact::None, "a default of a response is not sent"),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minLength" | "maxLength" | "minItems"
        | "maxItems" | "minProperties" | "maxProperties" | "multipleOf" | "pattern" | "uniqueItems" => {
            of(bound_set(change, keyword), request, response, Risky, "more is allowed", "less is allowed")
        }
        _ => (Breaking, "its form changes"),
    }
}

/// Returns the impact of a wider or narrower set of values; `in_response` is the impact of a wider set in a response.
fn of(
    set: Set,
    request: bool,
    response: bool,
    in_response: WireImpact,
    wider: &'static str,
    narrower: &'static str,
) -> Verdict {
    let or = |text: &'static str, other| if text.is_empty() { other } else { text };
    match set {
        Set::Same => (WireImpact::None, "the same values are valid"),
        Set::Wider if response => (in_response, or(wider, "a response can have more")),
        Set::Wider => (WireImpact::Compatible, or(wider, "less is asked of a request")),
        Set::Narrower if request => (WireImpact::Breaking, or(narrower, "more is asked of a request")),
        Set::Narrower => (WireImpact::Compatible, or(narrower, "a response can have less")),
        Set::Other => (WireImpact::Breaking, "other values are valid"),
    }
}

/// Returns the impact of a schema that is added, removed or replaced.
fn whole(change: &Change, usage: &Usage<'_>, request: bool, response: bool) -> Verdict {
    use WireImpact::{Breaking, Compatible, Risky};

    let (parent, name) = pointer::split(&change.pointer).unwrap_or_default();
    let around = locate(parent);
    // Below `properties` each name is that of a property.
    if around.keyword() == Some("properties") {
        return match (&change.before, &change.after) {
            (None, _) => (Compatible, "a property is added, optional until it is required"),
            (_, None) => (Breaking, "a property is removed"),
            (Some(before), Some(after)) if usage.is_same(before, after) => {
                (WireImpact::None, "the same values are valid")
            }
            _ => (Breaking, "its form changes"),
        };
    }
    if name == "additionalProperties" && around.rest.is_empty() && around.kind.is_schema() {
        let is_open = |value: &Option<Value>| value.as_ref().is_none_or(|value| *value == Value::Bool(true));
        let is_closed = |value: &Option<Value>| *value == Some(Value::Bool(false));
        let set = match (&change.before, &change.after) {
            (before, after) if is_open(before) && is_open(after) => Set::Same,
            (before, after) if is_open(before) || is_closed(after) => Set::Narrower,
            (before, after) if is_closed(before) || is_open(after) => Set::Wider,
            _ => Set::Other,
        };
        return of(set, request, response, Risky, "other properties are possible", "other properties are not possible");
    }
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if usage.is_same(before, after) => (WireImpact::None, "the same values are valid"),
        (None, Some(_)) => of(Set::Narrower, request, response, Breaking, "", "a schema is added"),
        (Some(_), None) => of(Set::Wider, request, response, Breaking, "a schema is removed", ""),
        _ => (Breaking, "its form changes"),
    }
}

/// Returns true if more is required than before.
fn is_more(change: &Change) -> bool {
    let count = |value: &Option<Value>| match value {
        Some(Value::Array(list)) => list.len(),
        Some(_) => 1,
        None => 0,
    };
    count(&change.after) > count(&change.before)
}

fn is_same_target(change: &Change, usage: &Usage<'_>) -> bool {
    let reference = |value: &Option<Value>| serde_json::json!({ "$ref": value });
    usage.is_same(&reference(&change.before), &reference(&change.after))
}

fn type_set(change: &Change, keyword: &str) -> Set {
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    match (keyword, text(&change.before).as_str(), text(&change.after).as_str()) {
        ("type", "integer", "number") | ("format", "int32", "int64") | ("format", "float", "double") => Set::Wider,
        ("type", "number", "integer") | ("format", "int64", "int32") | ("format", "double", "float") => Set::Narrower,
        (_, "", _) => Set::Narrower,
        (_, _, "") => Set::Wider,
        _ => Set::Other,
    }
}

fn bound_set(change: &Change, keyword: &str) -> Set {
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64);
    let is_on = |value: &Option<Value>| *value == Some(Value::Bool(true));
    match (&change.before, &change.after) {
        // Flags: exclusive bounds and unique items.
        (before, after) if [before, after].into_iter().flatten().any(Value::is_boolean) => {
            match (is_on(before), is_on(after)) {
                (false, true) => Set::Narrower,
                (true, false) => Set::Wider,
                _ => Set::Same,
            }
        }
        (None, _) => Set::Narrower,
        (_, None) => Set::Wider,
        (before, after) => match (number(before), number(after)) {
            (Some(before), Some(after)) if keyword == "multipleOf" => {
                match (after % before == 0.0, before % after == 0.0) {
                    (true, true) => Set::Same,
                    (true, false) => Set::Narrower,
                    (false, true) => Set::Wider,
                    (false, false) => Set::Other,
                }
            }
            (Some(before), Some(after)) if before == after => Set::Same,
            (Some(before), Some(after)) if (after > before) == keyword.starts_with("min") => Set::Narrower,
            (Some(_), Some(_)) => Set::Wider,
            _ => Set::Other,
        },
    }
}
