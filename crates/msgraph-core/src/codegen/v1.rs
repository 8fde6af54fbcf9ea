//! The first version of the functions for generated code.

mod collection;
mod entity;
mod members;
mod open_enum;
mod open_object;
mod presence;
mod tagged_union;

use std::ops::RangeInclusive;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use collection::{collection, decode as decode_collection};
pub use entity::{Id, decode as decode_entity, id};
pub use members::{Member, MemberSeed, WithFirst, once};
pub use open_enum::{OpenEnumVisitor, open_enum, open_enum_json_schema};
pub use open_object::open_object;
pub use presence::{nullable, optional, patch, required};
#[cfg(feature = "schemars")]
pub use schemars;
pub use tagged_union::tagged_union;
pub use {serde, serde_json};

use crate::decoded::{DecodeError, Decoded};
use crate::invalid_value::InvalidValue;
use crate::json;
use crate::open_enum::OpenEnum;

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

/// Checks a member of an enumeration against those that the spec allows in a request.
///
/// # Errors
///
/// If `value` is another known member, or an unknown one and `allow_unknown` is false.
pub fn check_member<E: OpenEnum>(
    property: &'static str,
    value: &E,
    allowed: &'static [&'static str],
    allow_unknown: bool,
) -> Result<(), InvalidValue> {
    InvalidValue::check_member(property, value, allowed, allow_unknown)
}

/// Checks a number, or the length of a list, against the range that the spec allows; `allowed` has it in words.
///
/// # Errors
///
/// If the number is out of the range.
pub fn check_range(
    property: &'static str,
    number: impl TryInto<i64>,
    range: RangeInclusive<i64>,
    allowed: &'static [&'static str],
) -> Result<(), InvalidValue> {
    InvalidValue::check_range(property, number.try_into().unwrap_or(i64::MAX), range, allowed)
}
