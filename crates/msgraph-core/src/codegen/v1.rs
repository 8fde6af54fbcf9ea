//! The first version of the functions for generated code.

mod collection;
mod entity;
mod members;
mod open_enum;
mod open_object;
mod presence;
mod tagged_union;
mod validate;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use collection::{collection, decode as decode_collection};
pub use entity::{Id, decode as decode_entity, id};
pub use members::{Member, MemberSeed, WithFirst, once};
pub use open_enum::{OpenEnumVisitor, open_enum, open_enum_json_schema};
pub use open_object::open_object;
pub use presence::{nullable, optional, patch, required, tag};
#[cfg(feature = "schemars")]
pub use schemars;
pub use tagged_union::{from_members, from_object, tagged_union};
pub use validate::{
    Validate, check_argument, check_length, check_member, check_number, check_range, check_text, check_unique,
    map_values, quoted,
};
pub use {serde, serde_json};

use crate::decoded::{DecodeError, Decoded};
use crate::json;
use crate::patch::Patch;

/// Writes the body of a request.
///
/// # Errors
///
/// If `body` cannot be JSON.
pub fn encode(body: &impl Serialize) -> serde_json::Result<Option<Vec<u8>>> {
    serde_json::to_vec(body).map(Some)
}

/// A body that was read, or why it could not be.
pub type DecodeResult<T> = Result<Decoded<T>, DecodeError>;

/// Reads the body of a response.
///
/// # Errors
///
/// If it is not JSON, or does not match the type.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> DecodeResult<T> {
    json::read(body).map_err(DecodeError::Schema)
}

/// Sets an optional property of a body that keeps unknown properties, among which an explicit null is kept.
pub fn set_or_null<T>(
    field: &mut Option<T>,
    extra: &mut serde_json::Map<String, serde_json::Value>,
    name: &'static str,
    value: Patch<T>,
) {
    extra.remove(name);
    *field = match value {
        Patch::Value(value) => Some(value),
        Patch::Unset => None,
        Patch::Null => {
            extra.insert(name.to_owned(), serde_json::Value::Null);
            None
        }
    };
}

/// Reads the body of a response that can be empty.
///
/// # Errors
///
/// Those of `decode`.
pub fn decode_optional<T>(body: &[u8], decode: impl FnOnce(&[u8]) -> DecodeResult<T>) -> DecodeResult<Option<T>> {
    if body.is_empty() {
        return Ok(None.into());
    }
    decode(body).map(|Decoded { value, repaired }| Decoded { value: Some(value), repaired })
}
