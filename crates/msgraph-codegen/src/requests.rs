//! Bodies of requests: which types they are, and which values they may carry.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use serde_json::Value;

use crate::bounds::{BoundedList, Range};
use crate::document::{SCHEMAS, component, join, members, operations};
use crate::normalise::referring;
use crate::open_enums::OpenEnum;
use crate::shape::{self, Shape};
use crate::{Error, names};

pub(crate) struct Request {
    pub(crate) name: Ident,
    pub(crate) checks: Vec<Check>,
}

impl Request {
    /// Whether a value of it is restricted to members of an enumeration.
    pub(crate) fn has_members(&self) -> bool {
        self.checks.iter().any(|check| matches!(check.rule, Rule::Members(_)))
    }
}

/// A property that may not carry all that its type can.
pub(crate) struct Check {
    pub(crate) property: String,
    pub(crate) field: Ident,
    pub(crate) required: bool,
    pub(crate) rule: Rule,
}

pub(crate) enum Rule {
    /// One of these members.
    Members(Vec<String>),
    /// A list of this length.
    Length(Range),
}

/// Finds the types of request bodies, and gives each enumeration in them the type of the evolvable
/// one that it is a subset of.
pub(crate) fn extract(
    document: &mut Value,
    open_enums: &[OpenEnum],
    lists: Vec<BoundedList>,
) -> Result<Vec<Request>, Error> {
    let bodies: BTreeSet<String> = operations(document)
        .iter()
        .filter_map(|operation| body_component(document, operation).transpose())
        .collect::<Result<_, _>>()?;
    let bodies = with_parts(document, bodies)?;
    bodies.into_iter().map(|component| request(document, &component, open_enums, &lists)).collect()
}

/// The components, and those that they are made of.
fn with_parts(document: &Value, components: BTreeSet<String>) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    let mut left: Vec<_> = components.into_iter().collect();
    while let Some(name) = left.pop() {
        if !found.insert(name.clone()) {
            continue;
        }
        for (pointer, _, schema) in members(document, &join(&join(SCHEMAS, &name), "properties")) {
            let (pointer, schema) = match schema.get("items") {
                Some(items) => (join(&pointer, "items"), items),
                None => (pointer, schema),
            };
            if let Shape::Reference { component } | Shape::NullableReference { component } =
                shape::of(schema, &pointer)?
                && document.pointer(&join(SCHEMAS, component)).is_some_and(|part| part.get("properties").is_some())
            {
                left.push(component.to_owned());
            }
        }
    }
    Ok(found)
}

fn body_component(document: &Value, operation: &str) -> Result<Option<String>, Error> {
    let pointer = format!("{operation}/requestBody/content/application~1json/schema");
    let Some(schema) = document.pointer(&pointer) else { return Ok(None) };
    let reference = schema.get("$ref").and_then(Value::as_str).and_then(component);
    match reference {
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(Error::new(pointer, "the schema of a request body must be a reference to a component")),
    }
}

fn request(
    document: &mut Value,
    component: &str,
    open_enums: &[OpenEnum],
    lists: &[BoundedList],
) -> Result<Request, Error> {
    let pointer = join(SCHEMAS, component);
    let properties = join(&pointer, "properties");
    let required: Vec<_> =
        document["components"]["schemas"][component]["required"].as_array().cloned().unwrap_or_default();
    let mut checks = Vec::new();
    let mut replacements = Vec::new();
    for (pointer, property, schema) in members(document, &properties) {
        let required = required.contains(&property.into()) && schema.get("nullable") != Some(&Value::Bool(true));
        let field = names::field_name(property, &pointer)?;
        let list = lists.iter().find(|list| list.component == component && list.property == property);
        if let Some(list) = list {
            let (property, rule) = (property.to_owned(), Rule::Length(list.range.clone()));
            checks.push(Check { property, field, required, rule });
        } else if let Shape::Enumeration { members: allowed } = shape::of(schema, &pointer)? {
            let open_enum = superset(&allowed, open_enums, &pointer)?;
            checks.push(Check {
                property: property.to_owned(),
                field,
                required,
                rule: Rule::Members(allowed.iter().map(|&member| member.to_owned()).collect()),
            });
            replacements.push((pointer, referring(schema, &open_enum.component)));
        }
    }
    for (pointer, replacement) in replacements {
        if let Some(schema) = document.pointer_mut(&pointer) {
            *schema = replacement;
        }
    }
    Ok(Request { name: names::type_name(component, &pointer)?, checks })
}

fn superset<'e>(allowed: &[&str], open_enums: &'e [OpenEnum], pointer: &str) -> Result<&'e OpenEnum, Error> {
    let has_all = |open_enum: &&OpenEnum| {
        let has = |text: &&str| open_enum.members.iter().any(|member| member.text == **text);
        allowed.iter().all(has)
    };
    let mut found = open_enums.iter().filter(has_all);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Error::new(pointer, "the values of a request must be a subset of one evolvable enumeration")),
        (Some(one), Some(other)) => Err(Error::new(
            pointer,
            format!(
                "these values are in both {} and {}: it is not clear which is meant",
                one.component, other.component
            ),
        )),
    }
}
