//! A property of a request body that can be left out, set to null, or set to a value.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An optional property of a request body that may be null, as [JSON Merge
/// Patch](https://www.rfc-editor.org/rfc/rfc7396) tells absent and null apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// The property is left out, and keeps its value.
    #[default]
    Unset,
    /// The property is set to null.
    Null,
    /// The property is set to this value.
    Value(T),
}

impl<T> Patch<T> {
    /// Returns true if the property is left out.
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// Returns the value that is set; `None` if the property is left out or null.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unset | Self::Null => None,
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    /// Writes null for an unset property; an object omits it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Option::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::Patch;

    #[derive(Debug, Default, Serialize, Deserialize, PartialEq)]
    struct Body {
        #[serde(default, skip_serializing_if = "Patch::is_unset")]
        level: Patch<u8>,
    }

    #[test]
    fn absent_null_and_value_are_distinct() {
        for (level, json) in [(Patch::Unset, "{}"), (Patch::Null, r#"{"level":null}"#), (7.into(), r#"{"level":7}"#)] {
            let body = Body { level };
            assert_eq!(serde_json::to_string(&body).unwrap(), json);
            assert_eq!(serde_json::from_str::<Body>(json).unwrap(), body);
        }
    }
}
