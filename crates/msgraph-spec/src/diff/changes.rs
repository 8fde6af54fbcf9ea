//! The single changes between two descriptions.

use std::collections::BTreeSet;
use std::fmt;

use msgraph_openapi::pointer::{join, split};
use serde_json::Value;

/// One change: a value that is gone, is new, or is another. Members of a list count one by one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The JSON pointer of the value; of the list for a member of one.
    pub pointer: String,
    /// The value before.
    pub before: Option<Value>,
    /// The value after.
    pub after: Option<Value>,
    /// Whether it is a member of the list at the pointer.
    pub is_member: bool,
}

impl Change {
    /// A description with this change alone.
    pub(super) fn applied_to(&self, old: &Value) -> Value {
        let mut document = old.clone();
        if self.is_member {
            if let Some(list) = document.pointer_mut(&self.pointer).and_then(Value::as_array_mut) {
                list.retain(|member| Some(member) != self.before.as_ref());
                // What is open stands last in a form.
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

/// The changes from one description to another.
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
    match (old, new) {
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
            let key = |value: &Value| key_of(value);
            for member in before {
                match after.iter().position(|other| key(other) == key(member)) {
                    None => found.push(change(pointer.clone(), Some(member), None, true)),
                    Some(index) if member != &after[index] => {
                        let at = before.iter().position(|other| other == member).unwrap_or(index);
                        compare(member, &after[index], format!("{pointer}/{at}"), found);
                    }
                    Some(_) => {}
                }
            }
            let is_new = |member: &&Value| !before.iter().any(|other| key(other) == key(member));
            found.extend(after.iter().filter(is_new).map(|member| change(pointer.clone(), None, Some(member), true)));
        }
        _ if old != new => found.push(change(pointer, Some(old), Some(new), false)),
        _ => {}
    }
}

/// What makes a member of a list the same one: the name and place of a parameter, the target of a reference, the
/// kind of an arm, or the member itself.
fn key_of(value: &Value) -> String {
    if let (Some(name), Some(place)) = (value["name"].as_str(), value["in"].as_str()) {
        return format!("{place} {name}");
    }
    if let Some(reference) = value["$ref"].as_str() {
        return reference.to_owned();
    }
    match value {
        Value::Object(object) if object.contains_key("enum") => "enum".to_owned(),
        Value::Object(object) if object.contains_key("type") => "type".to_owned(),
        value => value.to_string(),
    }
}
