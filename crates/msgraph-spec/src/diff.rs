//! What a change of a description means: on the wire, and for users of the Rust code that is generated from it.

mod changes;
mod surface;
mod wire;

use std::fmt;

use serde_json::Value;

pub use changes::Change;
use surface::Surface;
use wire::Reach;

/// What a change means on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Wire {
    /// Nothing that goes over the wire changes.
    None,
    /// Clients and services of before go on.
    Compatible,
    /// Clients that are stricter than they should be can fail.
    Risky,
    /// Clients or services of before fail.
    Breaking,
}

/// What a change means for users of the generated Rust code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rust {
    /// The public items are the same, and so is what they do.
    None,
    /// Public items are added.
    Additive,
    /// The public items are the same; what they do is not.
    Behaviour,
    /// Public items are gone or have another form: code that uses them does not compile.
    SourceBreaking,
}

/// Which version follows ([Semantic Versioning](https://semver.org)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Bump {
    /// None.
    None,
    /// The third number.
    Patch,
    /// The second number; before 1.0 the third.
    Minor,
    /// The first number; before 1.0 the second.
    Major,
}

/// A change, and what it means.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Effect {
    /// The change.
    pub change: Change,
    /// On which side it is: `request`, `response`, `both` or `document`.
    pub side: &'static str,
    /// What it means on the wire.
    pub wire: Wire,
    /// What it means for Rust users.
    pub rust: Rust,
    /// Why.
    pub reason: String,
}

/// The changes from one description to another, each with what it means. `generate` makes Rust source of a
/// description; an error of it stands for a description that can't be carried.
///
/// # Errors
///
/// Where a text is no JSON, or no source can be made of `old`.
pub fn diff(old: &str, new: &str, generate: impl Fn(&str) -> Result<String, String>) -> Result<Vec<Effect>, String> {
    let parse = |text: &str| {
        let document = serde_json::from_str::<Value>(text).map_err(|error| format!("this is not JSON: {error}"))?;
        Ok::<_, String>(inlined(document))
    };
    let (old, new) = (parse(old)?, parse(new)?);
    let before = Surface::of(&generate(&old.to_string())?)?;
    let reach = [Reach::of(&old), Reach::of(&new)];
    let effect = |change: Change| {
        let (side, wire, wire_reason) = wire::meaning(&change, &reach);
        // The effect of this change alone: the old description with nothing else changed.
        let (rust, rust_reason) = match change.pointer.as_str() {
            "/info/version" => (Rust::None, "Rust: the version is the value of a constant".to_owned()),
            _ => match generate(&change.applied_to(&old).to_string()).and_then(|source| Surface::of(&source)) {
                Ok(after) => before.compared_to(&after),
                Err(_) => together(&before, &new, &generate),
            },
        };
        Effect { side, wire, rust, reason: format!("{wire_reason}; {rust_reason}"), change }
    };
    Ok(changes::between(&old, &new).into_iter().map(effect).collect())
}

/// A description in which what stands in a component for no more than being written once stands where it is used: only
/// schemas have names that matter.
fn inlined(mut document: Value) -> Value {
    const SHARED: [&str; 3] = ["headers", "parameters", "responses"];

    let components = document["components"].clone();
    // A response refers to headers, and no further.
    for _ in 0..2 {
        if let Some(paths) = document.get_mut("paths") {
            inline(paths, &components);
        }
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|section, _| !SHARED.contains(&section.as_str()));
    }
    document
}

fn inline(value: &mut Value, components: &Value) {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix("#/components"));
    if let Some(target) = target.filter(|target| !target.starts_with("/schemas/"))
        && let Some(component) = components.pointer(target)
    {
        *value = component.clone();
        return;
    }
    match value {
        Value::Object(object) => object.values_mut().for_each(|child| inline(child, components)),
        Value::Array(array) => array.iter_mut().for_each(|child| inline(child, components)),
        _ => {}
    }
}

/// The effect of all changes, where one alone makes no description.
fn together(before: &Surface, new: &Value, generate: &impl Fn(&str) -> Result<String, String>) -> (Rust, String) {
    match generate(&new.to_string()).and_then(|source| Surface::of(&source)) {
        Ok(after) => {
            let (rust, reason) = before.compared_to(&after);
            (rust, format!("{reason}, together with the other changes"))
        }
        Err(error) => (Rust::SourceBreaking, format!("no code can be made of it: {error}")),
    }
}

impl Effect {
    /// The version that follows from this change.
    pub fn bump(&self) -> Bump {
        match (self.rust, self.wire) {
            (Rust::SourceBreaking, _) | (_, Wire::Breaking) => Bump::Major,
            (Rust::Additive, _) => Bump::Minor,
            (Rust::Behaviour, _) | (_, Wire::Risky | Wire::Compatible) => Bump::Patch,
            (Rust::None, Wire::None) => Bump::None,
        }
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Compatible => "compatible",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        })
    }
}

impl fmt::Display for Rust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Additive => "additive",
            Self::Behaviour => "behaviour",
            Self::SourceBreaking => "source-breaking",
        })
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}
