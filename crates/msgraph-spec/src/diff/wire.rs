//! The impact of a change on the wire.

use msgraph_openapi::{Kind, Location, locate, pointer};
use serde_json::Value;

use super::impact::Verdict;
use super::usage::Usage;
use super::{Change, WireImpact, schema_rules};

/// Returns the side of a change, its impact on the wire, and the reason.
pub(super) fn meaning(change: &Change, usage: &Usage<'_>) -> (&'static str, WireImpact, String) {
    let place = locate(&change.pointer);
    let (request, response) = usage.sides(&change.pointer);
    let is_component = change.pointer.starts_with("/components/schemas/");
    let side = match (request, response) {
        (true, true) => "both",
        (true, false) => "request",
        (false, true) => "response",
        (false, false) if is_component => "unused",
        (false, false) => "document",
    };
    let (wire, why) = if change.is_path_rename() {
        (WireImpact::None, "the name of a path parameter is not sent")
    } else if is_documentation(&place) {
        (WireImpact::None, "documentation is not sent")
    } else if side == "unused" {
        (WireImpact::None, "nothing that is sent uses it")
    } else if is_component
        && pointer::names(&change.pointer).count() == 3
        && (change.before.is_none() || change.after.is_none())
    {
        (WireImpact::None, "a component is sent where it is referred to")
    } else {
        rule(change, &place, usage, request, response)
    };
    (side, wire, why.to_owned())
}

/// Returns true for a place that does not affect what is sent.
fn is_documentation(place: &Location<'_>) -> bool {
    let is_text = |keyword: &str| {
        matches!(
            keyword,
            "description"
                | "summary"
                | "title"
                | "example"
                | "examples"
                | "externalDocs"
                | "tags"
                | "deprecated"
                | "operationId"
                | "openapi"
                | "info"
                | "xml"
                | "links"
                | "bearerFormat"
        ) || keyword.starts_with("x-")
    };
    let kinds = [
        Kind::Info,
        Kind::Contact,
        Kind::License,
        Kind::ExternalDocumentation,
        Kind::Tag,
        Kind::Example,
        Kind::Xml,
        Kind::Link,
    ];
    kinds.contains(&place.kind)
        || place.keyword().is_some_and(is_text)
        || (place.kind.is_schema() && matches!(place.keyword(), Some("readOnly" | "writeOnly")))
}

