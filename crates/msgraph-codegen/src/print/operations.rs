//! An operation: a struct with its parameters, and the implementation of `msgraph_core::Operation`.

use std::fmt::Write;
use std::ops::RangeInclusive;

use super::text::{code_span, docs, indented};
use crate::extracted::Extracted;
use crate::operations::{Kind, Operation, Parameter, RequestBody};
use crate::ranges::Range;

/// Returns the source of an operation.
pub(super) fn source(operation: &Operation, extracted: &Extracted) -> String {
    let name = &operation.type_name;
    let request = code_span(&format!("{} {}", operation.method, operation.path));
    let docs = docs(operation.docs.iter().map(String::as_str).chain([request.as_str()]));
    format!(
        "{docs}#[derive(Clone, Debug, PartialEq)]
#[must_use = \"nothing is sent until a transport sends it\"]
#[non_exhaustive]
pub struct {name} {{
{}}}

impl {name} {{
{}}}

impl ::msgraph_core::Operation for {name} {{
{}}}
",
        indented(&fields(operation)),
        indented(&constructor_and_setters(operation)),
        indented(&implementation(operation, extracted)),
    )
}

fn fields(operation: &Operation) -> String {
    let mut source = String::new();
    // Writing to a string does not fail.
    for parameter in &operation.parameters {
        let _ = writeln!(source, "{}pub {}: {},", docs_of(parameter), parameter.field, parameter.field_type());
    }
    if let Some(RequestBody { docs: text, type_name, .. }) = &operation.body {
        let _ = writeln!(source, "{}pub body: types::{type_name},", docs([text.as_str()]));
    }
    source
}

fn constructor_and_setters(operation: &Operation) -> String {
    let (required, optional): (Vec<_>, Vec<_>) = operation.parameters.iter().partition(|parameter| parameter.required);
    let body = operation.body.as_ref().map(|body| format!("body: types::{}", body.type_name));
    let arguments = required.iter().map(|parameter| parameter.argument()).chain(body).collect::<Vec<_>>().join(", ");
    let mut source = format!(
        "/// Returns the operation with its required parameters only.\npub fn new({arguments}) -> Self {{\n    Self {{\n"
    );
    for parameter in &required {
        let _ = writeln!(source, "        {}: {},", parameter.field, parameter.converted());
    }
    for parameter in &optional {
        let _ = writeln!(source, "        {}: ::std::default::Default::default(),", parameter.field);
    }
    if operation.body.is_some() {
        source.push_str("        body,\n");
    }
    source.push_str("    }\n}\n");
    for parameter in optional {
        let Parameter { field, .. } = parameter;
        let value = match parameter.kind {
            Kind::List(_) => parameter.converted(),
            _ => format!("::std::option::Option::Some({})", parameter.converted()),
        };
        let _ = write!(
            source,
            "\n{}pub fn {field}(mut self, {}) -> Self {{\n    self.{field} = {value};\n    self\n}}\n",
            docs_of(parameter),
            parameter.argument(),
        );
    }
    source
}

fn implementation(operation: &Operation, extracted: &Extracted) -> String {
    let response = operation.response.as_ref().map_or_else(|| "()".to_owned(), |name| format!("types::{name}"));
    let read_back = operation.read_back.as_ref().map_or_else(|| "Self".to_owned(), ToString::to_string);
    let Operation { name, method, path, .. } = operation;
    let retry_mode = if matches!(method.as_str(), "POST" | "PATCH") { "OnlyIfNotProcessed" } else { "Idempotent" };
    let statuses: Vec<_> = operation.success_statuses.iter().map(status_range).collect();
    let mut source = format!(
        "type Response = {response};
type ReadBack = {read_back};

const NAME: &'static str = {:?};
const METHOD: &'static str = {method:?};
const PATH_TEMPLATE: &'static str = {path:?};
const RETRY_MODE: ::msgraph_core::RetryMode = ::msgraph_core::RetryMode::{retry_mode};
const SUCCESS_STATUSES: &'static [::std::ops::RangeInclusive<u16>] = &[{}];
const HAS_RESPONSE_BODY: bool = {};
",
        name.to_string(),
        statuses.join(", "),
        operation.response.is_some(),
    );
    source.push_str(&path_parameter(operation));
    source.push_str(&query(operation));
    if operation.body.is_some() {
        source.push_str(
            "\nfn body(&self) -> ::serde_json::Result<::std::option::Option<::std::vec::Vec<u8>>> {
    ::msgraph_core::codegen::v1::encode(&self.body)
}
",
        );
    }
    source.push_str(&validate(operation, extracted));
    source.push_str(&decode(operation, extracted));
    if let Some(read) = &operation.read_back {
        let path = operation.parameters.iter().filter(|parameter| parameter.in_path);
        let arguments: Vec<_> = path.map(|parameter| format!("self.{}.clone()", parameter.field)).collect();
        let _ = write!(
            source,
            "\nfn read_back(&self) -> ::std::option::Option<{read}> {{\n    ::std::option::Option::Some({read}::new({}))\n}}\n",
            arguments.join(", "),
        );
    }
    source
}

fn status_range(range: &RangeInclusive<u16>) -> String {
    format!("{}..={}", range.start(), range.end())
}

fn path_parameter(operation: &Operation) -> String {
    let in_path: Vec<_> = operation.parameters.iter().filter(|parameter| parameter.in_path).collect();
    let signature = "path_parameter(&self, name: &str) -> ::std::option::Option<::std::borrow::Cow<'_, str>>";
    if in_path.is_empty() {
        let signature = signature.replace("name", "_");
        return format!("\nfn {signature} {{\n    ::std::option::Option::None\n}}\n");
    }
    let mut source = format!("\nfn {signature} {{\n    match name {{\n");
    for Parameter { name, field, kind, .. } in in_path {
        let value = match kind {
            Kind::Text => format!("self.{field}.as_str().into()"),
            _ => format!("self.{field}.to_string().into()"),
        };
        let _ = writeln!(source, "        {name:?} => ::std::option::Option::Some({value}),");
    }
    source.push_str("        _ => ::std::option::Option::None,\n    }\n}\n");
    source
}

