//! A spec in our forms of some paths of Microsoft's own.

mod body;
mod gather;

use std::collections::{BTreeMap, BTreeSet};

use msgraph_openapi::{Error, SCHEMAS, component_name, members, operations, pointer, references_at};
use serde_json::{Value, json};

use crate::Upstream;
use crate::flat::flatten;
use crate::forms;
use crate::ordered::Ordered;
use crate::record::record;
use crate::words::{camel_case, local_name, our_name, our_path};

/// A spec that was made of upstream's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sliced {
    /// The spec: JSON in our forms, with empty texts. The same upstream and paths give the same bytes.
    pub text: String,
    /// The structure that upstream has at and below these paths, to be compared with a later one.
    pub record: String,
    /// The JSON pointers of the texts that are to be written.
    pub unwritten: Vec<String>,
    /// What upstream has at these paths and the spec does not, each with the reason.
    pub left_out: Vec<String>,
}

/// Makes a spec in our forms of some paths of upstream's: each a path such as `/security/incidents/{id}`, whose
/// parameters may have any name, or a method and a path, such as `GET /security/incidents`. An update takes the properties
/// that `writable` names; if it is empty, those that upstream does not mark as read-only.
///
/// # Errors
///
/// If upstream does not have a path, or what it has there cannot be read.
pub fn slice(upstream: &Upstream<'_>, paths: &[String], writable: &[String]) -> Result<Sliced, String> {
    let gather::Gathered { document, mut left_out } = gather::gather(upstream, paths)?;
    let mut spec = Spec::of(&document, writable);
    spec.operations(&mut left_out).map_err(|error| format!("upstream: {error}"))?;
    spec.schemas().map_err(|error| format!("upstream: {error}"))?;
    let text = Ordered::of(&spec.spec, "").text();
    let record = Ordered::of(&record(upstream, &spec.spec, &Value::Null)?, "").text();
    let unwritten = unwritten(&spec.spec, "");
    left_out.sort();
    Ok(Sliced { text, record, unwritten, left_out })
}

/// A spec that is being made.
struct Spec<'a> {
    document: &'a Value,
    writable: &'a [String],
    spec: Value,
}

impl<'a> Spec<'a> {
    fn of(document: &'a Value, writable: &'a [String]) -> Self {
        let servers = document["servers"].as_array().into_iter().flatten();
        let url = |server: &Value| server["url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
        let servers: Vec<_> = servers.map(|server| json!({ "url": url(server) })).collect();
        let title = document["info"]["title"].as_str().unwrap_or_default();
        let spec = json!({
            "openapi": "3.0.3",
            "info": { "title": title, "description": "", "version": "0.1.0" },
            "servers": servers,
            "security": [{ "bearer": [] }],
            "paths": {},
            "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } }, "schemas": {} },
        });
        Self { document, writable, spec }
    }

    fn operations(&mut self, left_out: &mut Vec<String>) -> Result<(), Error> {
        let document = self.document;
        let mut seen = BTreeSet::new();
        for operation in operations(document) {
            let mut made = forms::operation(document, &operation)?;
            // Where two paths end in one name, those before it tell them apart.
            let id = made["operationId"].as_str().unwrap_or_default().to_owned();
            let id = ids(&id, operation.path).into_iter().find(|id| !seen.contains(&id.to_lowercase())).unwrap_or(id);
            seen.insert(id.to_lowercase());
            made["operationId"] = id.as_str().into();
            self.failure(&mut made)?;
            if operation.method == "patch" {
                self.narrow_body(&mut made, left_out, &id)?;
            }
            self.spec["paths"][our_path(operation.path)][operation.method] = made;
        }
        Ok(())
    }

    /// Adds the response of failures if an operation refers to it.
    fn failure(&mut self, operation: &mut Value) -> Result<(), Error> {
        let is_used = |(_, response): (&String, &Value)| response["$ref"] == forms::FAILURE;
        if operation["responses"].as_object().into_iter().flatten().any(is_used) {
            let [responses, name] = ["responses", "failure"];
            let upstream = self.document.pointer("/components/responses/error").cloned().unwrap_or_default();
            self.spec["components"][responses][name] = forms::message(&upstream);
        }
        Ok(())
    }

    /// Gives an update a body of its own, with what can be changed.
    fn narrow_body(&mut self, operation: &mut Value, left_out: &mut Vec<String>, id: &str) -> Result<(), Error> {
        let reference = operation.pointer_mut("/requestBody/content/application~1json/schema/$ref");
        let Some(reference) = reference else { return Ok(()) };
        let Some(name) = reference.as_str().and_then(component_name) else { return Ok(()) };
        let upstream = members(self.document, SCHEMAS).find(|(_, upstream, _)| our_name(upstream) == name);
        let Some((pointer, ..)) = upstream else { return Ok(()) };
        let body = body::update(self.document, &pointer, self.writable)?;
        if let Some(unknown) = self.writable.iter().find(|name| body["properties"].get(name.as_str()).is_none()) {
            left_out.push(format!("{id}: {name} has no property {unknown:?}"));
        }
        let update = format!("{name}Update");
        *reference = format!("#{SCHEMAS}/{update}").into();
        self.spec["components"]["schemas"][update] = body;
        Ok(())
    }

    /// Adds the schemas that are referred to, until none is missing.
    fn schemas(&mut self) -> Result<(), Error> {
        let maker = Maker::of(self.document);
        loop {
            let schemas = self.spec["components"]["schemas"].as_object();
            let is_missing = |name: &String| schemas.is_some_and(|schemas| !schemas.contains_key(name));
            let references = references_at(&self.spec, "");
            let missing: BTreeSet<_> =
                references.iter().filter_map(|reference| component_name(&reference.text)).filter(is_missing).collect();
            if missing.is_empty() {
                return Ok(());
            }
            for name in missing {
                let schema = maker.schema(&name)?;
                self.spec["components"]["schemas"][name] = schema;
            }
        }
    }
}

/// Makes a component of ours, which `spec` refers to and does not have.
pub(crate) fn component(upstream: &Upstream<'_>, name: &str, spec: &Value) -> Result<Value, String> {
    let document = gather::component(upstream, name)?;
    let mut maker = Maker::of(&document);
    maker.tags.extend(tags(spec));
    maker.schema(name).map_err(|error| format!("upstream: {error}"))
}

/// Makes components of upstream's.
struct Maker<'a> {
    document: &'a Value,
    /// Upstream's components by our names, each with its pointer.
    upstream: BTreeMap<String, (String, &'a Value)>,
    tags: BTreeMap<String, String>,
}

impl<'a> Maker<'a> {
    fn of(document: &'a Value) -> Self {
        let upstream = members(document, SCHEMAS).map(|(pointer, name, value)| (our_name(name), (pointer, value)));
        Self { document, upstream: upstream.collect(), tags: tags(document) }
    }

