//! The operations of a spec.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, Node, component_name, operations};
use proc_macro2::Ident;
use serde_json::Value;

use crate::checks::{distinct, only_json};
use crate::entities;
use crate::names;
use crate::ranges::Range;
use crate::shape::{self, Shape};

pub(crate) struct Operation {
    /// The name of its type.
    pub(crate) type_name: Ident,
    /// Its name in snake case.
    pub(crate) name: Ident,
    /// Paragraphs, each harmless as documentation.
    pub(crate) docs: Vec<String>,
    /// Its HTTP method in upper case.
    pub(crate) method: String,
    /// Its path, with the names of its parameters.
    pub(crate) path: String,
    /// Those of the path, then those of the query by name.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) success_statuses: Vec<RangeInclusive<u16>>,
    /// The component that a success returns.
    pub(crate) response: Option<Ident>,
    /// If that is the entity whose key ends the path: the field of its ID, and the parameter with the key.
    pub(crate) id_and_key: Option<(Ident, Ident)>,
    /// The operation that reads what this one has changed, for a success without a body.
    pub(crate) read_back: Option<Ident>,
}

pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) field: Ident,
    pub(crate) docs: String,
    pub(crate) in_path: bool,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
    pub(crate) range: Option<Range>,
}

/// The type of a parameter.
pub(crate) enum Kind {
    Text,
    /// A number or boolean.
    Copy(&'static str),
    /// A type with a conversion from text.
    Named(String),
    /// A list of texts, numbers or booleans.
    List(&'static str),
}

pub(crate) struct RequestBody {
    pub(crate) type_name: Ident,
    pub(crate) docs: String,
}

/// Names that the source of an operation uses for something else.
const RESERVED: [&str; 8] = ["Box", "Cow", "None", "Option", "Result", "Self_", "String", "Vec"];

pub(crate) fn extract(document: &Value, mut ranges: BTreeMap<String, Range>) -> Result<Vec<Operation>, Error> {
    let mut found = operations(document)
        .iter()
        .map(|operation| Reader { document, operation }.operation(&mut ranges))
        .collect::<Result<Vec<_>, _>>()?;
    for index in 0..found.len() {
        let read_back = found.iter().find(|other| reads_back(other, &found[index]));
        found[index].read_back = read_back.map(|other| other.type_name.clone());
    }
    Ok(found)
}

/// Returns true if `read` returns what `write` returns in a success with a body.
fn reads_back(read: &Operation, write: &Operation) -> bool {
    let has_no_content = write.success_statuses.contains(&(204..=204));
    let requires_path_only = read.parameters.iter().all(|parameter| parameter.in_path || !parameter.required);
    read.method == "GET"
        && write.method != "GET"
        && read.path == write.path
        && read.response.is_some()
        && read.response == write.response
        && has_no_content
        && requires_path_only
}

/// The type of a body, and the name of its component.
type Component = (Ident, String);

struct Reader<'a> {
    document: &'a Value,
    operation: &'a msgraph_openapi::Operation<'a>,
}

impl Reader<'_> {
    fn operation(&self, ranges: &mut BTreeMap<String, Range>) -> Result<Operation, Error> {
        let Self { operation, .. } = self;
        let pointer = join(&operation.pointer, "operationId");
        let id = operation.id().unwrap_or_default();
        let type_name = names::type_name(id, &pointer)?;
        if RESERVED.contains(&type_name.to_string().as_str()) {
            return Err(Error::new(pointer, format!("invalid operationId {id:?}: {type_name} is reserved in Rust")));
        }
        let (success_statuses, response) = self.success()?;
        let parameters = self.parameters(ranges)?;
        let id_field = response.as_ref().and_then(|(_, component)| entities::id_field(self.document, component));
        let id_and_key = id_field.zip(entities::key(operation.path, &parameters));
        Ok(Operation {
            type_name,
            name: names::field_name(id, &pointer)?,
            docs: self.docs(),
            method: operation.method.to_uppercase(),
            path: operation.path.to_owned(),
            parameters,
            body: self.body()?,
            success_statuses,
            response: response.map(|(name, _)| name),
            id_and_key,
            read_back: None,
        })
    }

