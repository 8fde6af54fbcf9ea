//! The checks of the values of a request.

use std::borrow::Cow;
use std::ops::RangeBounds;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::invalid_value::InvalidValue;
use crate::open_enum::OpenEnum;
use crate::patch::Patch;

/// A part of a request body whose values are checked.
pub trait Validate {
    /// Checks each value.
    ///
    /// # Errors
    ///
    /// The first invalid value.
    fn validate(&self) -> Result<(), InvalidValue>;
}

impl<T: Validate> Validate for Option<T> {
    fn validate(&self) -> Result<(), InvalidValue> {
        self.as_ref().map_or(Ok(()), Validate::validate)
    }
}

impl<T: Validate> Validate for Patch<T> {
    fn validate(&self) -> Result<(), InvalidValue> {
        self.value().map_or(Ok(()), Validate::validate)
    }
}

impl<T: Validate> Validate for Vec<T> {
    fn validate(&self) -> Result<(), InvalidValue> {
        self.iter().try_for_each(Validate::validate)
    }
}

impl<T: Validate + ?Sized> Validate for Box<T> {
    fn validate(&self) -> Result<(), InvalidValue> {
        (**self).validate()
    }
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
    let known = value.is_known();
    if allowed.contains(&value.as_str()) || (!known && allow_unknown) {
        return Ok(());
    }
    let mut invalid = InvalidValue::new(property, value.as_str().to_owned(), allowed);
    invalid.known = known;
    Err(invalid)
}

/// Checks a text against those that the spec allows in a request.
///
/// # Errors
///
/// If it is another one, and `allow_unknown` is false.
pub fn check_text(
    property: &'static str,
    text: &str,
    allowed: &'static [&'static str],
    allow_unknown: bool,
) -> Result<(), InvalidValue> {
    if allow_unknown || allowed.contains(&text) {
        return Ok(());
    }
    Err(InvalidValue::new(property, text.to_owned(), allowed))
}

/// Checks a number, or the length of a list, against the range that the spec allows; `allowed` has it in words.
///
/// # Errors
///
/// If the number is out of the range.
pub fn check_range(
    property: &'static str,
    number: impl TryInto<i64>,
    range: impl RangeBounds<i64>,
    allowed: &'static [&'static str],
) -> Result<(), InvalidValue> {
    let number = number.try_into().unwrap_or(i64::MAX);
    if range.contains(&number) { Ok(()) } else { Err(InvalidValue::new(property, number.to_string(), allowed)) }
}

/// Checks a number that can have a fraction.
///
/// # Errors
///
/// If the number is out of the range, or not a number.
pub fn check_number(
    property: &'static str,
    number: f64,
    range: impl RangeBounds<f64>,
    allowed: &'static [&'static str],
) -> Result<(), InvalidValue> {
    if number.is_finite() && range.contains(&number) {
        Ok(())
    } else {
        Err(InvalidValue::new(property, number.to_string(), allowed))
    }
}

/// Checks the number of characters of a text.
///
/// # Errors
///
/// If there are more or fewer than the range has.
pub fn check_length(
    property: &'static str,
    text: &str,
    range: impl RangeBounds<i64>,
    allowed: &'static [&'static str],
) -> Result<(), InvalidValue> {
    check_range(property, text.chars().count(), range, allowed)
}

/// Checks that no two items of a list are equal.
///
/// # Errors
///
/// If two are.
pub fn check_unique<T: PartialEq + std::fmt::Debug>(property: &'static str, items: &[T]) -> Result<(), InvalidValue> {
    let is_repeated = |(index, item): &(usize, &T)| items[..*index].contains(item);
    match items.iter().enumerate().find(is_repeated) {
        Some((_, item)) => {
            let item = format!("{item:?}").trim_matches('"').to_owned();
            Err(InvalidValue::new(property, item, &["each item once"]))
        }
        None => Ok(()),
    }
}

/// Reads each value of a map as the type that the spec has for it. Annotations of OData, whose names have an `@`, have
/// other types.
///
/// # Errors
///
/// The first value of another type.
pub fn map_values<T: DeserializeOwned>(
    property: &'static str,
    map: &Map<String, Value>,
    allowed: &'static [&'static str],
) -> Result<Vec<T>, InvalidValue> {
    let values = map.iter().filter(|(name, _)| !name.contains('@'));
    let read = |(_, value): (_, &Value)| {
        T::deserialize(value).map_err(|_| InvalidValue::new(property, value.to_string(), allowed))
    };
    values.map(read).collect()
}

/// Checks that a text can be an argument of an OData function without quotes, and cannot end it.
///
/// # Errors
///
/// If it has other characters than letters, digits and `-._:`.
pub fn check_argument(property: &'static str, text: &str) -> Result<(), InvalidValue> {
    if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-._:".contains(c)) {
        return Ok(());
    }
    Err(InvalidValue::new(property, text.to_owned(), &["letters, digits, and - . _ :"]))
}

/// Returns a text as it is between the quotes of an OData string, in which a quote is written twice.
pub fn quoted(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\'') { text.replace('\'', "''").into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{Validate, check_argument, check_number, check_text, check_unique, quoted};
    use crate::invalid_value::InvalidValue;
    use crate::patch::Patch;

    struct Part(bool);

    impl Validate for Part {
        fn validate(&self) -> Result<(), InvalidValue> {
            check_text("part", if self.0 { "on" } else { "off" }, &["on"], false)
        }
    }

    #[test]
    fn a_part_is_checked_wherever_it_is() {
        for (is_valid, part) in [(true, true), (false, false)] {
            assert_eq!(Some(Part(part)).validate().is_ok(), is_valid);
            assert_eq!(vec![Part(true), Part(part)].validate().is_ok(), is_valid);
            assert_eq!(Patch::Value(Box::new(Part(part))).validate().is_ok(), is_valid);
        }
        assert!(None::<Part>.validate().is_ok() && Patch::<Part>::Null.validate().is_ok());
    }

    #[test]
    fn an_invalid_value_is_shown_with_what_is_allowed() {
        let error = |result: Result<(), InvalidValue>| result.unwrap_err().to_string();
        assert_eq!(error(Part(false).validate()), r#"invalid part "off": allowed: on"#);
        assert_eq!(error(check_unique("tags", &["a", "b", "a"])), r#"invalid tags "a": allowed: each item once"#);
        assert!(check_number("n", f64::NAN, 0.0..=1.0, &["0 to 1"]).is_err());
        assert!(check_unique("tags", &[1, 2]).is_ok());
    }

    #[test]
    fn an_argument_cannot_end_itself() {
        for text in ["", "1)", "1,b=2", "a b", "'a'", "a/b"] {
            assert!(check_argument("id", text).is_err(), "{text}");
        }
        assert!(check_argument("id", "2023-06-26T19:07:39.7Z").is_ok());
        assert_eq!(quoted("O'Neil".into()), "O''Neil");
    }
}