    fn schema(&self, name: &str) -> Result<Value, Error> {
        let Some((pointer, value)) = self.upstream.get(name) else {
            return Err(Error::new(pointer::join(SCHEMAS, name), "no such schema"));
        };
        let flat = flatten(self.document, pointer, &mut Vec::new())?;
        let is_list = name.ends_with("Collection") && flat.properties.contains_key("value");
        Ok(match self.tags.get(name) {
            _ if is_list => collection(forms::object(&flat, None)),
            Some(tag) if flat.mapping.is_empty() => forms::object(&flat, Some(tag)),
            _ => forms::component(value, &flat),
        })
    }
}

/// The page of a list has a link to the next one, and the number of all items on request.
fn collection(mut schema: Value) -> Value {
    schema["required"] = json!(["value"]);
    let properties = &mut schema["properties"];
    properties["@odata.nextLink"] = json!({ "description": "", "type": "string", "nullable": true });
    properties["@odata.count"] = json!({ "description": "", "type": "integer", "format": "int64", "nullable": true });
    schema
}

/// The tag of each type that a discriminator lists, by its name here.
fn tags(document: &Value) -> BTreeMap<String, String> {
    let mappings = members(document, SCHEMAS).filter_map(|(.., value)| value["discriminator"]["mapping"].as_object());
    let entries = mappings.flatten().filter_map(|(tag, target)| Some((tag, component_name(target.as_str()?)?)));
    entries.map(|(tag, name)| (our_name(&name), tag.clone())).collect()
}

/// The ID of an operation, then those with one more name of its path each.
fn ids(id: &str, path: &str) -> Vec<String> {
    let start = id.find(|c: char| c.is_ascii_uppercase()).unwrap_or(id.len());
    let (prefix, name) = id.split_at(start);
    let names: Vec<_> = path.split('/').filter(|name| !name.is_empty() && !name.starts_with('{')).collect();
    let before = |count: usize| names.iter().rev().skip(1).take(count).rev();
    let singular = |name: &&str| local_name(name).trim_end_matches('s').to_owned();
    (0..names.len())
        .map(|count| {
            let middle: Vec<_> = before(count).map(singular).collect();
            camel_case([prefix].into_iter().chain(middle.iter().map(String::as_str)).chain([name]))
        })
        .collect()
}

/// The pointers of empty texts.
fn unwritten(value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let below = |name: &str, value: &Value| unwritten(value, &pointer::join(place, name));
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if matches!(name.as_str(), "description" | "summary") && value == "" {
                    found.push(pointer::join(place, name));
                }
                found.extend(below(name, value));
            }
        }
        Value::Array(list) => {
            found.extend(list.iter().enumerate().flat_map(|(index, value)| below(&index.to_string(), value)));
        }
        _ => {}
    }
    found
}