    fn docs(&self) -> Vec<String> {
        let texts = ["summary", "description"].map(|name| text(self.operation.value, name));
        texts.iter().flat_map(|text| text.split("\n\n")).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    fn parameters(&self, ranges: &mut BTreeMap<String, Range>) -> Result<Vec<Parameter>, Error> {
        let mut found = Vec::new();
        for parameter in self.operation.parameters(self.document)? {
            let schema = join(&parameter.pointer, "schema");
            let in_path = parameter.location == "path";
            found.push((
                parameter.declared_at.clone(),
                Parameter {
                    name: parameter.name.to_owned(),
                    field: names::field_name(parameter.name.trim_start_matches('$'), &parameter.pointer)?,
                    docs: text(parameter.value, "description"),
                    in_path,
                    required: parameter.value["required"] == true,
                    kind: self.kind(&parameter.value["schema"], &schema, in_path)?,
                    range: ranges.get(&parameter.pointer).cloned(),
                },
            ));
        }
        let names = found.iter().map(|(pointer, parameter)| (pointer.clone(), parameter.name.trim_start_matches('$')));
        let taken = ["body", "new"].map(|name| (self.operation.pointer.clone(), name));
        distinct(taken.into_iter().chain(names), names::field_name)?;
        found.sort_by(|(_, one), (_, other)| match (one.in_path, other.in_path) {
            (true, true) => std::cmp::Ordering::Equal,
            (false, false) => one.name.cmp(&other.name),
            (one, other) => other.cmp(&one),
        });
        Ok(found.into_iter().map(|(_, parameter)| parameter).collect())
    }

    fn kind(&self, schema: &Value, pointer: &str, in_path: bool) -> Result<Kind, Error> {
        let unsupported = || {
            let message = "unsupported parameter schema: must be a string, number, boolean, evolvable enumeration, or in a \
                query a list of strings, numbers or booleans";
            Error::new(pointer, message)
        };
        match shape::of(schema, pointer)? {
            Shape::Scalar => Ok(scalar(schema).map_or(Kind::Text, Kind::Copy)),
            Shape::DateTime => Ok(Kind::Named("::msgraph_core::Timestamp".to_owned())),
            Shape::Reference { component } => {
                let target = join(msgraph_openapi::SCHEMAS, &component);
                match self.document.pointer(&target).map(|schema| shape::of(schema, &target)) {
                    Some(Ok(Shape::Evolvable { .. })) => {
                        Ok(Kind::Named(format!("types::{}", names::type_name(&component, &target)?)))
                    }
                    _ => Err(unsupported()),
                }
            }
            Shape::Array if !in_path => {
                let items = join(pointer, "items");
                match shape::of(&schema["items"], &items)? {
                    Shape::Scalar => Ok(Kind::List(scalar(&schema["items"]).unwrap_or("::std::string::String"))),
                    _ => Err(unsupported()),
                }
            }
            _ => Err(unsupported()),
        }
    }

    fn body(&self) -> Result<Option<RequestBody>, Error> {
        let Some(Node { pointer, value, .. }) = self.operation.request_body(self.document)? else { return Ok(None) };
        let (type_name, _) = self.component(&pointer, value, "a request body")?;
        Ok(Some(RequestBody { type_name, docs: text(value, "description") }))
    }

    /// Returns the statuses of a success, and the type and component in its body.
    fn success(&self) -> Result<(Vec<RangeInclusive<u16>>, Option<Component>), Error> {
        let mut statuses = Vec::new();
        let mut response = None;
        for (status, Node { pointer, value, .. }) in self.operation.responses(self.document)? {
            let Some(range) = success_statuses(status) else { continue };
            statuses.push(range);
            if value.get("content").is_none() {
                continue;
            }
            only_json(value, &pointer)?;
            if response.is_some() {
                return Err(Error::new(pointer, "only one success of an operation can have a body"));
            }
            response = Some(self.component(&pointer, value, "a response")?);
        }
        if statuses.is_empty() {
            return Err(Error::new(join(&self.operation.pointer, "responses"), "an operation must have a success"));
        }
        Ok((statuses, response))
    }

    /// Returns the type of a body, and its component.
    fn component(&self, pointer: &str, message: &Value, what: &str) -> Result<Component, Error> {
        let pointer = format!("{pointer}/content/application~1json/schema");
        let reference = message.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
        match reference.and_then(component_name) {
            Some(component) => Ok((names::type_name(&component, &pointer)?, component)),
            None => Err(Error::new(pointer, format!("the schema of {what} must be a reference to a component"))),
        }
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
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

fn success_statuses(status: &str) -> Option<RangeInclusive<u16>> {
    if status == "2XX" {
        return Some(200..=299);
    }
    status.parse().ok().filter(|status| (200..300).contains(status)).map(|status| status..=status)
}
