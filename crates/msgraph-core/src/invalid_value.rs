//! An invalid value of a request.

use std::fmt;

use crate::error::Error;

/// An invalid value of a request: a member of an evolvable enumeration, a number out of range, or a list of the wrong
/// length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    property: &'static str,
    value: Box<str>,
    allowed: &'static [&'static str],
    /// False if this build does not know the value.
    pub(crate) known: bool,
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
