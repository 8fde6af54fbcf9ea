//! Request bodies: their types and allowed values.

use std::collections::BTreeSet;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, component_at, component_name, members, operations, reachable};
use proc_macro2::Ident;
use serde_json::Value;

use crate::constraints::{self, Rule};
use crate::inheritance::TAG;
use crate::names;
use crate::normalise::referring;
use crate::open_enums::OpenEnum;
use crate::parameters::CHOICE;
use crate::problems::Problems;
use crate::tagged_unions::TaggedUnion;
use crate::values::is_nullable;

/// A type in a request body.
pub(crate) struct Body {
    pub(crate) component: String,
    pub(crate) name: Ident,
    pub(crate) checks: Vec<Check>,
    /// The JSON names of optional properties that may be set to null.
    pub(crate) nullable: BTreeSet<String>,
}

impl Body {
    /// Returns true if a value is restricted to a list, and the choice to send another can be made.
    pub(crate) fn has_choice(&self) -> bool {
        self.checks.iter().any(|check| check.property.is_some() && check.rule.has_list())
    }
}

/// A value that is restricted.
pub(crate) struct Check {
    /// The JSON name of the property. `None` is the value itself if its type has no properties, and else the unknown
    /// properties.
    pub(crate) property: Option<String>,
    pub(crate) required: bool,
    pub(crate) rule: Rule,
}

/// Finds the types of request bodies, and gives each enumeration in them the type of the open one that it is a subset
/// of, if there is one.
pub(crate) fn extract(
    document: &mut Value,
    open_enums: &[OpenEnum],
    tagged_unions: &mut [TaggedUnion],
    problems: &mut Problems,
) -> Vec<Body> {
    let components: BTreeSet<String> = operations(document)
        .iter()
        .filter_map(|operation| operation.request_body(document).ok()?)
        .filter_map(|body| component_name(body.value.pointer("/content/application~1json/schema/$ref")?.as_str()?))
        .collect();
    let components = problems.keep(with_parts(document, tagged_unions, components)).unwrap_or_default();
    let reader = Reader { open_enums, tagged_unions };
    let mut bodies = Vec::new();
    for component in components {
        bodies.extend(problems.keep(reader.body(document, &component)).flatten());
    }
    keep_parts_with_rules(&mut bodies, tagged_unions);
    for body in bodies.iter().filter(|body| body.has_choice()) {
        for (pointer, name, _) in members(document, &join(&join(SCHEMAS, &body.component), "properties")) {
            if names::field_name(name, &pointer).is_ok_and(|field| field == CHOICE) {
                let message = format!(
                    "the property {name:?} and the choice of unknown values would both be {CHOICE} in Rust; rename it"
                );
                problems.add(Error::new(pointer, message));
            }
        }
    }
    bodies
}

/// Returns the components and those in them.
fn with_parts(
    document: &Value,
    tagged_unions: &[TaggedUnion],
    components: BTreeSet<String>,
) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    let mut left: Vec<_> = components.into_iter().collect();
    while let Some(name) = left.pop() {
        if !found.insert(name.clone()) {
            continue;
        }
        let union = tagged_unions.iter().find(|union| union.component == name);
        left.extend(union.into_iter().flat_map(|union| union.arms.iter().map(|arm| arm.component.clone())));
        let pointer = join(SCHEMAS, &name);
        let own = document.pointer(&pointer).map(|schema| (pointer.clone(), schema));
        let properties = members(document, &join(&pointer, "properties")).map(|(pointer, _, schema)| (pointer, schema));
        for (pointer, schema) in properties.chain(own) {
            left.extend(constraints::of(schema, &pointer)?.iter().flat_map(Rule::parts).cloned());
        }
    }
    Ok(found)
}

/// Returns the components that a response can contain.
pub(crate) fn in_responses(document: &Value) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    for operation in operations(document) {
        let pointers = reachable(document, &join(&operation.pointer, "responses"))?;
        found.extend(pointers.iter().filter_map(|pointer| component_at(pointer)).map(|name| name.into_owned()));
    }
    Ok(found)
}

struct Reader<'a> {
    open_enums: &'a [OpenEnum],
    tagged_unions: &'a [TaggedUnion],
}

