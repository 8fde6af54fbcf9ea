//! Checks whose evidence does not come from the spec: Microsoft's own spec, the reference pages in
//! `evidence/pages.toml`, documented payloads, and the conformance cases.

use std::collections::{BTreeMap, BTreeSet};

use conformance::{COMPONENTS, Case, Payload, cases, upstream_drift};
use msgraph_incident_tasks_emulator::SpecValidator;
use msgraph_openapi::{component_name, json_schema, members, operations, resolve};
use serde::Deserialize;
use serde_json::{Value, json};

/// A check of a spec.
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) holds: Box<dyn Fn(&Value) -> bool>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pages {
    pages: BTreeMap<String, Vec<String>>,
    writable: Writable,
    #[serde(rename = "type")]
    types: Vec<Type>,
    operation: Vec<Operation>,
    headers: BTreeMap<String, toml::Value>,
    security: Security,
}

/// The writable properties of a type; all others are read-only.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Writable {
    #[serde(rename = "type")]
    name: String,
    properties: BTreeSet<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    name: String,
    page: String,
    #[serde(default)]
    required: BTreeSet<String>,
    #[serde(default)]
    closed: bool,
    /// Checks the rest against Microsoft's own spec.
    #[serde(default)]
    partial: bool,
    properties: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    id: String,
    method: String,
    path: String,
    page: String,
    body: Option<String>,
    #[serde(default)]
    parameters: BTreeSet<String>,
    #[serde(default)]
    responses: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Security {
    page: String,
    scheme: String,
}

/// Returns the checks, fast ones first.
pub(crate) fn checks() -> Vec<Check> {
    let Pages { pages, writable, types, operation, headers, security } =
        toml::from_str(include_str!("../../evidence/pages.toml")).unwrap();
    let mut checks = Vec::new();
    let mut add = |name: String, source: &str, holds: Box<dyn Fn(&Value) -> bool>| {
        checks.push(Check { name, source: source.to_owned(), holds });
    };
    for kind in types {
        let page = kind.page.clone();
        add(format!("type {}", kind.name), &page, Box::new(move |document| is_type(document, &kind)));
    }
    for operation in operation {
        let page = operation.page.clone();
        let name = format!("operation {}", operation.id);
        add(name, &page, Box::new(move |document| is_operation(document, &operation)));
    }
    let page = headers["page"].as_str().unwrap_or_default().to_owned();
    add("headers".to_owned(), &page, Box::new(move |document| have_headers(document, &headers)));
    let page = security.page.clone();
    add("security".to_owned(), &page, Box::new(move |document| is_secured(document, &security)));
    add("pages".to_owned(), "the pages themselves", Box::new(move |document| have_pages(document, &pages)));
    add("writability".to_owned(), "update page", Box::new(move |document| is_writable(document, &writable)));
    add("Microsoft's own spec".to_owned(), "spec/upstream", Box::new(is_upstream));
    add("documented payloads".to_owned(), "tests/conformance/payloads", Box::new(payloads_are_valid));
    add("conformance cases".to_owned(), "tests/conformance/cases", Box::new(cases_are_described));
    checks
}

fn is_upstream(document: &Value) -> bool {
    upstream_drift(document).is_ok_and(|drift| drift.differences.is_empty() && drift.stale.is_empty())
}

fn is_type(document: &Value, kind: &Type) -> bool {
    let schema = &document["components"]["schemas"][&kind.name];
    let properties = schema["properties"].as_object().into_iter().flatten();
    let properties: BTreeMap<_, _> = properties.map(|(name, schema)| (name.clone(), describe(schema))).collect();
    if kind.partial {
        return kind.properties.iter().all(|(name, words)| properties.get(name) == Some(words));
    }
    schema["type"] == "object"
        && properties == kind.properties
        && texts(&schema["required"]) == kind.required
        && schema.get("nullable").is_none_or(|nullable| nullable == false)
        && (schema.get("additionalProperties") == Some(&Value::Bool(false))) == kind.closed
}

