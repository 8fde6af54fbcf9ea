//! Reads and writes the members of an object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The name of a member: a known one, or text.
pub enum Member<K> {
    /// A known member.
    Known(K),
    /// Any other.
    Other(String),
}

/// Reads the name of a member. The function recognizes known ones, so that they are not copied.
pub struct MemberSeed<F>(pub F);

impl<'de, K, F: Fn(&str) -> Option<K>> DeserializeSeed<'de> for MemberSeed<F> {
    type Value = Member<K>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member<K>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<K, F: Fn(&str) -> Option<K>> Visitor<'_> for MemberSeed<F> {
    type Value = Member<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member<K>, E> {
        Ok((self.0)(name).map_or_else(|| Member::Other(name.to_owned()), Member::Known))
    }
}

/// Checks that a member is not a duplicate.
///
/// # Errors
///
/// If it is a duplicate.
#[inline]
pub fn once<T, E: serde::de::Error>(member: &Option<T>, name: &'static str) -> Result<(), E> {
    if member.is_none() { Ok(()) } else { Err(E::duplicate_field(name)) }
}

/// The members of an object whose first one was read.
pub struct WithFirst<A> {
    name: Option<&'static str>,
    value: Value,
    rest: A,
}

impl<A> WithFirst<A> {
    /// Returns all members: the first one, and the rest.
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
