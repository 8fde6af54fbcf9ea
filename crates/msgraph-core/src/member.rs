//! The members of an object as they are read, for generated code.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// A member's name: the number of one that is known, or the text.
pub enum Member {
    /// One that the reader knows.
    Known(usize),
    /// Any other.
    Other(String),
}

/// Reads a member's name. The function numbers those that are known, so that their texts are not copied.
pub struct MemberSeed<F>(pub F);

impl<'de, F: Fn(&str) -> Option<usize>> DeserializeSeed<'de> for MemberSeed<F> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<F: Fn(&str) -> Option<usize>> Visitor<'_> for MemberSeed<F> {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member, E> {
        Ok((self.0)(name).map_or_else(|| Member::Other(name.to_owned()), Member::Known))
    }
}

/// The members of an object whose first one was read.
pub struct WithFirst<A> {
    name: Option<&'static str>,
    value: Value,
    rest: A,
}

impl<A> WithFirst<A> {
    /// All members: the first one, and the rest.
    pub fn new(name: &'static str, value: Value, rest: A) -> Self {
        Self { name: Some(name), value, rest }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithFirst<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.name.take() {
            Some(name) => seed.deserialize(serde::de::value::StrDeserializer::new(name)).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Value::Null => self.rest.next_value_seed(seed),
            first => seed.deserialize(first).map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::MapAccessDeserializer;
    use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
    use serde_json::{Map, Value, json};

    use super::{Member, MemberSeed, WithFirst};

    /// Reads its first member apart from the others, and then all of them.
    #[derive(Debug, PartialEq)]
    struct Whole(Map<String, Value>);

    impl<'de> Deserialize<'de> for Whole {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Object)
        }
    }

    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Whole;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Whole, A::Error> {
            match members.next_key_seed(MemberSeed(|name: &str| (name == "type").then_some(0)))? {
                Some(Member::Known(0)) => {
                    let members = WithFirst::new("type", members.next_value()?, members);
                    Map::deserialize(MapAccessDeserializer::new(members)).map(Whole)
                }
                _ => Err(serde::de::Error::custom("it does not begin with its type")),
            }
        }
    }

    #[test]
    fn an_object_whose_first_member_was_read_is_whole_again() {
        let text = r#"{"type": "a", "b": null, "c": [1], "type2": "d"}"#;
        let Whole(read) = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(read), json!({ "type": "a", "b": null, "c": [1], "type2": "d" }));
        assert!(serde_json::from_str::<Whole>(r#"{"b": 1}"#).is_err());
    }
}
