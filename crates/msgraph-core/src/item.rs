//! The items of a collection, well-formed or malformed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// An item of a collection. A malformed one is kept as it arrived, and the others of its page are still read.
///
/// `Deserialize` reads well-formed items only; pages that a [`Transport`](crate::Transport) reads keep the others too.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Item<T> {
    /// The item.
    Read(T),
    /// JSON that does not match the schema of an item.
    Malformed(MalformedItem),
}

impl<T> Item<T> {
    /// Returns the item; `None` if it is malformed.
    pub fn read(&self) -> Option<&T> {
        match self {
            Self::Read(item) => Some(item),
            Self::Malformed(_) => None,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Read)
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Item<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<T>()
    }
}

/// JSON that does not match the schema of an item.
#[derive(Clone)]
pub struct MalformedItem {
    json: Box<RawValue>,
    problem: Box<str>,
}

impl MalformedItem {
    pub(crate) fn new(json: Box<RawValue>, problem: impl Into<Box<str>>) -> Self {
        Self { json, problem: problem.into() }
    }

    /// Returns the item's JSON, character by character as it arrived.
    pub fn json(&self) -> &str {
        self.json.get()
    }

    /// Returns the problem and its position in [`json`](Self::json).
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl PartialEq for MalformedItem {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Serialize for MalformedItem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl fmt::Debug for MalformedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MalformedItem").field("problem", &self.problem).finish_non_exhaustive()
    }
}

impl fmt::Display for MalformedItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the item does not match the schema: {}", self.problem)
    }
}

impl std::error::Error for MalformedItem {}
