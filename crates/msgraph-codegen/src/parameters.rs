//! The parameters of an operation.

use std::collections::BTreeSet;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS};
use proc_macro2::Ident;
use serde_json::Value;

use crate::constraints::{self, Range, Rule};
use crate::descriptions::Markdown;
use crate::names;
use crate::shape::{self, Shape};
use crate::values::scalar;

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
        self.rules.iter().any(Rule::has_list)
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
        let required = value["required"] == true;
        let explode = value.get("explode").is_none_or(|explode| *explode == true);
        let (kind, mut rules) = match value.get("schema") {
            Some(schema) => {
                let schema = resolved(document, schema, &pointer)?;
                let rules = constraints::of(&schema, &pointer)?;
                (kind(document, &schema, &pointer, location, explode)?, rules)
            }
            None => (Kind::Json, Vec::new()),
        };
        // An enumeration has no rules of its own here, and a list without items is not sent.
        rules.retain_mut(|rule| rule.keep_parts(&BTreeSet::new()));
        if required && matches!(kind, Kind::List { .. }) && !rules.iter().any(|rule| matches!(rule, Rule::Items(_))) {
            rules.push(Rule::Items(Range { minimum: Some(1), maximum: None }));
        }
        let name = parameter.name.trim_start_matches('$');
        found.push(Parameter {
            name: parameter.name.to_owned(),
            field: names::field_name(name, &parameter.pointer)?,
            docs: docs(value, &rules),
            deprecated: value["deprecated"] == true,
            location,
            required,
            quotation: quotation(operation.path, parameter.name)
                .map_err(|message| Error::new(&parameter.declared_at, message))?,
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

/// Returns the schema of a parameter, without references to components that are a value of JSON's own types or a list.
fn resolved(document: &Value, schema: &Value, pointer: &str) -> Result<Value, Error> {
    let mut schema = schema.clone();
    let mut seen = BTreeSet::new();
    while let Shape::Reference { component } = shape::of(&schema, pointer)?
        && seen.insert(component.clone())
    {
        let target = join(SCHEMAS, &component);
        let component = document.pointer(&target).unwrap_or(&Value::Null);
        match shape::of(component, &target)? {
            Shape::Evolvable { .. } | Shape::Enumeration { .. } | Shape::Discriminating { .. } => break,
            _ => schema = component.clone(),
        }
    }
    if let Some(items) = schema.get("items") {
        schema["items"] = resolved(document, items, &join(pointer, "items"))?;
    }
    Ok(schema)
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

/// Returns how the value of a parameter is in the path, in each place.
fn quotation(path: &str, name: &str) -> Result<Quotation, &'static str> {
    let parameter = format!("{{{name}}}");
    let mut found = path.match_indices(&parameter).map(|(start, _)| {
        let (before, after) = (&path[..start], &path[start + parameter.len()..]);
        let segment = before.rsplit('/').next().unwrap_or_default();
        if before.ends_with('\'') && after.starts_with('\'') {
            Quotation::Quoted
        } else if segment.matches('(').count() > segment.matches(')').count() {
            Quotation::Argument
        } else {
            Quotation::None
        }
    });
    let first = found.next().unwrap_or(Quotation::None);
    if found.all(|other| other == first) {
        Ok(first)
    } else {
        Err("this parameter is in the path between quotes and without them; use two parameters")
    }
}

fn kind(document: &Value, schema: &Value, pointer: &str, location: Location, explode: bool) -> Result<Kind, Error> {
    let unsupported = || {
        let message = "unsupported parameter schema: must be a string, number, boolean, enumeration, or a list of them in \
            the query or a header";
        Error::new(pointer, message)
    };
    match shape::of(schema, pointer)? {
        Shape::Enumeration { .. } | Shape::Discriminating { .. } => Ok(Kind::Text),
        Shape::Scalar => Ok(scalar(schema).map_or(Kind::Text, Kind::Copy)),
        Shape::Decimal => Ok(Kind::Named("::serde_json::Number".to_owned())),
        Shape::DateTime => Ok(Kind::Named("::msgraph_core::Timestamp".to_owned())),
        Shape::Reference { component } => {
            let target = join(SCHEMAS, &component);
            match shape::of(document.pointer(&target).ok_or_else(unsupported)?, &target)? {
                Shape::Evolvable { .. } | Shape::Enumeration { .. } | Shape::Discriminating { .. } => {
                    Ok(Kind::Named(format!("types::{}", names::type_name(&component, &target)?)))
                }
                _ => Err(unsupported()),
            }
        }
        Shape::Array if location != Location::Path => {
            let items = schema.get("items").ok_or_else(unsupported)?;
            match kind(document, items, &join(pointer, "items"), location, explode)? {
                Kind::List { .. } => Err(unsupported()),
                item => Ok(Kind::List { item: Box::new(item), explode }),
            }
        }
        _ => Err(unsupported()),
    }
}
