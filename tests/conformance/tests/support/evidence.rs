//! Checks whose evidence does not come from the description: the reference in `evidence/reference.toml`, documented
//! payloads, and the conformance cases.

use std::collections::{BTreeMap, BTreeSet};

use conformance::{COMPONENTS, Case, Payload, cases};
use msgraph_incident_tasks_emulator::Contract;
use msgraph_openapi::{component_name, json_schema, target};
use serde::Deserialize;
use serde_json::{Value, json};

/// Something that must hold of a description.
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) holds: Box<dyn Fn(&Value) -> bool>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    enumeration: Vec<Enumeration>,
    #[serde(rename = "type")]
    types: Vec<Type>,
    operation: Vec<Operation>,
    headers: toml::Table,
    security: Security,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enumeration {
    name: String,
    source: String,
    members: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    name: String,
    source: String,
    #[serde(default)]
    required: BTreeSet<String>,
    #[serde(default)]
    closed: bool,
    properties: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    id: String,
    method: String,
    path: String,
    source: String,
    body: Option<String>,
    parameters: BTreeSet<String>,
    answers: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Security {
    source: String,
    scheme: String,
}

/// Each check, the quick ones first.
pub(crate) fn checks() -> Vec<Check> {
    let reference: Reference = toml::from_str(include_str!("../../evidence/reference.toml")).unwrap();
    let mut checks = Vec::new();
    let mut add = |name: String, source: &str, holds: Box<dyn Fn(&Value) -> bool>| {
        checks.push(Check { name, source: source.to_owned(), holds });
    };
    let decided: Vec<String> = msgraph_spec::decisions(include_str!("../../../../spec/decisions.toml")).unwrap().into_iter().flat_map(|d| d.drift).collect();
    let upstream = msgraph_spec::Upstream::parse(include_str!("../../../../spec/upstream/incident-tasks.openapi.json")).unwrap();
    add("drift".to_owned(), "up", Box::new(move |document| msgraph_spec::drift(document, &upstream, &decided).is_ok_and(|d| d.differences.is_empty() && d.stale.is_empty())));
    add("documented payloads".to_owned(), "tests/conformance/payloads", Box::new(payloads_are_valid));
    add("conformance cases".to_owned(), "tests/conformance/cases", Box::new(cases_are_described));
    checks
}

fn is_enumeration(document: &Value, enumeration: &Enumeration) -> bool {
    // An evolvable enumeration takes any other text too.
    let expected = json!([{ "type": "string", "enum": enumeration.members }, { "type": "string" }]);
    document["components"]["schemas"][&enumeration.name]["anyOf"] == expected
}

fn is_type(document: &Value, kind: &Type) -> bool {
    let schema = &document["components"]["schemas"][&kind.name];
    let properties = schema["properties"].as_object().into_iter().flatten();
    let properties: BTreeMap<_, _> = properties.map(|(name, schema)| (name.clone(), in_words(schema))).collect();
    schema["type"] == "object"
        && properties == kind.properties
        && texts(&schema["required"]) == kind.required
        && schema.get("nullable").is_none_or(|nullable| nullable == false)
        && (schema.get("additionalProperties") == Some(&Value::Bool(false))) == kind.closed
}

fn is_union(document: &Value, actions: &[Type]) -> bool {
    let union = &document["components"]["schemas"]["incidentTaskResponseAction"];
    let reference = |action: &Type| format!("#/components/schemas/{}", action.name);
    let value = |action: &Type| action.properties["@odata.type"].trim_start_matches("enum ").to_owned();
    let mapping: BTreeMap<_, _> = actions.iter().map(|action| (value(action), reference(action))).collect();
    let Some((open, arms)) = union["anyOf"].as_array().and_then(|arms| arms.split_last()) else { return false };
    let arms: BTreeSet<_> = arms.iter().filter_map(|arm| arm["$ref"].as_str().map(str::to_owned)).collect();
    let discriminator = &union["discriminator"];
    let open_properties = open["properties"].as_object().into_iter().flatten();
    arms == actions.iter().map(reference).collect()
        && discriminator["propertyName"] == "@odata.type"
        && discriminator["mapping"] == json!(mapping)
        && open["type"] == "object"
        && open.get("additionalProperties") != Some(&Value::Bool(false))
        && open_properties
            .map(|(name, schema)| (name.as_str(), in_words(schema)))
            .all(|(name, words)| ["@odata.type", "identifierValue"].contains(&name) && words == "string")
}

fn is_operation(document: &Value, operation: &Operation) -> bool {
    let described = &document["paths"][&operation.path][&operation.method];
    let parameters: Option<BTreeSet<_>> = match described.get("parameters") {
        None => Some(BTreeSet::new()),
        Some(list) => list
            .as_array()
            .map(|list| list.iter().map(|parameter| parameter_in_words(resolved(document, parameter))).collect()),
    };
    let answers = described["responses"].as_object().into_iter().flatten();
    let answers: BTreeMap<_, _> =
        answers.map(|(status, answer)| (status.clone(), body_of(resolved(document, answer)))).collect();
    let body = described.get("requestBody");
    described["operationId"] == operation.id.as_str()
        && parameters.as_ref() == Some(&operation.parameters)
        && answers == operation.answers
        && body.map(body_of) == operation.body
        && body.is_none_or(|body| body["required"] == true)
}

fn parameter_in_words(parameter: &Value) -> String {
    let text = |name: &str| parameter[name].as_str().unwrap_or_default();
    let required = if parameter["required"] == true { " required" } else { "" };
    format!("{} {} {}{required}", text("in"), text("name"), in_words(&parameter["schema"]))
}

/// The component that a message's body is; only JSON counts.
fn body_of(message: &Value) -> String {
    let content: Vec<_> = message["content"].as_object().into_iter().flatten().collect();
    match content.as_slice() {
        [] => String::new(),
        [(name, content)] if *name == "application/json" => in_words(&content["schema"]),
        _ => "other".to_owned(),
    }
}

fn have_headers(document: &Value, expected: &toml::Table) -> bool {
    let names = |key: &str| -> BTreeSet<String> {
        let list = expected.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        list.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    // As the guidance shows them: none of them is a number.
    let are_texts = ["request-id", "client-request-id", "Retry-After", "WWW-Authenticate"];
    let are_texts =
        are_texts.iter().all(|name| in_words(&document["components"]["headers"][*name]["schema"]) == "string");
    let operations = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let have = |(status, answer): (&String, &Value)| {
        let described = resolved(document, answer)["headers"].as_object().into_iter().flatten();
        let described: BTreeSet<_> = described
            .map(|(name, header)| {
                let target = header["$ref"].as_str().unwrap_or_default();
                // Each is the component of its name.
                if target == format!("#/components/headers/{name}") { name.clone() } else { target.to_owned() }
            })
            .collect();
        described == names("all").union(&names(status)).cloned().collect()
    };
    are_texts
        && operations
            .into_iter()
            .all(|(_, operation)| operation["responses"].as_object().into_iter().flatten().all(have))
}

fn is_secured(document: &Value, security: &Security) -> bool {
    let scheme = &document["components"]["securitySchemes"]["bearer"];
    let words =
        format!("{} {}", scheme["type"].as_str().unwrap_or_default(), scheme["scheme"].as_str().unwrap_or_default());
    let operations = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, item)| item.as_object().into_iter().flatten());
    words == security.scheme
        && operations.into_iter().all(|(_, operation)| operation["security"] == json!([{ "bearer": [] }]))
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
    let Ok(contract) = Contract::new(&document.to_string()) else { return false };
    CASES.with(|cases| {
        cases.iter().all(|case| {
            let Some((operation, _)) = contract.operation(&case.request.method, &case.request.path) else {
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

/// A schema in the words of the reference.
fn in_words(schema: &Value) -> String {
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
            return format!("[{}]{nullable}{}", in_words(&schema["items"]), bounds("minItems", "maxItems"));
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

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| target(reference).ok());
    target.and_then(|pointer| document.pointer(&pointer)).unwrap_or(value)
}
