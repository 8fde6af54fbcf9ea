//! The items of a collection, and what is kept of one that can't be read.

use std::cell::Cell;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// An item of a collection. One that can't be read is kept as it arrived, so that it doesn't cost the others
/// of its page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Item<T> {
    /// What arrived.
    Read(T),
    /// What arrived is not what the description says.
    Unreadable(UnreadableItem),
}

impl<T> Item<T> {
    /// The item, where it could be read.
    pub fn read(&self) -> Option<&T> {
        match self {
            Self::Read(item) => Some(item),
            Self::Unreadable(_) => None,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if ALL_ARE_READABLE.get() {
            return T::deserialize(deserializer).map(Self::Read);
        }
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Ok(match serde_json::from_str(json.get()) {
            Ok(item) => Self::Read(item),
            Err(problem) => Self::Unreadable(UnreadableItem { problem: problem.to_string().into(), json }),
        })
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Item<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<T>()
    }
}

thread_local! {
    /// Whether what is being read on this thread fails where an item can't be read.
    static ALL_ARE_READABLE: Cell<bool> = const { Cell::new(false) };
}

/// Reads a value from JSON. To keep an item that can't be read each item has to be scanned twice, so at first it is
/// taken for granted that all can.
///
/// # Errors
///
/// Where it is no JSON, or not of the type: what is wrong, and where.
pub fn from_json<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    // Checked as a whole, and not string by string; and no type is compiled a second time, for bytes.
    let json = match std::str::from_utf8(json) {
        Ok(json) => json,
        Err(error) => return Err(not_utf8(json, error)),
    };
    ALL_ARE_READABLE.set(true);
    let reset = Reset;
    let read = serde_json::from_str(json);
    drop(reset);
    read.or_else(|_| serde_json::from_str(json))
}

fn not_utf8(json: &[u8], error: std::str::Utf8Error) -> serde_json::Error {
    // It says where, unless something else is wrong before.
    match serde_json::from_slice::<serde_json::Value>(json) {
        Err(problem) => problem,
        Ok(_) => serde::de::Error::custom(error),
    }
}

/// Ends what is taken for granted, even if reading panics.
struct Reset;

impl Drop for Reset {
    fn drop(&mut self) {
        ALL_ARE_READABLE.set(false);
    }
}

/// An item that is not what the description says.
#[derive(Clone)]
pub struct UnreadableItem {
    json: Box<RawValue>,
    problem: Box<str>,
}

impl UnreadableItem {
    /// The item's JSON, character by character as it arrived.
    pub fn json(&self) -> &str {
        self.json.get()
    }

    /// What is wrong with it, and where in [`json`](Self::json).
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl PartialEq for UnreadableItem {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Serialize for UnreadableItem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl fmt::Debug for UnreadableItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnreadableItem").field("problem", &self.problem).finish_non_exhaustive()
    }
}

impl fmt::Display for UnreadableItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the item is not what the description says: {}", self.problem)
    }
}

impl std::error::Error for UnreadableItem {}

#[cfg(test)]
mod tests {
    use super::{Item, from_json};

    #[test]
    fn one_item_that_can_not_be_read_costs_no_other_however_reading_began() {
        let read: Vec<Item<u8>> = from_json(b"[1, 2]").unwrap();
        assert_eq!(read, [Item::Read(1), Item::Read(2)]);
        let read: Vec<Item<u8>> = from_json(b"[1, \"x\", 2]").unwrap();
        assert_eq!(read.iter().map(Item::read).collect::<Vec<_>>(), [Some(&1), None, Some(&2)]);
        assert!(from_json::<Vec<Item<u8>>>(b"[1, 2").is_err());
        // What is taken for granted holds for one reading alone.
        assert_eq!(serde_json::from_str::<Vec<Item<u8>>>("[null]").unwrap()[0].read(), None);
    }

    #[test]
    fn what_is_no_utf_8_is_an_error_that_says_where() {
        let problem = from_json::<Vec<Item<String>>>(b"[\"a\",\n\"\xff\"]").unwrap_err();
        assert_eq!((problem.line(), problem.column()), (2, 2), "{problem}");
    }

    #[test]
    fn what_can_not_be_read_is_kept_letter_by_letter_and_the_others_are_read() {
        let text = r#"[1, {"a" : 1.50}, 2, null, 1e999]"#;
        let items: Vec<Item<u8>> = serde_json::from_str(text).unwrap();
        let kept = |item: &Item<u8>| match item {
            Item::Read(number) => number.to_string(),
            Item::Unreadable(item) => item.json().to_owned(),
        };
        assert_eq!(items.iter().map(kept).collect::<Vec<_>>(), ["1", r#"{"a" : 1.50}"#, "2", "null", "1e999"]);
        assert_eq!(serde_json::to_string(&items).unwrap(), r#"[1,{"a" : 1.50},2,null,1e999]"#);
    }
}
