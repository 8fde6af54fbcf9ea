//! Entities, which have an ID.

use serde::de::{DeserializeOwned, Error as _};

use crate::decoded::{DecodeError, Decoded};
use crate::json;

/// Reads an entity that was requested by its ID; `select` is what the request selects, if anything.
///
/// # Errors
///
/// If the body is not JSON, does not match the type, has no ID although it is selected, or has another one. IDs are
/// compared without regard to case.
pub fn decode<T: DeserializeOwned>(
    body: &[u8],
    requested: &str,
    select: Option<&str>,
    id: impl Fn(&T) -> Option<&str>,
) -> Result<Decoded<T>, DecodeError> {
    let decoded = json::read(body)?;
    match id(&decoded.value).filter(|id| !id.is_empty()) {
        Some(id) if !is_same(id, requested) => {
            Err(DecodeError::OtherEntity { id: id.to_owned(), requested: requested.to_owned() })
        }
        None if selects_id(select) => Err(serde_json::Error::missing_field("id").into()),
        _ => Ok(decoded),
    }
}

/// A property that has an ID: a text, or one that can be absent.
pub trait Id {
    /// Returns the ID.
    fn get(&self) -> Option<&str>;
}

impl Id for String {
    fn get(&self) -> Option<&str> {
        Some(self)
    }
}

impl Id for Option<String> {
    fn get(&self) -> Option<&str> {
        self.as_deref()
    }
}

/// Returns an ID.
pub fn id(property: &impl Id) -> Option<&str> {
    property.get()
}

/// Returns true if a request selects the ID, as one without a selection does.
pub(super) fn selects_id(select: Option<&str>) -> bool {
    let mut properties = select.unwrap_or("*").split(',').map(str::trim);
    properties.any(|property| matches!(property, "" | "*") || property.eq_ignore_ascii_case("id"))
}

fn is_same(id: &str, other: &str) -> bool {
    id == other || id.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::decode;

    #[derive(Deserialize)]
    struct Lamp {
        id: Option<String>,
    }

    #[test]
    fn an_entity_has_the_id_that_was_requested() {
        let missing = "response body does not match the schema: missing field `id`";
        let other =
            |id: &str, requested: &str| format!("response body has the id {id:?}, but {requested:?} was requested");
        for (body, requested, select, problem) in [
            (r#"{"id":"1"}"#, "1", None, None),
            (r#"{"id":"AB-É"}"#, "ab-é", Some("state"), None),
            (r#"{"id":"2"}"#, "1", Some("state"), Some(other("2", "1"))),
            (r#"{"id":"1 "}"#, "1", None, Some(other("1 ", "1"))),
            ("{}", "1", Some("state,name"), None),
            ("{}", "1", None, Some(missing.to_owned())),
            (r#"{"id":null}"#, "1", Some("state, ID"), Some(missing.to_owned())),
            (r#"{"id":""}"#, "1", Some("*"), Some(missing.to_owned())),
            (r#"{"value":{"id":"1"}}"#, "1", Some(""), Some(missing.to_owned())),
        ] {
            let read = decode::<Lamp>(body.as_bytes(), requested, select, |lamp| lamp.id.as_deref());
            assert_eq!(read.err().map(|problem| problem.to_string()), problem, "{body} {select:?}");
        }
    }
}
