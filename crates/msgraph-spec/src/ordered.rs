//! JSON whose members keep their order: what a person wrote stays where it is.

use std::fmt;

use msgraph_openapi::pointer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A JSON value whose objects have their members in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ordered {
    Object(Vec<(String, Ordered)>),
    Array(Vec<Ordered>),
    Scalar(Value),
}

/// The keywords in the order in which a document of ours has them; others follow by their names.
const KEYWORDS: &str = "openapi info $ref name in operationId title tags summary description externalDocs version servers security \
    paths components url get post put patch delete parameters requestBody responses headers deprecated required \
    content type format nullable readOnly enum properties anyOf discriminator additionalProperties";

/// The objects whose members have names of the document's own.
const NAMED: [&str; 9] =
    ["paths", "responses", "headers", "content", "schemas", "properties", "mapping", "securitySchemes", "examples"];

impl Ordered {
    /// Reads a text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The value in the order of the keywords, if it is that of a member `name`.
    pub(crate) fn of(value: &Value, name: &str) -> Self {
        Self::sorted(value, NAMED.contains(&name))
    }

    fn sorted(value: &Value, is_named: bool) -> Self {
        match value {
            Value::Object(object) => {
                let rank = |name: &str| KEYWORDS.split(' ').position(|keyword| keyword == name);
                let mut members: Vec<_> = object.iter().collect();
                if !is_named {
                    members.sort_by_key(|(name, _)| rank(name).unwrap_or(usize::MAX));
                }
                let of = |(name, value): (&String, &Value)| {
                    (name.clone(), Self::sorted(value, !is_named && NAMED.contains(&name.as_str())))
                };
                Self::Object(members.into_iter().map(of).collect())
            }
            Value::Array(list) => Self::Array(list.iter().map(|value| Self::sorted(value, false)).collect()),
            scalar => Self::Scalar(scalar.clone()),
        }
    }

    /// The value at a pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Self> {
        pointer::names(pointer).try_fold(self, |value, name| match value {
            Self::Object(members) => members.iter().find(|(member, _)| *member == name).map(|(_, value)| value),
            Self::Array(list) => list.get(name.parse::<usize>().ok()?),
            Self::Scalar(_) => None,
        })
    }

    /// The value at a pointer, to be changed.
    pub(crate) fn at_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        pointer::names(pointer).try_fold(self, |value, name| match value {
            Self::Object(members) => members.iter_mut().find(|(member, _)| *member == name).map(|(_, value)| value),
            Self::Array(list) => list.get_mut(name.parse::<usize>().ok()?),
            Self::Scalar(_) => None,
        })
    }

    /// The text, with two spaces for each level.
    pub(crate) fn text(&self) -> String {
        // Neither a name that is not a text nor a writer that fails is possible.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The value without the order.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Object(members) => members.iter().map(|(name, value)| (name.clone(), value.value())).collect(),
            Self::Array(list) => list.iter().map(Self::value).collect(),
            Self::Scalar(scalar) => scalar.clone(),
        }
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
            Self::Array(list) => list.serialize(serializer),
            Self::Scalar(scalar) => scalar.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Ordered::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Ordered, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Ordered::Array(list))
    }

    fn visit_str<E>(self, text: &str) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(text.into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(Value::Null))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Ordered;

    #[test]
    fn a_text_is_written_back_as_it_was() {
        let spec = include_str!("../../../spec/incident-tasks.openapi.json");
        let ordered = Ordered::parse(spec).unwrap();
        assert_eq!(ordered.text(), spec);
        assert_eq!(ordered.value(), serde_json::from_str::<serde_json::Value>(spec).unwrap());
        let text = "[\n  {\n    \"b\": -1,\n    \"a\": 1.5\n  },\n  true,\n  null\n]\n";
        assert_eq!(Ordered::parse(text).unwrap().text(), text);
    }

    #[test]
    fn keywords_have_our_order_and_names_their_own() {
        let value = json!({ "type": "object", "properties": { "type": { "type": "string", "description": "" }, "description": {} }, "description": "" });
        let text = Ordered::of(&value, "lamp").text();
        let order: Vec<_> = text.split('"').skip(1).step_by(2).collect();
        assert_eq!(
            order,
            [
                "description",
                "",
                "type",
                "object",
                "properties",
                "description",
                "type",
                "description",
                "",
                "type",
                "string"
            ]
        );
    }
}
