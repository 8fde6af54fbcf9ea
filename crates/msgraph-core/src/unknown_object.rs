//! An object of a type that this build does not know.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An object of a derived type that this build does not know, kept whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct UnknownObject(Map<String, Value>);

impl UnknownObject {
    /// Returns the value of a property, if the object has it.
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.0.get(property)
    }

    /// Returns all properties, `@odata.type` among them.
    pub fn properties(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl From<Map<String, Value>> for UnknownObject {
    fn from(properties: Map<String, Value>) -> Self {
        Self(properties)
    }
}
