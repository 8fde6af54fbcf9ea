//! An operation: a struct with its parameters, and the implementation of `msgraph_core::Operation`.

use std::fmt::Write;
use std::ops::RangeInclusive;

use quote::quote;

use super::parameters::{deprecation, docs_of, setter};
use super::rules;
use super::text::{docs, indented};
use crate::constraints::Rule;
use crate::descriptions::Markdown;
use crate::extracted::Extracted;
use crate::operations::{Operation, RequestBody};
use crate::parameters::{CHOICE, Kind, Location, Parameter, Quotation};

/// Returns the source of an operation.
pub(super) fn source(operation: &Operation, extracted: &Extracted) -> String {
    let name = &operation.type_name;
    let request = Markdown::code(&format!("{} {}", operation.method, operation.path));
    let docs = docs(operation.docs.iter().chain([&request]));
    let deprecated = deprecation(operation.deprecated);
    format!(
        "{docs}{deprecated}#[derive(Clone, Debug, PartialEq)]
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
    if let Some(body) = &operation.body {
        let _ = writeln!(source, "{}pub body: {},", docs([&body.docs]), body.field_type());
    }
    if has_list(operation) {
        let _ = writeln!(source, "{CHOICE}: bool,");
    }
    source
}

fn has_list(operation: &Operation) -> bool {
    operation.parameters.iter().any(Parameter::has_list)
}

impl RequestBody {
    fn field_type(&self) -> String {
        let name = &self.type_name;
        if self.required { format!("types::{name}") } else { format!("::std::option::Option<types::{name}>") }
    }
}

fn constructor_and_setters(operation: &Operation) -> String {
    let (required, optional): (Vec<_>, Vec<_>) = operation.parameters.iter().partition(|parameter| parameter.required);
    let body =
        operation.body.as_ref().filter(|body| body.required).map(|body| format!("body: types::{}", body.type_name));
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
    match &operation.body {
        Some(body) if body.required => source.push_str("        body,\n"),
        Some(_) => source.push_str("        body: ::std::default::Default::default(),\n"),
        None => {}
    }
    if has_list(operation) {
        let _ = writeln!(source, "        {CHOICE}: false,");
    }
    source.push_str("    }\n}\n");
    for parameter in optional {
        source.push_str(&setter(parameter, operation));
    }
    if let Some(RequestBody { type_name, docs: text, required: false, .. }) = &operation.body {
        let docs = docs([text]);
        let _ = write!(
            source,
            "\n{docs}pub fn body(mut self, body: types::{type_name}) -> Self {{\n    self.body = ::std::option::Option::Some(body);\n    self\n}}\n"
        );
    }
    if has_list(operation) {
        let _ = write!(
            source,
            "\n/// Allows values that the spec does not list.\npub fn {CHOICE}(mut self) -> Self {{\n    self.{CHOICE} = true;\n    self\n}}\n"
        );
    }
    source
}

fn implementation(operation: &Operation, extracted: &Extracted) -> String {
    let reads_empty_body = operation.reads_empty_body();
    let response = operation.success.response.as_ref().map_or_else(|| "()".to_owned(), |name| format!("types::{name}"));
    let response = if reads_empty_body { format!("::std::option::Option<{response}>") } else { response };
    let read_back = operation.read_back.as_ref().map_or_else(|| "Self".to_owned(), ToString::to_string);
    let Operation { name, method, path, .. } = operation;
    let retry_mode = if matches!(method.as_str(), "POST" | "PATCH") { "OnlyIfNotProcessed" } else { "Idempotent" };
    let statuses: Vec<_> = operation.success.statuses.iter().map(status_range).collect();
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
        operation.success.response.is_some(),
    );
    let without_body = &operation.success.without_body;
    if operation.success.response.is_some() && !without_body.is_empty() && *without_body != [204..=204] {
        let statuses: Vec<_> = without_body.iter().map(status_range).collect();
        let _ = writeln!(
            source,
            "const STATUSES_WITHOUT_BODY: &'static [::std::ops::RangeInclusive<u16>] = &[{}];",
            statuses.join(", ")
        );
    }
    if reads_empty_body {
        source.push_str("const READS_EMPTY_BODY: bool = true;\n");
    }
    source.push_str(&path_parameter(operation));
    source.push_str(&query(operation));
    source.push_str(&headers(operation));
    if let Some(body) = &operation.body {
        let encoded = if body.required {
            "::msgraph_core::codegen::v1::encode(&self.body)"
        } else {
            "self.body.as_ref().map_or(::std::result::Result::Ok(::std::option::Option::None), ::msgraph_core::codegen::v1::encode)"
        };
        let _ = write!(
            source,
            "\nfn body(&self) -> ::serde_json::Result<::std::option::Option<::std::vec::Vec<u8>>> {{\n    {encoded}\n}}\n"
        );
    }
    source.push_str(&validate(operation, extracted));
    source.push_str(&decode(operation, extracted));
    if let Some(read) = &operation.read_back {
        let path = operation.parameters.iter().filter(|parameter| parameter.location == Location::Path);
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
    let in_path: Vec<_> =
        operation.parameters.iter().filter(|parameter| parameter.location == Location::Path).collect();
    let signature = "path_parameter(&self, name: &str) -> ::std::option::Option<::std::borrow::Cow<'_, str>>";
    if in_path.is_empty() {
        let signature = signature.replace("name", "_");
        return format!("\nfn {signature} {{\n    ::std::option::Option::None\n}}\n");
    }
    let mut source = format!("\nfn {signature} {{\n    match name {{\n");
    for Parameter { name, field, kind, quotation, .. } in in_path {
        let value = match kind {
            Kind::Text => format!("self.{field}.as_str().into()"),
            _ => format!("self.{field}.to_string().into()"),
        };
        let value = match quotation {
            Quotation::Quoted => format!("::msgraph_core::codegen::v1::quoted({value})"),
            Quotation::None | Quotation::Argument => value,
        };
        let _ = writeln!(source, "        {name:?} => ::std::option::Option::Some({value}),");
    }
    source.push_str("        _ => ::std::option::Option::None,\n    }\n}\n");
    source
}

fn query(operation: &Operation) -> String {
    let in_query: Vec<_> =
        operation.parameters.iter().filter(|parameter| parameter.location == Location::Query).collect();
    if in_query.is_empty() {
        return String::new();
    }
    let mut source = "\nfn query(&self, query: &mut ::msgraph_core::Query) {\n".to_owned();
    for Parameter { name, field, required, kind, .. } in in_query {
        let line = match (kind, required) {
            (Kind::List { explode: true, .. }, _) => {
                format!("self.{field}.iter().for_each(|value| query.push({name:?}, value));")
            }
            (Kind::List { explode: false, .. }, _) => format!("query.push_list({name:?}, &self.{field});"),
            (_, true) => format!("query.push({name:?}, &self.{field});"),
            (_, false) => format!("query.push_optional({name:?}, self.{field}.as_ref());"),
        };
        let _ = writeln!(source, "    {line}");
    }
    source.push_str("}\n");
    source
}

fn headers(operation: &Operation) -> String {
    let in_headers = operation.parameters.iter().filter(|parameter| parameter.location == Location::Header);
    let lines: Vec<_> = in_headers
        .map(|Parameter { name, field, required, kind, .. }| match kind {
            Kind::List { .. } => format!("    headers.push_list({name:?}, &self.{field})?;\n"),
            _ if *required => format!("    headers.push({name:?}, &self.{field})?;\n"),
            _ => format!("    headers.push_optional({name:?}, self.{field}.as_ref())?;\n"),
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let signature = "headers(&self, headers: &mut ::msgraph_core::Headers)";
    let result = "::std::result::Result<(), ::msgraph_core::InvalidValue>";
    format!("\nfn {signature} -> {result} {{\n{}    ::std::result::Result::Ok(())\n}}\n", lines.concat())
}

fn validate(operation: &Operation, extracted: &Extracted) -> String {
    let mut checks = String::new();
    for parameter in &operation.parameters {
        let Parameter { name, field, required, rules, kind, quotation, .. } = parameter;
        let is_list = matches!(kind, Kind::List { .. });
        for rule in rules {
            let (list, choice) = (quote!(&self.#field), quote!(self.allow_unknown_values));
            checks.push_str(&statement(&if is_list && !required && matches!(rule, Rule::Items(_)) {
                // An empty one is not sent.
                let check = rules::check(rule, name, &list, &choice);
                quote!(if !self.#field.is_empty() { #check })
            } else if *required || is_list {
                rules::check(rule, name, &list, &choice)
            } else {
                let check = rules::check(rule, name, &quote!(value), &choice);
                quote!(if let ::std::option::Option::Some(value) = &self.#field { #check })
            }));
        }
        if *quotation == Quotation::Argument && matches!(kind, Kind::Text | Kind::Named(_)) {
            let text = if matches!(kind, Kind::Text) { quote!(&self.#field) } else { quote!(&self.#field.to_string()) };
            checks.push_str(&statement(&quote!(::msgraph_core::codegen::v1::check_argument(#name, #text)?;)));
        }
    }
    let is_checked = operation.body.as_ref().is_some_and(|body| {
        let mut bodies = extracted.bodies.iter().filter(|other| other.component == body.component);
        let mut unions = extracted.tagged_unions.iter().filter(|union| union.component == body.component);
        bodies.any(|body| !body.checks.is_empty()) || unions.any(|union| union.arms.iter().any(|arm| arm.is_checked))
    });
    if !is_checked && checks.is_empty() {
        return String::new();
    }
    let end = if is_checked {
        "    ::msgraph_core::codegen::v1::Validate::validate(&self.body)\n"
    } else {
        "    ::std::result::Result::Ok(())\n"
    };
    format!("\nfn validate(&self) -> ::std::result::Result<(), ::msgraph_core::InvalidValue> {{\n{checks}{end}}}\n")
}

/// Returns the source of a statement, in a function.
fn statement(tokens: &proc_macro2::TokenStream) -> String {
    let Ok(file) = syn::parse2::<syn::File>(quote!(fn statement() { #tokens })) else { return tokens.to_string() };
    let source = prettyplease::unparse(&file);
    let mut lines: Vec<_> = source.lines().skip(1).collect();
    lines.pop();
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

fn decode(operation: &Operation, extracted: &Extracted) -> String {
    let result = "::msgraph_core::codegen::v1::DecodeResult<Self::Response>";
    let Some(response) = &operation.success.response else {
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
    let reader = format!("::msgraph_core::codegen::v1::{reader}");
    let reader = if operation.reads_empty_body() {
        format!("::msgraph_core::codegen::v1::decode_optional(body, |body| {reader})")
    } else {
        reader
    };
    format!("\nfn decode(&self, body: &[u8]) -> {result} {{\n    {reader}\n}}\n")
}

/// Returns the properties that an operation selects.
fn select(operation: &Operation) -> String {
    let mut in_query = operation.parameters.iter().filter(|parameter| parameter.location == Location::Query);
    match in_query.find(|parameter| parameter.name == "$select") {
        Some(Parameter { field, kind: Kind::Text, required: false, .. }) => format!("self.{field}.as_deref()"),
        Some(Parameter { field, kind: Kind::Text, .. }) => format!("::std::option::Option::Some(&self.{field})"),
        Some(Parameter { field, kind: Kind::List { item, .. }, .. }) if matches!(**item, Kind::Text) => {
            format!("::std::option::Option::Some(&self.{field}.join(\",\"))")
        }
        _ => "::std::option::Option::None".to_owned(),
    }
}
