//! The discriminating `@odata.type` of a derived type.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type that is distinguished from its siblings by one value, in OData its `@odata.type`.
pub trait ODataType {
    /// The discriminating value, as the spec writes it.
    const TYPE_NAME: &'static str;
}

/// The discriminating value of `T`. Reading any other value is an error.
///
/// Values are compared without regard to ASCII case, as Microsoft's own clients do; the text that was read is
/// kept and written back.
#[derive(Clone)]
pub struct ODataTypeTag<T> {
    // `None` if it is the spec's text, so that the usual case does not allocate.
    text: Option<Box<str>>,
    is_absent: bool,
    of: PhantomData<fn() -> T>,
}

impl<T> ODataTypeTag<T> {
    /// Returns true if the value that was read had none.
    pub(crate) fn is_absent(&self) -> bool {
        self.is_absent
    }
}

impl<T: ODataType> ODataTypeTag<T> {
    /// Returns the value that was read, which can be that of any type.
    pub(crate) fn read(text: Option<String>) -> Self {
        let is_absent = text.is_none();
        Self { text: text.filter(|text| text != T::TYPE_NAME).map(Into::into), is_absent, of: PhantomData }
    }

    /// Returns the text as it was read, or else the spec's.
    pub fn as_str(&self) -> &str {
        self.text.as_deref().unwrap_or(T::TYPE_NAME)
    }
}

impl<T> Default for ODataTypeTag<T> {
    fn default() -> Self {
        Self { text: None, is_absent: false, of: PhantomData }
    }
}

impl<T: ODataType> PartialEq for ODataTypeTag<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<T: ODataType> Eq for ODataTypeTag<T> {}

impl<T: ODataType> fmt::Debug for ODataTypeTag<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<T: ODataType> Serialize for ODataTypeTag<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: ODataType> Deserialize<'de> for ODataTypeTag<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

struct Visitor<T>(PhantomData<T>);

impl<T: ODataType> serde::de::Visitor<'_> for Visitor<T> {
    type Value = ODataTypeTag<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the string {:?}", T::TYPE_NAME)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ODataTypeTag<T>, E> {
        if !text.eq_ignore_ascii_case(T::TYPE_NAME) {
            return Err(E::invalid_value(serde::de::Unexpected::Str(text), &self));
        }
        let text = (text != T::TYPE_NAME).then(|| text.into());
        Ok(ODataTypeTag { text, is_absent: false, of: PhantomData })
    }
}

#[cfg(feature = "schemars")]
impl<T: ODataType> schemars::JsonSchema for ODataTypeTag<T> {
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
    use super::{ODataType, ODataTypeTag};

    struct Scan;

    impl ODataType for Scan {
        const TYPE_NAME: &'static str = "#graph.scan";
    }

    #[test]
    fn case_is_ignored_when_matched_and_kept_when_written() {
        for text in ["\"#graph.scan\"", "\"#Graph.SCAN\""] {
            let name: ODataTypeTag<Scan> = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&name).unwrap(), text);
        }
    }

    #[test]
    fn another_type_is_rejected() {
        let error = serde_json::from_str::<ODataTypeTag<Scan>>("\"#graph.scans\"").unwrap_err();
        assert!(error.to_string().contains("#graph.scan"), "{error}");
    }
}
