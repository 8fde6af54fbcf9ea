//! The single changes between two specs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use msgraph_openapi::pointer::{join, split};
use msgraph_openapi::{Kind, Location, locate, path_parameter_names};
use serde_json::Value;

use crate::words::path_key;

/// One change: a value is removed, added or replaced. Each member of a list is a change of its own.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The JSON pointer of the value; of the list for a member of one. Shared parameters, headers, responses and bodies
    /// are compared where they are used.
    pub pointer: String,
    /// The value before.
    pub before: Option<Value>,
    /// The value after.
    pub after: Option<Value>,
    /// True if the value is a member of the list at the pointer.
    pub is_member: bool,
}

impl Change {
    /// Returns true if only the names of parameters of a path template changed.
    pub(super) fn is_path_rename(&self) -> bool {
        locate(&self.pointer).kind == Kind::PathItem && self.after.as_ref().is_some_and(Value::is_string)
    }

    /// Returns the old spec with only this change.
    pub(super) fn applied_to(&self, old: &Value) -> Value {
        let mut document = old.clone();
        if let (true, Some(from), Some(to)) = (self.is_path_rename(), text(&self.before), text(&self.after)) {
            rename_path(&mut document, from, to);
        } else if self.is_member {
            if let Some(list) = document.pointer_mut(&self.pointer).and_then(Value::as_array_mut) {
                list.retain(|member| Some(member) != self.before.as_ref());
                // The open arm of a form is its last.
                let at = if list.last().is_some_and(is_open_arm) { list.len() - 1 } else { list.len() };
                if let Some(after) = &self.after {
                    list.insert(at, after.clone());
                }
            }
        } else if let Some((parent, name)) = split(&self.pointer) {
            match (document.pointer_mut(parent), &self.after) {
                (Some(Value::Object(object)), Some(after)) => drop(object.insert(name.into_owned(), after.clone())),
                (Some(Value::Object(object)), None) => drop(object.remove(&*name)),
                (Some(Value::Array(list)), Some(after)) => {
                    if let Some(place) = name.parse::<usize>().ok().and_then(|index| list.get_mut(index)) {
                        *place = after.clone();
                    }
                }
                _ => {}
            }
        }
        document
    }
}

fn text(value: &Option<Value>) -> Option<&str> {
    value.as_ref()?.as_str()
}

/// The last arm of a tagged union, or of an evolvable enumeration.
fn is_open_arm(arm: &Value) -> bool {
    arm.get("$ref").is_none() && arm.is_object() && arm.get("enum").is_none() && arm.get("name").is_none()
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |value: &Value| {
            let text = value.to_string();
            match text.char_indices().nth(60) {
                Some((end, _)) => format!("{}...", &text[..end]),
                None => text,
            }
        };
        match (&self.before, &self.after) {
            (None, Some(after)) => write!(f, "{} + {}", self.pointer, short(after)),
            (Some(before), None) => write!(f, "{} - {}", self.pointer, short(before)),
            (Some(before), Some(after)) => write!(f, "{} {} -> {}", self.pointer, short(before), short(after)),
            (None, None) => f.write_str(&self.pointer),
        }
    }
}

/// Returns the paths in which only the names of parameters changed, and restores the old names in `new`.
pub(super) fn take_path_renames(old: &Value, new: &mut Value) -> Vec<Change> {
    let paths = |document: &Value| -> BTreeSet<String> {
        document["paths"].as_object().into_iter().flatten().map(|(path, _)| path.clone()).collect()
    };
    let (before, after) = (paths(old), paths(new));
    let mut found = Vec::new();
    for from in before.difference(&after) {
        let same = |to: &&String| path_key(to) == path_key(from) && to.contains('{');
        if let Some(to) = after.difference(&before).find(same) {
            rename_path(new, to, from);
            let [before, after] = [from, to].map(|path| Some(path.as_str().into()));
            found.push(Change { pointer: join("/paths", from), before, after, is_member: false });
        }
    }
    found
}