fn is_operation(document: &Value, operation: &Operation) -> bool {
    let described = operations(document);
    let is_it =
        |found: &&msgraph_openapi::Operation<'_>| found.path == operation.path && found.method == operation.method;
    let Some(found) = described.iter().find(is_it) else { return false };
    let (Ok(parameters), Ok(responses), Ok(body)) =
        (found.parameters(document), found.responses(document), found.request_body(document))
    else {
        return false;
    };
    let parameters: BTreeSet<_> = parameters.iter().map(|parameter| describe_parameter(parameter.value)).collect();
    let responses: BTreeMap<_, _> =
        responses.iter().map(|(status, response)| ((*status).to_owned(), body_of(response.value))).collect();
    // Microsoft's own spec has the other parameters and responses.
    found.id() == Some(&operation.id)
        && parameters.is_superset(&operation.parameters)
        && operation.responses.iter().all(|(status, words)| responses.get(status) == Some(words))
        && operation.body.as_ref().is_none_or(|words| {
            body.is_some_and(|body| body_of(body.value) == *words && body.value["required"] == true)
        })
}

/// Checks that each type and operation names its page, and the spec that of its resource.
fn have_pages(document: &Value, pages: &BTreeMap<String, Vec<String>>) -> bool {
    let url = |name: &str, page: &str| page.replace("{type}", &name.to_lowercase());
    let expected: BTreeMap<_, _> =
        pages.iter().flat_map(|(page, names)| names.iter().map(move |name| (name.clone(), url(name, page)))).collect();
    let page_of = |value: &Value| value["externalDocs"]["url"].as_str().unwrap_or_default().to_owned();
    let operations = operations(document).into_iter();
    let operations = operations.map(|found| (found.id().unwrap_or_default().to_owned(), page_of(found.value)));
    let types = members(document, "/components/schemas").map(|(_, name, schema)| (name.to_owned(), page_of(schema)));
    let document = std::iter::once((String::new(), page_of(document)));
    let found: BTreeMap<_, _> = document.chain(types).chain(operations).filter(|(_, page)| !page.is_empty()).collect();
    found == expected
}

fn is_writable(document: &Value, writable: &Writable) -> bool {
    members(document, "/components/schemas").all(|(_, name, schema)| {
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut properties = properties.map(|(property, schema)| (property, schema["readOnly"] == true));
        properties.all(|(property, is_read_only)| {
            is_read_only == (name == writable.name && !writable.properties.contains(property))
        })
    })
}

fn describe_parameter(parameter: &Value) -> String {
    let text = |name: &str| parameter[name].as_str().unwrap_or_default();
    let required = if parameter["required"] == true { " required" } else { "" };
    format!("{} {} {}{required}", text("in"), text("name"), describe(&parameter["schema"]))
}

/// Returns the component of a message's JSON body.
fn body_of(message: &Value) -> String {
    let content: Vec<_> = message["content"].as_object().into_iter().flatten().collect();
    match content.as_slice() {
        [] => String::new(),
        [(name, content)] if *name == "application/json" => describe(&content["schema"]),
        _ => "other".to_owned(),
    }
}

fn have_headers(document: &Value, expected: &BTreeMap<String, toml::Value>) -> bool {
    let names = |key: &str| -> BTreeSet<String> {
        let list = expected.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        list.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    // As in the guidance, none of them is a number.
    let are_texts = ["request-id", "client-request-id", "Retry-After", "WWW-Authenticate"];
    let are_texts =
        are_texts.iter().all(|name| describe(&document["components"]["headers"][*name]["schema"]) == "string");
    let have = |status: &str, response: &Value| {
        let described = response["headers"].as_object().into_iter().flatten();
        let described: BTreeSet<_> = described
            .map(|(name, header)| {
                let target = header["$ref"].as_str().unwrap_or_default();
                // Each is the component with its name.
                if target == format!("#/components/headers/{name}") { name.clone() } else { target.to_owned() }
            })
            .collect();
        described == names("all").union(&names(status)).cloned().collect()
    };
    let all_have = |operation: msgraph_openapi::Operation<'_>| {
        let responses = operation.responses(document);
        responses.is_ok_and(|responses| responses.iter().all(|(status, response)| have(status, response.value)))
    };
    are_texts && operations(document).into_iter().all(all_have)
}

