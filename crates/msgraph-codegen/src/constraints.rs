//! The rules for the values of a request: bounds, lengths, lists of allowed texts. They are checked before sending; a
//! response is read whatever it has.

use std::collections::BTreeSet;
use std::fmt::Display;

use msgraph_openapi::Error;
use msgraph_openapi::pointer::join;
use serde_json::Value;

use crate::shape::{self, Shape};
use crate::values::{ValueType, is_nullable, value_type};

/// A rule for a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// One of these members of an open enum.
    Members(Vec<String>),
    /// One of these texts.
    Texts(Vec<String>),
    /// A whole number in this range.
    Number(Range<i64>),
    /// A number in this range; whether it is a decimal.
    Fraction { range: Range<f64>, is_decimal: bool },
    /// A text of this many characters.
    Length(Range<i64>),
    /// A list of this length.
    Items(Range<i64>),
    /// A list without equal items.
    Unique,
    /// A list whose items have rules, and can be null.
    Each { rules: Vec<Rule>, nullable: bool },
    /// A map whose values are of this type, and have rules.
    Values { of: ValueType, rules: Vec<Rule>, nullable: bool },
    /// A value of a type that has rules itself, by component.
    Part(String),
}

impl Rule {
    /// Returns true if a value is restricted to a list.
    pub(crate) fn has_list(&self) -> bool {
        match self {
            Self::Members(_) | Self::Texts(_) => true,
            Self::Each { rules, .. } | Self::Values { rules, .. } => rules.iter().any(Self::has_list),
            _ => false,
        }
    }

    /// Returns the components that have rules of their own.
    pub(crate) fn parts(&self) -> Vec<&String> {
        match self {
            Self::Part(component) => vec![component],
            Self::Each { rules, .. } | Self::Values { rules, .. } => rules.iter().flat_map(Self::parts).collect(),
            _ => Vec::new(),
        }
    }

    /// Removes the components that are not among these, and returns true if anything is left.
    pub(crate) fn keep_parts(&mut self, checked: &BTreeSet<String>) -> bool {
        let keep = |rules: &mut Vec<Self>| rules.retain_mut(|rule| rule.keep_parts(checked));
        match self {
            Self::Part(component) => checked.contains(component),
            Self::Each { rules, .. } => {
                keep(rules);
                !rules.is_empty()
            }
            // Their type is a rule itself.
            Self::Values { rules, .. } => {
                keep(rules);
                true
            }
            _ => true,
        }
    }
}

/// A range, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range<T> {
    pub(crate) minimum: Option<T>,
    pub(crate) maximum: Option<T>,
}

impl<T: Display> Range<T> {
    /// Returns the range in words, for errors.
    pub(crate) fn describe(&self) -> String {
        match (&self.minimum, &self.maximum) {
            (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}"),
            (Some(minimum), None) => format!("at least {minimum}"),
            (None, Some(maximum)) => format!("at most {maximum}"),
            (None, None) => "any".to_owned(),
        }
    }
}

/// How a whole number is read.
const WHOLE: (fn(&Value) -> Option<i64>, &str) = (Value::as_i64, "a whole number");

/// Returns the rules of the schema at a pointer. A reference is a [`Rule::Part`].
pub(crate) fn of(schema: &Value, pointer: &str) -> Result<Vec<Rule>, Error> {
    let mut rules = Vec::new();
    match shape::of(schema, pointer)? {
        Shape::Reference { component } | Shape::NullableReference { component } => rules.push(Rule::Part(component)),
        Shape::Enumeration { members } => rules.push(texts(&members)),
        Shape::Discriminating { value } => rules.push(texts(&[value])),
        Shape::Scalar if schema["type"] == "integer" => {
            let range = range(schema, pointer, ["minimum", "maximum"], WHOLE)?;
            rules.extend(range.filter(|range| !is_of_type(range, schema)).map(Rule::Number));
        }
        shape @ (Shape::Scalar | Shape::Decimal) if schema["type"] == "number" => {
            let range = range(schema, pointer, ["minimum", "maximum"], (Value::as_f64, "a number"))?;
            rules.extend(range.map(|range| Rule::Fraction { range, is_decimal: shape == Shape::Decimal }));
        }
        Shape::Scalar => rules.extend(range(schema, pointer, ["minLength", "maxLength"], WHOLE)?.map(Rule::Length)),
        Shape::Array => {
            rules.extend(range(schema, pointer, ["minItems", "maxItems"], WHOLE)?.map(Rule::Items));
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
        Shape::Object => rules.extend(values(schema, pointer)?),
        _ => {}
    }
    Ok(rules)
}

/// Returns the rule for the values of a map, and for the unknown properties of an object.
fn values(schema: &Value, pointer: &str) -> Result<Option<Rule>, Error> {
    let pointer = join(pointer, "additionalProperties");
    let Some(schema) = schema.get("additionalProperties").filter(|schema| schema.is_object()) else { return Ok(None) };
    let Some(of_values) = value_type(schema, &pointer)? else { return Ok(None) };
    Ok(Some(Rule::Values { of: of_values, rules: of(schema, &pointer)?, nullable: is_nullable(schema) }))
}

fn texts(members: &[&str]) -> Rule {
    Rule::Texts(members.iter().map(|&member| member.to_owned()).collect())
}

/// Graph writes the range of each type of number.
fn is_of_type(range: &Range<i64>, schema: &Value) -> bool {
    let all = |minimum: i64, maximum: i64| *range == Range { minimum: Some(minimum), maximum: Some(maximum) };
    match schema["format"].as_str() {
        Some("int8") => all(i8::MIN.into(), i8::MAX.into()),
        Some("int16") => all(i16::MIN.into(), i16::MAX.into()),
        Some("int32") => all(i32::MIN.into(), i32::MAX.into()),
        Some("uint8") => all(0, u8::MAX.into()),
        _ => all(i64::MIN, i64::MAX),
    }
}

/// Returns the range of two keywords, if the schema has one of them; `read` returns a bound, which is `kind`.
fn range<T: Display + PartialOrd>(
    schema: &Value,
    pointer: &str,
    [minimum, maximum]: [&str; 2],
    (read, kind): (fn(&Value) -> Option<T>, &str),
) -> Result<Option<Range<T>>, Error> {
    let bound = |keyword: &str| {
        let error = |value| Error::new(join(pointer, keyword), format!("invalid bound {value}: must be {kind}"));
        schema.get(keyword).map(|value| read(value).ok_or_else(|| error(value))).transpose()
    };
    let range = Range { minimum: bound(minimum)?, maximum: bound(maximum)? };
    match (&range.minimum, &range.maximum) {
        (None, None) => Ok(None),
        (Some(minimum), Some(maximum)) if minimum > maximum => {
            Err(Error::new(pointer, format!("empty range: {}", range.describe())))
        }
        _ => Ok(Some(range)),
    }
}