impl Reader<'_> {
    fn body(&self, document: &mut Value, component: &str) -> Result<Option<Body>, Error> {
        let pointer = join(SCHEMAS, component);
        let Some(schema) = document.pointer(&pointer) else { return Ok(None) };
        let all_required: Vec<_> = schema["required"].as_array().cloned().unwrap_or_default();
        let name = names::type_name(component, &pointer)?;
        let mut body = Body { component: component.to_owned(), name, checks: Vec::new(), nullable: BTreeSet::new() };
        let mut replacements = Vec::new();
        let has_properties = schema["properties"].as_object().is_some_and(|properties| !properties.is_empty());
        for mut rule in constraints::of(schema, &pointer)? {
            // Among unknown properties are the known ones that were set to null.
            if let (Rule::Values { nullable, .. }, true) = (&mut rule, has_properties) {
                *nullable = true;
            }
            self.with_open_enum(&mut rule, schema, &pointer, &mut replacements)?;
            body.checks.push(Check { property: None, required: true, rule });
        }
        for (pointer, property, schema) in members(document, &join(&pointer, "properties")) {
            let is_required = all_required.contains(&property.into());
            let is_nullable = is_nullable(schema);
            if is_nullable && !is_required {
                body.nullable.insert(property.to_owned());
            }
            if self.is_tag(component, property) {
                continue;
            }
            for mut rule in constraints::of(schema, &pointer)? {
                self.with_open_enum(&mut rule, schema, &pointer, &mut replacements)?;
                let required = is_required && !is_nullable;
                body.checks.push(Check { property: Some(property.to_owned()), required, rule });
            }
        }
        for (pointer, replacement) in replacements {
            if let Some(schema) = document.pointer_mut(&pointer) {
                *schema = replacement;
            }
        }
        Ok(Some(body))
    }

    /// Returns true if a property tells the members of a union apart.
    fn is_tag(&self, component: &str, property: &str) -> bool {
        let is_of =
            |union: &TaggedUnion| union.property == property && union.arms.iter().any(|arm| arm.component == component);
        property == TAG || self.tagged_unions.iter().any(is_of)
    }

    /// Gives a list of texts the type of the open enum that has them all.
    fn with_open_enum(
        &self,
        rule: &mut Rule,
        schema: &Value,
        pointer: &str,
        replacements: &mut Vec<(String, Value)>,
    ) -> Result<(), Error> {
        match rule {
            Rule::Each { rules, .. } => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                rules
                    .iter_mut()
                    .try_for_each(|rule| self.with_open_enum(rule, items, &join(pointer, "items"), replacements))
            }
            Rule::Texts(allowed) => {
                let Some(open_enum) = self.superset(allowed, pointer)? else {
                    let nullable = schema["nullable"] == true;
                    replacements
                        .push((pointer.to_owned(), serde_json::json!({ "type": "string", "nullable": nullable })));
                    return Ok(());
                };
                replacements.push((pointer.to_owned(), referring(schema, &open_enum.component)));
                *rule = Rule::Members(std::mem::take(allowed));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn superset(&self, allowed: &[String], pointer: &str) -> Result<Option<&OpenEnum>, Error> {
        let has_all = |open_enum: &&OpenEnum| {
            let has = |text: &String| open_enum.members.iter().any(|member| member.text == *text);
            allowed.iter().all(has)
        };
        let mut found = self.open_enums.iter().filter(has_all);
        match (found.next(), found.next()) {
            (Some(one), Some(other)) => {
                let (one, other) = (&one.component, &other.component);
                let message = format!("ambiguous values: they are in both {one:?} and {other:?}; refer to one of them");
                Err(Error::new(pointer, message))
            }
            (Some(found), _) => Ok(Some(found)),
            (None, _) => self.no_member(allowed, pointer).map(|()| None),
        }
    }

    /// Checks that no open enum has some of the members, which would be a mistake.
    fn no_member(&self, allowed: &[String], pointer: &str) -> Result<(), Error> {
        for OpenEnum { component, members, .. } in self.open_enums {
            let has = |text: &&String| members.iter().any(|member| member.text == **text);
            if let (Some(_), Some(missing)) = (allowed.iter().find(has), allowed.iter().find(|text| !has(text))) {
                let message = format!(
                    "{missing:?} is not a member of {component:?}, which has the others; add it there, or remove it"
                );
                return Err(Error::new(pointer, message));
            }
        }
        Ok(())
    }
}

/// Removes the checks of parts that have no rules, directly or in their own parts.
fn keep_parts_with_rules(bodies: &mut [Body], tagged_unions: &mut [TaggedUnion]) {
    let mut checked = BTreeSet::new();
    loop {
        let has_rule = |body: &&Body| body.checks.iter().any(|check| check.rule.clone().keep_parts(&checked));
        let mut found: BTreeSet<String> = bodies.iter().filter(has_rule).map(|body| body.component.clone()).collect();
        let unions = tagged_unions.iter().filter(|union| union.arms.iter().any(|arm| checked.contains(&arm.component)));
        found.extend(unions.map(|union| union.component.clone()));
        if found.len() == checked.len() {
            break;
        }
        checked = found;
    }
    for body in bodies {
        body.checks.retain_mut(|check| check.rule.keep_parts(&checked));
    }
    for arm in tagged_unions.iter_mut().flat_map(|union| &mut union.arms) {
        arm.is_checked = checked.contains(&arm.component);
    }
}
