//! The discriminating `@odata.type` of a derived type.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type that is told apart from its siblings by one value, in OData its `@odata.type`.
pub trait NamedType {
    /// The discriminating value, as the description writes it.
    const TYPE_NAME: &'static str;
}

/// The discriminating value of `T`: nothing else can be read into it.
///
/// Compared without regard to ASCII case, as Microsoft's own clients do; the text that was read is
/// kept and written back.
pub struct TypeName<T> {
    // None where the text is that of the description: the usual case costs no allocation.
    text: Option<Box<str>>,
    of: PhantomData<fn() -> T>,
}

impl<T: NamedType> TypeName<T> {
    /// The text as it was read, or the description's for a value that was made here.
    pub fn as_str(&self) -> &str {
        self.text.as_deref().unwrap_or(T::TYPE_NAME)
    }
}

impl<T> Default for TypeName<T> {
    fn default() -> Self {
        Self { text: None, of: PhantomData }
    }
}

impl<T> Clone for TypeName<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), of: PhantomData }
    }
}

impl<T: NamedType> PartialEq for TypeName<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<T: NamedType> Eq for TypeName<T> {}

impl<T: NamedType> fmt::Debug for TypeName<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<T: NamedType> Serialize for TypeName<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: NamedType> Deserialize<'de> for TypeName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

struct Visitor<T>(PhantomData<T>);

impl<T: NamedType> serde::de::Visitor<'_> for Visitor<T> {
    type Value = TypeName<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the string {:?}", T::TYPE_NAME)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TypeName<T>, E> {
        if !text.eq_ignore_ascii_case(T::TYPE_NAME) {
            return Err(E::invalid_value(serde::de::Unexpected::Str(text), &self));
        }
        let text = (text != T::TYPE_NAME).then(|| text.into());
        Ok(TypeName { text, of: PhantomData })
    }
}

#[cfg(feature = "schemars")]
impl<T: NamedType> schemars::JsonSchema for TypeName<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::TYPE_NAME.into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": [T::TYPE_NAME] })
    }
}

#[cfg(test)]
mod tests {
    use super::{NamedType, TypeName};

    struct Scan;

    impl NamedType for Scan {
        const TYPE_NAME: &'static str = "#graph.scan";
    }

    #[test]
    fn casing_is_ignored_when_matched_and_kept_when_written() {
        for text in ["\"#graph.scan\"", "\"#Graph.SCAN\""] {
            let name: TypeName<Scan> = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&name).unwrap(), text);
        }
    }

    #[test]
    fn another_type_is_refused() {
        let error = serde_json::from_str::<TypeName<Scan>>("\"#graph.scans\"").unwrap_err();
        assert!(error.to_string().contains("#graph.scan"), "{error}");
    }
}
