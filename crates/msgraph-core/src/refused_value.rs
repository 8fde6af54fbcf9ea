//! A value that a request can't carry.

use std::fmt;
use std::ops::RangeInclusive;

use crate::{Error, ErrorKind, OpenEnum};

/// A value that a request may not carry: a member of an evolvable enumeration, a number out of its range, or a
/// list that is too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedValue {
    property: &'static str,
    value: Box<str>,
    allowed: &'static [&'static str],
    known: bool,
}

impl RefusedValue {
    /// Checks `value` against the members that the description allows in this request.
    ///
    /// # Errors
    ///
    /// The refusal, where `value` is a member that the request can't carry (such as the sentinel
    /// `unknownFutureValue`), or one that this build doesn't know and `allow_unknown` is false.
    #[doc(hidden)]
    pub fn check<E: OpenEnum>(
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

    /// Checks a number, or the length of a list, against the range that the description allows; `allowed`
    /// says it in words.
    ///
    /// # Errors
    ///
    /// The refusal, where the number is out of the range.
    #[doc(hidden)]
    pub fn check_range(
        property: &'static str,
        number: i64,
        range: RangeInclusive<i64>,
        allowed: &'static [&'static str],
    ) -> Result<(), Self> {
        match range.contains(&number) {
            true => Ok(()),
            false => Err(Self { property, value: number.to_string().into(), allowed, known: true }),
        }
    }

    /// The error of an operation of which nothing was sent because of this.
    #[doc(hidden)]
    #[must_use]
    pub fn of_operation(self, operation: &'static str) -> Error {
        Error::new(ErrorKind::InvalidInput, self.to_string()).not_sent(Some(operation))
    }

    /// The property that was to be set.
    pub fn property(&self) -> &str {
        self.property
    }

    /// The value that was given.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What is allowed.
    pub fn allowed(&self) -> &'static [&'static str] {
        self.allowed
    }
}

impl fmt::Display for RefusedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, value, allowed, known } = self;
        let reason = if *known { "can't be sent" } else { "is not known" };
        write!(f, "{property} {value:?} {reason}; allowed: {}", allowed.join(", "))
    }
}

impl std::error::Error for RefusedValue {}
