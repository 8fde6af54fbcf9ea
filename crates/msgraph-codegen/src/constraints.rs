//! The rules for the values of a request: bounds, lengths, lists of allowed texts. They are checked before sending; a
//! response is read whatever it has.

use msgraph_openapi::Error;
use msgraph_openapi::pointer::join;
use serde_json::Value;

use crate::shape::{self, Shape};

/// A rule for a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// One of these members of an open enum.
    Members(Vec<String>),
    /// One of these texts.
    Texts(Vec<String>),
    /// A whole number in this range.
    Number(Range),
    /// A number in this range; whether it is a decimal.
    Fraction { minimum: f64, maximum: f64, is_decimal: bool },
    /// A text of this many characters.
    Length(Range),
    /// A list of this length.
    Items(Range),
    /// A list without equal items.
    Unique,
    /// A list whose items have rules, and can be null.
    Each { rules: Vec<Rule>, nullable: bool },
    /// A value of a type that has rules itself, by component.
    Part(String),
}

/// A range, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) minimum: i64,
    pub(crate) maximum: i64,
}

impl Range {
    /// Returns the range in words, for errors.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self { minimum, maximum: i64::MAX } => format!("at least {minimum}"),
            Self { minimum: i64::MIN, maximum } => format!("at most {maximum}"),
            Self { minimum, maximum } => format!("{minimum} to {maximum}"),
        }
    }
}

/// Returns the rules of the schema at a pointer. A reference is a [`Rule::Part`].
pub(crate) fn of(schema: &Value, pointer: &str) -> Result<Vec<Rule>, Error> {
    let mut rules = Vec::new();
    match shape::of(schema, pointer)? {
        Shape::Reference { component } | Shape::NullableReference { component } => rules.push(Rule::Part(component)),
        Shape::Enumeration { members } => rules.push(texts(&members)),
        Shape::Discriminating { value } => rules.push(texts(&[value])),
        Shape::Scalar if schema["type"] == "integer" => {
            rules.extend(
                range(schema, pointer, ["minimum", "maximum"])?
                    .filter(|range| !is_of_type(range, schema))
                    .map(Rule::Number),
            );
        }
        Shape::Scalar if schema["type"] == "number" => rules.extend(fraction(schema, pointer, false)?),
        Shape::Decimal => rules.extend(fraction(schema, pointer, true)?),
        Shape::Scalar => rules.extend(range(schema, pointer, ["minLength", "maxLength"])?.map(Rule::Length)),
        Shape::Array => {
            rules.extend(range(schema, pointer, ["minItems", "maxItems"])?.map(Rule::Items));
            if schema["uniqueItems"] == true {
                rules.push(Rule::Unique);
            }
            if let Some(items) = schema.get("items") {
                let each = of(items, &join(pointer, "items"))?;
                if !each.is_empty() {
                    rules.push(Rule::Each { rules: each, nullable: is_nullable(items) });
                }
            }
        }
        _ => {}
    }
    Ok(rules)
}

/// Returns true if a value can be null.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    schema["nullable"] == true || schema.get("anyOf").is_some()
}

fn texts(members: &[&str]) -> Rule {
    Rule::Texts(members.iter().map(|&member| member.to_owned()).collect())
}

/// Graph writes the range of each type of number.
fn is_of_type(range: &Range, schema: &Value) -> bool {
    let all = |minimum: i64, maximum: i64| *range == Range { minimum, maximum };
    match schema["format"].as_str() {
        Some("int8") => all(i8::MIN.into(), i8::MAX.into()),
        Some("int16") => all(i16::MIN.into(), i16::MAX.into()),
        Some("int32") => all(i32::MIN.into(), i32::MAX.into()),
        Some("uint8") => all(0, u8::MAX.into()),
        _ => all(i64::MIN, i64::MAX),
    }
}

fn range(schema: &Value, pointer: &str, [minimum, maximum]: [&str; 2]) -> Result<Option<Range>, Error> {
    let bound = |keyword: &str, absent: i64| match schema.get(keyword) {
        None => Ok(absent),
        Some(value) => {
            let error = || Error::new(join(pointer, keyword), format!("invalid bound {value}: must be a whole number"));
            value.as_i64().ok_or_else(error)
        }
    };
    if schema.get(minimum).is_none() && schema.get(maximum).is_none() {
        return Ok(None);
    }
    let range = Range { minimum: bound(minimum, i64::MIN)?, maximum: bound(maximum, i64::MAX)? };
    if range.minimum <= range.maximum {
        Ok(Some(range))
    } else {
        Err(Error::new(pointer, format!("empty range: {}", range.describe())))
    }
}

fn fraction(schema: &Value, pointer: &str, is_decimal: bool) -> Result<Option<Rule>, Error> {
    let bound = |keyword: &str, absent: f64| match schema.get(keyword) {
        None => Ok(absent),
        Some(value) => {
            let error = || Error::new(join(pointer, keyword), format!("invalid bound {value}: must be a number"));
            value.as_f64().ok_or_else(error)
        }
    };
    let (minimum, maximum) = (bound("minimum", f64::MIN)?, bound("maximum", f64::MAX)?);
    if minimum > maximum {
        return Err(Error::new(pointer, format!("empty range: {minimum} to {maximum}")));
    }
    let is_bound = minimum > f64::MIN || maximum < f64::MAX;
    Ok(is_bound.then_some(Rule::Fraction { minimum, maximum, is_decimal }))
}
