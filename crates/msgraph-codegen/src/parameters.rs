//! The parameters of an operation.

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS};
use proc_macro2::Ident;
use serde_json::Value;

use crate::constraints::{self, Rule};
use crate::descriptions::Markdown;
use crate::names;
use crate::shape::{self, Shape};

/// The field for the choice to send values that the spec does not list; it is not a parameter.
pub(crate) const CHOICE: &str = "allow_unknown_values";

pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) field: Ident,
    pub(crate) docs: Markdown,
    pub(crate) deprecated: bool,
    pub(crate) location: Location,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
    pub(crate) rules: Vec<Rule>,
    pub(crate) quotation: Quotation,
    pub(crate) declared_at: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
}

impl Location {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// How a value is in the path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quotation {
    /// As it is.
    None,
    /// Between the quotes of an OData string.
    Quoted,
    /// As an argument of an OData function, or a key, without quotes.
    Argument,
}

/// The type of a parameter.
pub(crate) enum Kind {
    Text,
    /// A number or boolean.
    Copy(&'static str),
    /// A type with a conversion from text.
    Named(String),
    /// Any JSON, written as text.
    Json,
    /// A list; whether each item is a parameter of its own.
    List {
        item: Box<Kind>,
        explode: bool,
    },
}

impl Kind {
    pub(crate) fn value_type(&self) -> String {
        match self {
            Self::Text => "::std::string::String".to_owned(),
            Self::Copy(name) => (*name).to_owned(),
            Self::Named(name) => name.clone(),
            Self::Json => "::serde_json::Value".to_owned(),
            Self::List { item, .. } => format!("::std::vec::Vec<{}>", item.value_type()),
        }
    }
}

impl Parameter {
    /// Returns true if its values are restricted to a list.
    pub(crate) fn has_list(&self) -> bool {
        self.rules.iter().any(|rule| match rule {
            Rule::Texts(_) => true,
            Rule::Each { rules, .. } => rules.iter().any(|rule| matches!(rule, Rule::Texts(_))),
            _ => false,
        })
    }
}

/// Returns the parameters of an operation: those of the path, the query and the headers.
pub(crate) fn of(document: &Value, operation: &msgraph_openapi::Operation<'_>) -> Result<Vec<Parameter>, Error> {
    let mut found = Vec::new();
    for parameter in operation.parameters(document)? {
        let location = match parameter.location {
            "path" => Location::Path,
            "query" => Location::Query,
            _ => Location::Header,
        };
        let pointer = join(&parameter.pointer, "schema");
        let value = parameter.value;
        let explode = value.get("explode").is_none_or(|explode| *explode == true);
        let (kind, rules) = match value.get("schema") {
            Some(schema) => (kind(document, schema, &pointer, location, explode)?, constraints::of(schema, &pointer)?),
            None => (Kind::Json, Vec::new()),
        };
        let rules: Vec<_> = rules.into_iter().filter(|rule| !has_part(rule)).collect();
        let name = parameter.name.trim_start_matches('$');
        found.push(Parameter {
            name: parameter.name.to_owned(),
            field: names::field_name(name, &parameter.pointer)?,
            docs: docs(value, &rules),
            deprecated: value["deprecated"] == true,
            location,
            required: value["required"] == true,
            quotation: quotation(operation.path, parameter.name),
            kind,
            rules,
            declared_at: parameter.declared_at,
        });
    }
    found.sort_by(|one, other| match (one.location, other.location) {
        (Location::Path, Location::Path) => std::cmp::Ordering::Equal,
        (a, b) => a.cmp(&b).then_with(|| one.name.cmp(&other.name)),
    });
    Ok(found)
}

fn has_part(rule: &Rule) -> bool {
    match rule {
        Rule::Part(_) => true,
        Rule::Each { rules, .. } => rules.iter().all(has_part),
        _ => false,
    }
}

fn docs(parameter: &Value, rules: &[Rule]) -> Markdown {
    let docs = Markdown::escaped(parameter, "description");
    let texts = rules.iter().find_map(|rule| match rule {
        Rule::Texts(texts) => Some(texts),
        Rule::Each { rules, .. } => rules.iter().find_map(|rule| match rule {
            Rule::Texts(texts) => Some(texts),
            _ => None,
        }),
        _ => None,
    });
    let Some(texts) = texts else { return docs };
    let list = texts.iter().fold(Markdown::default(), |list, text| list.and(", ", &Markdown::code(text)));
    docs.and("\n\n", &list.within("Listed values: ", "."))
}

/// Returns how the value of a parameter is in the path.
fn quotation(path: &str, name: &str) -> Quotation {
    let Some((before, after)) = path.split_once(&format!("{{{name}}}")) else { return Quotation::None };
    let segment = before.rsplit('/').next().unwrap_or_default();
    if before.ends_with('\'') && after.starts_with('\'') {
        Quotation::Quoted
    } else if segment.matches('(').count() > segment.matches(')').count() {
        Quotation::Argument
    } else {
        Quotation::None
    }
}

fn kind(document: &Value, schema: &Value, pointer: &str, location: Location, explode: bool) -> Result<Kind, Error> {
    let unsupported = || {
        let message = "unsupported parameter schema: must be a string, number, boolean, enumeration, or in a query a list \
            of them";
        Error::new(pointer, message)
    };
    match shape::of(schema, pointer)? {
        Shape::Enumeration { .. } | Shape::Discriminating { .. } => Ok(Kind::Text),
        Shape::Scalar => Ok(scalar(schema).map_or(Kind::Text, Kind::Copy)),
        Shape::Decimal => Ok(Kind::Named("::serde_json::Number".to_owned())),
        Shape::DateTime => Ok(Kind::Named("::msgraph_core::Timestamp".to_owned())),
        Shape::Reference { component } => {
            let target = join(SCHEMAS, &component);
            let schema = document.pointer(&target).ok_or_else(unsupported)?;
            match shape::of(schema, &target)? {
                Shape::Evolvable { .. } | Shape::Enumeration { .. } | Shape::Discriminating { .. } => {
                    Ok(Kind::Named(format!("types::{}", names::type_name(&component, &target)?)))
                }
                Shape::Scalar | Shape::DateTime if schema.get("nullable").is_none() => {
                    kind(document, schema, &target, location, explode)
                }
                _ => Err(unsupported()),
            }
        }
        Shape::Array if location == Location::Query => {
            let items = schema.get("items").ok_or_else(unsupported)?;
            match kind(document, items, &join(pointer, "items"), location, explode)? {
                Kind::List { .. } => Err(unsupported()),
                item => Ok(Kind::List { item: Box::new(item), explode }),
            }
        }
        _ => Err(unsupported()),
    }
}

/// Returns the Rust type of a number or boolean.
fn scalar(schema: &Value) -> Option<&'static str> {
    match (schema["type"].as_str()?, schema["format"].as_str()) {
        ("boolean", _) => Some("bool"),
        ("integer", Some("int32")) => Some("i32"),
        ("integer", _) => Some("i64"),
        ("number", Some("float")) => Some("f32"),
        ("number", _) => Some("f64"),
        _ => None,
    }
}
