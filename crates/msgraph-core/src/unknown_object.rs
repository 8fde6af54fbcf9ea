//! An object of a type that this build doesn't know.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An object of a derived type that this build doesn't know, kept whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct UnknownObject(Map<String, Value>);

impl UnknownObject {
    /// The value of a property, where the object has it.
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.0.get(property)
    }

    /// Each property, `@odata.type` among them.
    pub fn properties(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl From<Map<String, Value>> for UnknownObject {
    fn from(properties: Map<String, Value>) -> Self {
        Self(properties)
    }
}
