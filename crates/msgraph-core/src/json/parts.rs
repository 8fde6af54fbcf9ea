//! Members and elements of a JSON text, each as its own text: nothing is copied, whatever is in them.

use std::fmt;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Members of an object.
pub(crate) struct Members<'a, const N: usize> {
    /// Those that were asked for; `None` for one that is absent or null. Of several the last.
    pub(crate) values: [Option<&'a RawValue>; N],
    /// Whether one of them is there more than once, with different values.
    pub(crate) conflict: bool,
}

/// Returns members of an object by their names.
pub(crate) fn members<'a, const N: usize>(json: &'a str, names: [&str; N]) -> serde_json::Result<Members<'a, N>> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = deserializer.deserialize_map(Named(names))?;
    deserializer.end()?;
    Ok(members)
}

struct Named<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> Visitor<'de> for Named<'_, N> {
    type Value = Members<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members { values: [None; N], conflict: false };
        while let Some(index) = map.next_key_seed(Name(&self.0))? {
            let Some(index) = index else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = Some(map.next_value::<&RawValue>()?).filter(|json| json.get() != "null");
            let text = |json: Option<&'de RawValue>| json.map(RawValue::get);
            members.conflict |= members.values[index].is_some() && text(members.values[index]) != text(value);
            members.values[index] = value;
        }
        Ok(members)
    }
}

/// The place of a name in a list.
struct Name<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|other| *other == name))
    }
}

/// Passes each element of an array to a function, until it breaks.
pub(crate) struct Elements<F>(pub(crate) F);

impl<'de, F: FnMut(&'de RawValue) -> ControlFlow<()>> Elements<F> {
    /// Reads an array; an early end is an error.
    pub(crate) fn of(self, json: &'de str) -> serde_json::Result<()> {
        self.deserialize(&mut serde_json::Deserializer::from_str(json))
    }
}

impl<'de, F: FnMut(&'de RawValue) -> ControlFlow<()>> DeserializeSeed<'de> for Elements<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&'de RawValue) -> ControlFlow<()>> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(element) = sequence.next_element()? {
            if (self.0)(element).is_break() {
                return Err(serde::de::Error::custom("too many elements"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::members;

    #[test]
    fn members_are_texts_and_the_last_of_several_counts() {
        let read = |json| {
            let members = members(json, ["a", "b"]).ok()?;
            Some((members.values.map(|json| json.map(|json| json.get().to_owned())), members.conflict))
        };
        let text = |json: &str| Some(json.to_owned());
        assert_eq!(read(r#"{"a": 1e999, "c": "\ud83d", "b": null}"#), Some(([text("1e999"), None], false)));
        assert_eq!(read(r#"{"a":1,"a":1}"#), Some(([text("1"), None], false)));
        assert_eq!(read(r#"{"a":1,"a":2}"#), Some(([text("2"), None], true)));
        for json in ["[]", "7", "", r#"{"a":1"#, "{} 1"] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
