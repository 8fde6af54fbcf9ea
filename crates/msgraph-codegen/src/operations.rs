//! The operations of a spec.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, Node, component_name, operations};
use proc_macro2::Ident;
use serde_json::Value;

use crate::checks::json_of;
use crate::descriptions::Markdown;
use crate::entities;
use crate::names;
use crate::parameters::{self, Location, Parameter};
use crate::problems::Problems;

pub(crate) struct Operation {
    /// The name of its type.
    pub(crate) type_name: Ident,
    /// Its name in snake case.
    pub(crate) name: Ident,
    /// Paragraphs of documentation.
    pub(crate) docs: Vec<Markdown>,
    pub(crate) deprecated: bool,
    /// Its HTTP method in upper case.
    pub(crate) method: String,
    /// Its path, with the names of its parameters.
    pub(crate) path: String,
    /// Those of the path, then those of the query and the headers, each by name.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) success: Success,
    /// If its response is the entity whose key ends the path: the field of its ID, and the parameter with the key.
    pub(crate) id_and_key: Option<(Ident, Ident)>,
    /// The operation that reads the changed resource, for a success without a body.
    pub(crate) read_back: Option<Ident>,
}

impl Operation {
    /// Returns true if a success has a body or none, and nothing reads what the one without has changed.
    pub(crate) fn reads_empty_body(&self) -> bool {
        let has_both = self.success.response.is_some() && !self.success.without_body.is_empty();
        // A 204 of a class is not a reason: it has no body if nothing else is known.
        has_both && self.read_back.is_none() && self.success.statuses.len() > 1
    }
}

pub(crate) struct RequestBody {
    pub(crate) component: String,
    pub(crate) type_name: Ident,
    pub(crate) docs: Markdown,
    pub(crate) required: bool,
}

/// The documented successes.
#[derive(Default)]
pub(crate) struct Success {
    pub(crate) statuses: Vec<RangeInclusive<u16>>,
    /// Those without a body.
    pub(crate) without_body: Vec<RangeInclusive<u16>>,
    /// The component that a success with a body returns.
    pub(crate) response: Option<Ident>,
    pub(crate) component: Option<String>,
}

pub(crate) fn extract(document: &Value, problems: &mut Problems) -> Vec<Operation> {
    let mut found = Vec::new();
    for operation in operations(document) {
        let reader = Reader { document, operation: &operation };
        found.extend(problems.keep(reader.operation()));
    }
    for index in 0..found.len() {
        let read_back = found.iter().find(|other| reads_back(other, &found[index]));
        found[index].read_back = read_back.map(|other| other.type_name.clone());
    }
    found
}

/// Returns true if `read` returns what `write` returns in a success with a body.
fn reads_back(read: &Operation, write: &Operation) -> bool {
    let mut others = read.parameters.iter().filter(|parameter| parameter.location != Location::Path);
    read.method == "GET"
        // What was deleted cannot be read.
        && !matches!(write.method.as_str(), "GET" | "DELETE")
        && !read.reads_empty_body()
        && read.path == write.path
        && read.success.response.is_some()
        && read.success.response == write.success.response
        && !write.success.without_body.is_empty()
        && others.all(|parameter| !parameter.required)
        && types_of_path(read) == types_of_path(write)
}

fn types_of_path(operation: &Operation) -> Vec<(&str, String)> {
    let in_path = operation.parameters.iter().filter(|parameter| parameter.location == Location::Path);
    in_path.map(|parameter| (parameter.name.as_str(), parameter.kind.value_type())).collect()
}

struct Reader<'a> {
    document: &'a Value,
    operation: &'a msgraph_openapi::Operation<'a>,
}

