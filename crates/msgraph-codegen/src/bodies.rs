//! Request bodies: their types and allowed values.

use std::collections::{BTreeMap, BTreeSet};

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, component_at, component_name, members, operations, reachable};
use proc_macro2::Ident;
use serde_json::Value;

use crate::names;
use crate::normalise::referring;
use crate::open_enums::OpenEnum;
use crate::ranges::Range;
use crate::shape::{self, Shape};

/// A type in a request body.
pub(crate) struct Body {
    pub(crate) name: Ident,
    pub(crate) checks: Vec<Check>,
    /// Optional properties that may be set to null.
    pub(crate) nullable: Vec<Ident>,
}

impl Body {
    /// Returns true if a value is restricted to members of an enumeration.
    pub(crate) fn has_members(&self) -> bool {
        self.checks.iter().any(|check| matches!(check.rule, Rule::Members(_)))
    }
}

/// A property whose values are restricted.
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
    lists: BTreeMap<String, Range>,
) -> Result<Vec<Body>, Error> {
    let bodies: BTreeSet<String> = operations(document)
        .iter()
        .filter_map(|operation| operation.value.pointer("/requestBody/content/application~1json/schema/$ref")?.as_str())
        .filter_map(component_name)
        .collect();
    let bodies = with_parts(document, bodies)?;
    let in_responses = in_responses(document)?;
    let reader = Reader { open_enums, lists, in_responses };
    bodies.into_iter().map(|component| reader.body(document, &component)).collect()
}

/// Returns the components, and those that they consist of.
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
                && document.pointer(&join(SCHEMAS, &component)).is_some_and(|part| part.get("properties").is_some())
            {
                left.push(component);
            }
        }
    }
    Ok(found)
}

/// Returns the components that a response can contain.
fn in_responses(document: &Value) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    for operation in operations(document) {
        let pointers = reachable(document, &join(&operation.pointer, "responses"))?;
        found.extend(pointers.iter().filter_map(|pointer| component_at(pointer)).map(|name| name.into_owned()));
    }
    Ok(found)
}

struct Reader<'a> {
    open_enums: &'a [OpenEnum],
    lists: BTreeMap<String, Range>,
    in_responses: BTreeSet<String>,
}

impl Reader<'_> {
    fn body(&self, document: &mut Value, component: &str) -> Result<Body, Error> {
        let pointer = join(SCHEMAS, component);
        let schema = &document["components"]["schemas"][component];
        let all_required: Vec<_> = schema["required"].as_array().cloned().unwrap_or_default();
        let mut body = Body { name: names::type_name(component, &pointer)?, checks: Vec::new(), nullable: Vec::new() };
        let mut replacements = Vec::new();
        for (pointer, property, schema) in members(document, &join(&pointer, "properties")) {
            let shape = shape::of(schema, &pointer)?;
            let is_nullable = schema["nullable"] == true || matches!(shape, Shape::NullableReference { .. });
            let is_required = all_required.contains(&property.into());
            let field = names::field_name(property, &pointer)?;
            if is_nullable && !is_required && !self.in_responses.contains(component) {
                body.nullable.push(field.clone());
            }
            let (property, required) = (property.to_owned(), is_required && !is_nullable);
            if let Some(range) = self.lists.get(&pointer) {
                body.checks.push(Check { property, field, required, rule: Rule::Length(range.clone()) });
            } else if let Shape::Enumeration { members: allowed } = shape {
                let open_enum = self.superset(&allowed, &pointer)?;
                let rule = Rule::Members(allowed.iter().map(|&member| member.to_owned()).collect());
                body.checks.push(Check { property, field, required, rule });
                replacements.push((pointer, referring(schema, &open_enum.component)));
            }
        }
        for (pointer, replacement) in replacements {
            if let Some(schema) = document.pointer_mut(&pointer) {
                *schema = replacement;
            }
        }
        Ok(body)
    }

    fn superset(&self, allowed: &[&str], pointer: &str) -> Result<&OpenEnum, Error> {
        let has_all = |open_enum: &&OpenEnum| {
            let has = |text: &&str| open_enum.members.iter().any(|member| member.text == **text);
            allowed.iter().all(has)
        };
        let mut found = self.open_enums.iter().filter(has_all);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => {
                Err(Error::new(pointer, "the values of a request must be a subset of one evolvable enumeration"))
            }
            (Some(one), Some(other)) => {
                let (one, other) = (&one.component, &other.component);
                Err(Error::new(pointer, format!("ambiguous values: they are in both {one} and {other}")))
            }
        }
    }
}
