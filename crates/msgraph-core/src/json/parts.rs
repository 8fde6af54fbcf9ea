//! Members and elements of a JSON text, each as its own text: nothing is copied, whatever is in them.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
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
    let mut members = Members { values: [None; N], conflict: false };
    each_member(json, |name, value| {
        if let Some(index) = names.iter().position(|other| *other == name) {
            let value = Some(value).filter(|json| json.get() != "null");
            let text = |json: Option<&'a RawValue>| json.map(RawValue::get);
            members.conflict |= members.values[index].is_some() && text(members.values[index]) != text(value);
            members.values[index] = value;
        }
        ControlFlow::Continue(())
    })?;
    Ok(members)
}

/// Passes the name and the value of each member of an object to a function. Its break is an error.
pub(crate) fn each_member<'a>(
    json: &'a str,
    pass: impl FnMut(&str, &'a RawValue) -> ControlFlow<()>,
) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    deserializer.deserialize_map(Each(pass))?;
    deserializer.end()
}

/// Passes each element of an array to a function. Its break is an error, and so is an early end.
pub(crate) fn each_element<'a>(
    json: &'a str,
    mut pass: impl FnMut(&'a RawValue) -> ControlFlow<()>,
) -> serde_json::Result<()> {
    Each(|_: &str, value| pass(value)).deserialize(&mut serde_json::Deserializer::from_str(json))
}

/// Passes each member or element to a function; as a seed only elements, whose names are empty.
pub(crate) struct Each<F>(pub(crate) F);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, F: FnMut(&str, &'de RawValue) -> ControlFlow<()>> Each<F> {
    fn pass<E: Error>(&mut self, name: &str, value: &'de RawValue) -> Result<(), E> {
        if (self.0)(name, value).is_break() { Err(E::custom("too many values")) } else { Ok(()) }
    }
}

impl<'de, F: FnMut(&str, &'de RawValue) -> ControlFlow<()>> DeserializeSeed<'de> for Each<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&str, &'de RawValue) -> ControlFlow<()>> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((Name(name), value)) = map.next_entry()? {
            self.pass(&name, value)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(element) = sequence.next_element()? {
            self.pass("", element)?;
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