fn rule(change: &Change, place: &Location<'_>, usage: &Usage<'_>, request: bool, response: bool) -> Verdict {
    use WireImpact::{Breaking, Compatible, Risky};

    let (added, removed) = (change.before.is_none(), change.after.is_none());
    let is_now_true = change.after == Some(Value::Bool(true));
    match (place.kind, place.keyword()) {
        (kind, _) if kind.is_schema() => schema_rules::rule(change, place, usage, request, response),
        (Kind::Discriminator, Some("mapping")) if added && !response => {
            (Compatible, "a request can be of another type")
        }
        (Kind::Discriminator, Some("mapping")) if added => (Risky, "a response can be of another type"),
        (Kind::Discriminator, Some("mapping")) if removed && !request => {
            (Compatible, "a response is no longer of a type")
        }
        (Kind::Discriminator, _) => (Breaking, "types are distinguished in another way"),
        (Kind::PathItem | Kind::Operation, None) if added => (Compatible, "an operation is added"),
        (Kind::PathItem | Kind::Operation, None) => (Breaking, "an operation is removed"),
        (Kind::Operation, Some("parameters")) => parameters(change),
        (Kind::Operation, Some("security")) => security(change),
        (Kind::Parameter | Kind::RequestBody, Some("required")) if is_now_true => {
            (Breaking, "a request must have more")
        }
        (Kind::Parameter | Kind::RequestBody, Some("required")) => (Compatible, "a request may have less"),
        (Kind::Parameter, _) => (Breaking, "a parameter is written in another way"),
        (Kind::RequestBody, None) if added && change.after.as_ref().is_some_and(|body| body["required"] == true) => {
            (Breaking, "a request must have a body")
        }
        (Kind::RequestBody, None) if added => (Compatible, "a request may have a body"),
        (Kind::RequestBody, None) => (Breaking, "a request no longer has a body"),
        (Kind::MediaType, None) if added => (Compatible, "another media type can be chosen"),
        (Kind::MediaType, None) => (Breaking, "a media type is removed"),
        (Kind::Response, None) => status(change),
        (Kind::Header, None) if added => (Compatible, "a header is added"),
        (Kind::Header, None) => (Risky, "a header is removed"),
        (Kind::Header, Some("required")) if is_now_true => (Compatible, "a header is always there"),
        (Kind::Header, Some("required")) => (Risky, "a header may be missing"),
        (Kind::Callback, _) => (Risky, "the service calls back in another way"),
        (Kind::SecurityScheme, None) => scheme(change, usage),
        (Kind::Components, Some("securitySchemes")) if added => {
            (WireImpact::None, "a scheme is used where it is required")
        }
        (Kind::SecurityScheme | Kind::OAuthFlow, _) if added => (Compatible, "another way to sign in is added"),
        (Kind::Document | Kind::PathItem | Kind::Operation, Some("servers")) | (Kind::Server, None) if added => {
            (Compatible, "a server is added")
        }
        (Kind::Document | Kind::PathItem | Kind::Operation, Some("servers")) | (Kind::Server, _) => {
            (Breaking, "requests go to another server")
        }
        (Kind::Document, Some("components")) | (Kind::Components, _) => {
            (WireImpact::None, "a component is sent where it is referred to")
        }
        _ => (Breaking, "its form changes"),
    }
}

/// Returns the impact of a change of a parameter or of the whole list.
fn parameters(change: &Change) -> Verdict {
    let all = |value: &Option<Value>| match value {
        Some(Value::Array(list)) => list.clone(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    };
    if !all(&change.before).is_empty() {
        (WireImpact::Breaking, "a parameter is removed")
    } else if all(&change.after).iter().any(|parameter| parameter["required"] == true) {
        (WireImpact::Breaking, "a request must have another parameter")
    } else {
        (WireImpact::Compatible, "a request may have another parameter")
    }
}

/// Returns the impact of a change of security requirements, which are alternatives. An empty one requires nothing.
fn security(change: &Change) -> Verdict {
    let is_open = |value: &Option<Value>| match value {
        Some(Value::Array(list)) => list.is_empty() || list.contains(&Value::Object(serde_json::Map::new())),
        Some(Value::Object(requirement)) => requirement.is_empty(),
        _ => !change.is_member,
    };
    if is_open(&change.after) {
        (WireImpact::Compatible, "a request needs no credential")
    } else if change.is_member && change.before.is_none() {
        (WireImpact::Compatible, "a request can have another credential")
    } else {
        (WireImpact::Breaking, "a request must have another credential")
    }
}

fn scheme(change: &Change, usage: &Usage<'_>) -> Verdict {
    let name = pointer::split(&change.pointer).map(|(_, name)| name.into_owned()).unwrap_or_default();
    if change.before.is_none() || !usage.requires(&name) {
        (WireImpact::None, "a scheme is used where it is required")
    } else {
        (WireImpact::Breaking, "a request must have another credential")
    }
}

fn status(change: &Change) -> Verdict {
    let is_success = pointer::split(&change.pointer).is_some_and(|(_, status)| status.starts_with('2'));
    match (change.before.is_none(), is_success) {
        (true, true) => (WireImpact::Risky, "an operation can succeed with another status"),
        (true, false) => (WireImpact::Risky, "an operation can fail with another status"),
        (false, true) => (WireImpact::Breaking, "an operation no longer succeeds with a status"),
        (false, false) => (WireImpact::Compatible, "an operation no longer fails with a status"),
    }
}