fn is_secured(document: &Value, security: &Security) -> bool {
    let scheme = resolve(document, "/components/securitySchemes/bearer");
    let words = scheme.map(|scheme| {
        let text = |keyword: &str| scheme.value[keyword].as_str().unwrap_or_default();
        format!("{} {}", text("type"), text("scheme"))
    });
    words.is_ok_and(|words| words == security.scheme)
        && operations(document).iter().all(|operation| operation.value["security"] == json!([{ "bearer": [] }]))
}

fn payloads_are_valid(document: &Value) -> bool {
    thread_local! {
        static PAYLOADS: Vec<Payload> = COMPONENTS.into_iter().flat_map(conformance::payload_files).collect();
    }
    PAYLOADS.with(|payloads| {
        COMPONENTS.iter().all(|component| {
            let Ok(schema) = json_schema(document, &format!("/components/schemas/{component}")) else { return false };
            let Ok(validator) = jsonschema::options().should_validate_formats(true).build(&schema) else {
                return false;
            };
            payloads
                .iter()
                .filter(|payload| payload.component == *component)
                .all(|payload| validator.is_valid(&payload.value))
        })
    })
}

fn cases_are_described(document: &Value) -> bool {
    thread_local! {
        static CASES: Vec<Case> = cases();
    }
    let Ok(validator) = SpecValidator::new(&document.to_string()) else { return false };
    CASES.with(|cases| {
        cases.iter().all(|case| {
            let Some((operation, _)) = validator.operation(&case.request.method, &case.request.path) else {
                return false;
            };
            operation.id() == case.operation
                && operation.has_body() != case.request.body.is_null()
                && operation.check_request(&case.request.body).is_ok()
                && case.request.query.iter().all(|(name, value)| operation.check_query(name, value).is_ok())
                && operation.check_response(case.response.status, &case.response.body).is_ok()
        })
    })
}

/// Returns the kind of a schema in the terms of `evidence/pages.toml`.
fn describe(schema: &Value) -> String {
    let nullable = if schema["nullable"] == true { "?" } else { "" };
    let component = |reference: &Value| component_name(reference.as_str()?);
    if let Some(component) = schema.get("$ref").and_then(component) {
        return component;
    }
    if let Some(all_of) = schema["allOf"].as_array() {
        return match all_of.as_slice() {
            [only] => component(&only["$ref"])
                .map_or_else(|| "other".to_owned(), |component| format!("{component}{nullable}")),
            _ => "other".to_owned(),
        };
    }
    if let Some(any_of) = schema["anyOf"].as_array() {
        let null = json!({ "type": "object", "nullable": true, "enum": [null] });
        return match any_of.as_slice() {
            [first, second] if *second == null && nullable.is_empty() => {
                format!("{}?", component(&first["$ref"]).unwrap_or_default())
            }
            _ => "other".to_owned(),
        };
    }
    let bounds = |least: &str, most: &str| match (schema[least].as_i64(), schema[most].as_i64()) {
        (None, None) => String::new(),
        (least, most) => {
            let text = |bound: Option<i64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
            format!(" {}..{}", text(least), text(most))
        }
    };
    let words = match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), None) if schema.get("enum").is_some() => {
            let members: Vec<_> = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("enum {}", members.join(" "))
        }
        (Some("string"), Some("date-time")) => "date-time".to_owned(),
        (Some("integer"), Some(format)) => format!("{format}{}", bounds("minimum", "maximum")),
        (Some("array"), None) => {
            return format!("[{}]{nullable}{}", describe(&schema["items"]), bounds("minItems", "maxItems"));
        }
        (Some(kind), None) => kind.to_owned(),
        (None, None) if nullable.is_empty() => "any".to_owned(),
        _ => "other".to_owned(),
    };
    format!("{words}{nullable}")
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}