fn query(operation: &Operation) -> String {
    let in_query: Vec<_> = operation.parameters.iter().filter(|parameter| !parameter.in_path).collect();
    if in_query.is_empty() {
        return String::new();
    }
    let mut source = "\nfn query(&self, query: &mut ::msgraph_core::Query) {\n".to_owned();
    for Parameter { name, field, required, kind, .. } in in_query {
        let line = match (kind, required) {
            (Kind::List(_), _) => format!("self.{field}.iter().for_each(|value| query.push({name:?}, value));"),
            (_, true) => format!("query.push({name:?}, &self.{field});"),
            (_, false) => format!("query.push_optional({name:?}, self.{field}.as_ref());"),
        };
        let _ = writeln!(source, "    {line}");
    }
    source.push_str("}\n");
    source
}

fn validate(operation: &Operation, extracted: &Extracted) -> String {
    let mut checks = String::new();
    for Parameter { name, field, required, range, .. } in &operation.parameters {
        let Some(range) = range else { continue };
        let Range { minimum, maximum } = range;
        let check = |value: &str| {
            format!(
                "::msgraph_core::codegen::v1::check_range({name:?}, {value}, {minimum}..={maximum}, &[{:?}])?;",
                range.describe()
            )
        };
        let _ = if *required {
            writeln!(checks, "    {}", check(&format!("self.{field}")))
        } else {
            let check = check("value");
            writeln!(checks, "    if let ::std::option::Option::Some(value) = self.{field} {{\n        {check}\n    }}")
        };
    }
    let body =
        operation.body.as_ref().and_then(|body| extracted.bodies.iter().find(|other| other.name == body.type_name));
    let end = match body {
        Some(body) if !body.checks.is_empty() => "    self.body.validate()\n",
        _ if checks.is_empty() => return String::new(),
        _ => "    ::std::result::Result::Ok(())\n",
    };
    format!("\nfn validate(&self) -> ::std::result::Result<(), ::msgraph_core::InvalidValue> {{\n{checks}{end}}}\n")
}

fn decode(operation: &Operation, extracted: &Extracted) -> String {
    let result = "::msgraph_core::codegen::v1::DecodeResult<Self::Response>";
    let Some(response) = &operation.response else {
        return format!("\nfn decode(&self, _: &[u8]) -> {result} {{\n    ::std::result::Result::Ok(().into())\n}}\n");
    };
    let is_collection = extracted.collections.iter().any(|collection| collection.name == *response);
    let reader = match &operation.id_and_key {
        _ if is_collection => format!("decode_collection(body, {})", select(operation)),
        Some((id, key)) => {
            let id = format!("|entity: &types::{response}| ::msgraph_core::codegen::v1::id(&entity.{id})");
            format!("decode_entity(body, &self.{key}, {}, {id})", select(operation))
        }
        None => "decode(body)".to_owned(),
    };
    format!("\nfn decode(&self, body: &[u8]) -> {result} {{\n    ::msgraph_core::codegen::v1::{reader}\n}}\n")
}

/// Returns the properties that an operation selects.
fn select(operation: &Operation) -> String {
    let select = operation.parameters.iter().find(|parameter| !parameter.in_path && parameter.name == "$select");
    match select {
        Some(Parameter { field, kind: Kind::Text, required: false, .. }) => format!("self.{field}.as_deref()"),
        Some(Parameter { field, kind: Kind::Text, .. }) => format!("::std::option::Option::Some(&self.{field})"),
        Some(Parameter { field, kind: Kind::List("::std::string::String"), .. }) => {
            format!("::std::option::Option::Some(&self.{field}.join(\",\"))")
        }
        _ => "::std::option::Option::None".to_owned(),
    }
}

fn docs_of(parameter: &Parameter) -> String {
    if parameter.docs.is_empty() {
        docs([code_span(&parameter.name).as_str()])
    } else {
        docs([parameter.docs.as_str()])
    }
}

impl Parameter {
    fn value_type(&self) -> String {
        match &self.kind {
            Kind::Text => "::std::string::String".to_owned(),
            Kind::Copy(name) => (*name).to_owned(),
            Kind::Named(name) => name.clone(),
            Kind::List(item) => format!("::std::vec::Vec<{item}>"),
        }
    }

    fn field_type(&self) -> String {
        match self.kind {
            Kind::List(_) => self.value_type(),
            _ if self.required => self.value_type(),
            _ => format!("::std::option::Option<{}>", self.value_type()),
        }
    }

    fn argument(&self) -> String {
        let Self { field, kind, .. } = self;
        match kind {
            Kind::Copy(name) => format!("{field}: {name}"),
            Kind::Text | Kind::Named(_) => format!("{field}: impl ::std::convert::Into<{}>", self.value_type()),
            Kind::List(item) => {
                format!("{field}: impl ::std::iter::IntoIterator<Item = impl ::std::convert::Into<{item}>>")
            }
        }
    }

    fn converted(&self) -> String {
        let Self { field, kind, .. } = self;
        match kind {
            Kind::Copy(_) => field.to_string(),
            Kind::Text | Kind::Named(_) => format!("{field}.into()"),
            Kind::List(_) => format!("{field}.into_iter().map(::std::convert::Into::into).collect()"),
        }
    }
}