impl Reader<'_> {
    fn operation(&self) -> Result<Operation, Error> {
        let Self { operation, document } = self;
        let pointer = join(&operation.pointer, "operationId");
        let id = operation.id().unwrap_or_default();
        let success = self.success()?;
        let body = self.body()?;
        let parameters = parameters::of(document, operation)?;
        self.check_fields(&parameters, body.is_some())?;
        let id_field = success.component.as_ref().and_then(|component| entities::id_field(document, component));
        let id_and_key = id_field.zip(entities::key(operation.path, &parameters));
        Ok(Operation {
            type_name: names::type_name(id, &pointer)?,
            name: names::field_name(id, &pointer)?,
            docs: self.docs(&success),
            deprecated: operation.value["deprecated"] == true,
            method: operation.method.to_uppercase(),
            path: operation.path.to_owned(),
            parameters,
            body,
            success,
            id_and_key,
            read_back: None,
        })
    }

    fn docs(&self, success: &Success) -> Vec<Markdown> {
        let mut docs = ["summary", "description"].map(|name| Markdown::escaped(self.operation.value, name)).to_vec();
        if success.statuses.contains(&(202..=202)) {
            docs.push(Markdown::own(
                "A response with the status 202 says that the request was accepted, not that it is done.",
            ));
        }
        docs.retain(|text| !text.is_empty());
        docs
    }

    /// Checks that each field has a name of its own.
    fn check_fields(&self, parameters: &[Parameter], has_body: bool) -> Result<(), Error> {
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        if has_body {
            taken.insert("body".to_owned(), "request body".to_owned());
        }
        if parameters.iter().any(Parameter::has_list) {
            taken.insert(parameters::CHOICE.to_owned(), "choice of unknown values".to_owned());
        }
        for parameter in parameters {
            let what = format!("{} parameter {:?}", parameter.location.name(), parameter.name);
            if let Some(other) = taken.insert(parameter.field.to_string(), what.clone()) {
                let message =
                    format!("the {what} and the {other} would both be {} in Rust; rename one", parameter.field);
                return Err(Error::new(&parameter.declared_at, message));
            }
        }
        Ok(())
    }

    fn body(&self) -> Result<Option<RequestBody>, Error> {
        let Some(Node { pointer, value, .. }) = self.operation.request_body(self.document)? else { return Ok(None) };
        let (component, type_name) = component(&pointer, value, "a request body")?;
        let (docs, required) = (Markdown::escaped(value, "description"), value["required"] == true);
        Ok(Some(RequestBody { component, type_name, docs, required }))
    }

    fn success(&self) -> Result<Success, Error> {
        let mut success = Success::default();
        let mut with_body = Vec::new();
        for (status, Node { pointer, value, .. }) in self.operation.responses(self.document)? {
            let Some(range) = success_statuses(status) else { continue };
            success.statuses.push(range.clone());
            if json_of(value, &pointer)?.is_none() {
                success.without_body.push(range);
                continue;
            }
            let (component, response) = component(&pointer, value, "a response")?;
            if success.response.as_ref().is_some_and(|other| *other != response) {
                let message = "the successes of an operation must have the same schema; refer to one component in each";
                return Err(Error::new(pointer, message));
            }
            (success.response, success.component) = (Some(response), Some(component));
            with_body.push(range);
        }
        if success.statuses.is_empty() {
            let message = "an operation must have a success: a response such as 200, 204 or 2XX";
            return Err(Error::new(join(&self.operation.pointer, "responses"), message));
        }
        // A class includes 204, which never has a body.
        if with_body.contains(&(200..=299)) && self.operation.method != "get" && success.without_body.is_empty() {
            success.without_body.push(204..=204);
        }
        // What a code has goes before what its class has.
        let codes = with_body.iter().filter(|range| range.start() == range.end());
        let without_body = codes.fold(success.without_body, |all, code| {
            all.into_iter().flat_map(|range| except(&range, *code.start())).collect()
        });
        success.without_body = without_body;
        Ok(success)
    }
}

/// Returns the type of a body.
fn component(pointer: &str, message: &Value, what: &str) -> Result<(String, Ident), Error> {
    let pointer = format!("{pointer}/content/application~1json/schema");
    let reference = message.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
    match reference.and_then(component_name) {
        Some(component) => names::type_name(&component, &pointer).map(|name| (component, name)),
        None => Err(Error::new(pointer, format!("the schema of {what} must be a reference to a component"))),
    }
}

/// Returns a range without one status.
fn except(range: &RangeInclusive<u16>, status: u16) -> Vec<RangeInclusive<u16>> {
    if !range.contains(&status) {
        return vec![range.clone()];
    }
    let parts = [*range.start()..=status - 1, status + 1..=*range.end()];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

fn success_statuses(status: &str) -> Option<RangeInclusive<u16>> {
    if status == "2XX" {
        return Some(200..=299);
    }
    status.parse().ok().filter(|status| (200..300).contains(status)).map(|status| status..=status)
}