/// Renames the parameters of a path as in another template with the same number of them.
fn rename_path(document: &mut Value, from: &str, to: &str) {
    let names: BTreeMap<&str, &str> = path_parameter_names(from).zip(path_parameter_names(to)).collect();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let Some(mut item) = paths.remove(from) else { return };
    for operation in item.as_object_mut().into_iter().flatten().map(|(_, operation)| operation) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
        for parameter in parameters.filter(|parameter| parameter["in"] == "path") {
            if let Some(name) = parameter["name"].as_str().and_then(|name| names.get(name)) {
                parameter["name"] = (*name).into();
            }
        }
    }
    paths.insert(to.to_owned(), item);
}

/// Returns the changes from one spec to another.
pub(super) fn between(old: &Value, new: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare(old, new, String::new(), &mut found);
    found
}

fn compare(old: &Value, new: &Value, pointer: String, found: &mut Vec<Change>) {
    let change = |pointer: String, before: Option<&Value>, after: Option<&Value>, is_member| Change {
        pointer,
        before: before.cloned(),
        after: after.cloned(),
        is_member,
    };
    if old == new {
        return;
    }
    let location = locate(&pointer);
    // Replacing a reference by an inline schema, or the reverse, is one change.
    let becomes_reference =
        location.kind.is_schema() && location.rest.is_empty() && old.get("$ref").is_some() != new.get("$ref").is_some();
    match (old, new) {
        _ if is_data(&location) || becomes_reference => found.push(change(pointer, Some(old), Some(new), false)),
        (Value::Object(before), Value::Object(after)) => {
            let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for name in names {
                match (before.get(name), after.get(name)) {
                    (Some(before), Some(after)) => compare(before, after, join(&pointer, name), found),
                    (before, after) => found.push(change(join(&pointer, name), before, after, false)),
                }
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            let (before_keys, after_keys) = (keys(before), keys(after));
            for (index, (member, key)) in before.iter().zip(&before_keys).enumerate() {
                match after_keys.iter().position(|other| other == key) {
                    None => found.push(change(pointer.clone(), Some(member), None, true)),
                    Some(at) => compare(member, &after[at], format!("{pointer}/{index}"), found),
                }
            }
            let added = after.iter().zip(&after_keys).filter(|(_, key)| !before_keys.contains(key));
            found.extend(added.map(|(member, _)| change(pointer.clone(), None, Some(member), true)));
        }
        _ => found.push(change(pointer, Some(old), Some(new), false)),
    }
}

/// Returns true for a place in a value that is not part of the spec's structure, such as an example.
fn is_data(location: &Location<'_>) -> bool {
    let is_data = |keyword: &str| matches!(keyword, "example" | "examples" | "default") || keyword.starts_with("x-");
    location.kind == Kind::Example || location.keyword().is_some_and(is_data)
}

/// Returns the identities of the members of a list: the name and place of a parameter, the target of a reference, the
/// kind of an arm, or the member itself; equal members are numbered.
fn keys(list: &[Value]) -> Vec<(String, usize)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut keys = Vec::new();
    for member in list {
        let key = key_of(member);
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        keys.push((key, *count));
    }
    keys
}

fn key_of(value: &Value) -> String {
    if let (Some(name), Some(place)) = (value["name"].as_str(), value["in"].as_str()) {
        return format!("{place} {name}");
    }
    match value {
        Value::Object(object) if object.contains_key("$ref") => value["$ref"].to_string(),
        Value::Object(object) if object.contains_key("name") => value["name"].to_string(),
        Value::Object(object) if object.contains_key("url") => value["url"].to_string(),
        Value::Object(object) if object.contains_key("enum") => "enum".to_owned(),
        Value::Object(object) if object.contains_key("type") => "type".to_owned(),
        value => value.to_string(),
    }
}
