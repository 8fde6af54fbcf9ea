//! An invalid value of a request.

use std::fmt;

use crate::error::Error;
use crate::open_enum::OpenEnum;

/// An invalid value of a request: a member of an evolvable enumeration, a number out of range, or a list of the wrong
/// length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    property: &'static str,
    value: Box<str>,
    allowed: &'static [&'static str],
    known: bool,
}

impl InvalidValue {
    /// Returns the name of the property or parameter.
    pub fn property(&self) -> &str {
        self.property
    }

    /// Returns the value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the allowed values: members, or a description of a range.
    pub fn allowed(&self) -> &'static [&'static str] {
        self.allowed
    }

    /// `value` is as the error shows it.
    pub(crate) fn new(property: &'static str, value: String, allowed: &'static [&'static str]) -> Self {
        Self { property, value: value.into(), allowed, known: true }
    }

    /// Checks a member against those that the spec allows in this request.
    pub(crate) fn check_member<E: OpenEnum>(
        property: &'static str,
        value: &E,
        allowed: &'static [&'static str],
        allow_unknown: bool,
    ) -> Result<(), Self> {
        let known = value.is_known();
        if allowed.contains(&value.as_str()) || (!known && allow_unknown) {
            return Ok(());
        }
        Err(Self { property, value: value.as_str().into(), allowed, known })
    }

    /// Checks a number, or the length of a list, against the range that the spec allows; `allowed` describes it.
    pub(crate) fn check_range(
        property: &'static str,
        number: i64,
        range: impl std::ops::RangeBounds<i64>,
        allowed: &'static [&'static str],
    ) -> Result<(), Self> {
        if range.contains(&number) {
            return Ok(());
        }
        Err(Self { property, value: number.to_string().into(), allowed, known: true })
    }
}

impl From<InvalidValue> for Error {
    fn from(invalid: InvalidValue) -> Self {
        Self::invalid_input(invalid.to_string())
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, value, allowed, known } = self;
        let unknown = if *known { "" } else { "unknown value, " };
        write!(f, "invalid {property} {value:?}: {unknown}allowed: {}", allowed.join(", "))
    }
}

impl std::error::Error for InvalidValue {}
