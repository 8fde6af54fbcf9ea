#![doc = include_str!("../README.md")]

mod bodies;
mod build;
mod checks;
mod collections;
mod constraints;
mod descriptions;
mod entities;
mod extracted;
mod hoist;
mod inheritance;
mod models;
mod names;
mod normalise;
mod open_enums;
mod operations;
mod order;
mod parameters;
mod print;
mod problems;
mod provenance;
mod shape;
mod tagged_unions;
mod values;

use std::collections::BTreeSet;

pub use build::build;
pub use msgraph_openapi::Error;
pub use problems::{InvalidSpec, Rejection};
use serde_json::{Value, json};

use extracted::Extracted;
use problems::Problems;

/// The output of [`generate`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generated {
    /// Rust source, formatted; the same spec gives the same bytes. Made for `include!` into a module.
    pub source: String,
}

/// Generates the operations and types of an OpenAPI 3.0 document in JSON.
///
/// # Errors
///
/// If the text is not such a document, or has constructs that Rust cannot have without loss: all of them at once, each
/// with its line and JSON pointer.
pub fn generate(spec: &str) -> Result<Generated, InvalidSpec> {
    let (document, extracted) = read(spec)?;
    let generated = models::generate(&document, &extracted).and_then(|models| print::source(models, &extracted));
    generated.map(|source| Generated { source }).map_err(|error| rejected(spec, error))
}

/// Returns the document that progenitor makes the types from, for tests that compare with progenitor's own client.
///
/// # Errors
///
/// As [`generate`].
#[doc(hidden)]
pub fn normalised(spec: &str) -> Result<Value, InvalidSpec> {
    read(spec).map(|(document, _)| document)
}

fn rejected(spec: &str, error: Error) -> InvalidSpec {
    let mut problems = Problems::default();
    problems.add(error);
    problems.rejection(spec)
}

fn read(spec: &str) -> Result<(Value, Extracted), InvalidSpec> {
    let mut document = msgraph_openapi::parse(spec).map_err(|error| rejected(spec, error))?;
    let provenance = provenance::Provenance::of(spec, &document);
    let mut problems = Problems::default();
    let as_written = document.clone();
    checks::structure(&document, &mut problems);
    if !problems.is_empty() {
        return Err(problems.rejection(spec));
    }
    let components = &mut document["components"];
    if components.get("schemas").is_none() {
        components["schemas"] = json!({});
    }
    descriptions::escape_all(&mut document);
    let inheritance = inheritance::run(&mut document, &mut problems);
    hoist::run(&mut document, &mut problems);
    checks::run(&document, &mut problems);
    let operations = operations::extract(&document, &mut problems);
    if problems.is_empty() {
        models::check_openapi(&as_written, &mut problems);
    }
    // Those of the spec have been found by now; each later step can rely on all before it.
    if !problems.is_empty() {
        return Err(problems.rejection(spec));
    }
    let property_order = order::of_properties(spec, &inheritance);
    let in_responses = problems.keep(bodies::in_responses(&document)).unwrap_or_default();
    let open_enums = open_enums::extract(&mut document, &mut problems);
    let mut tagged_unions = tagged_unions::extract(&mut document, &inheritance, &mut problems);
    // A page in a request has the type of one in a response.
    let collections = problems.keep(collections::extract(&mut document)).unwrap_or_default();
    let bodies = bodies::extract(&mut document, &open_enums, &mut tagged_unions, &mut problems);
    let normalise::Normalised { odata_types, replaced } = normalise::run(&mut document, &tagged_unions, &mut problems);
    if !problems.is_empty() {
        return Err(problems.rejection(spec));
    }
    let extracted = Extracted {
        provenance,
        property_order,
        operations,
        open_enums,
        tagged_unions,
        bodies,
        collections,
        odata_types,
        replaced,
        deprecated: deprecated(&document),
        in_responses,
    };
    Ok((document, extracted))
}

/// Returns the types of the components that are deprecated.
fn deprecated(document: &Value) -> BTreeSet<proc_macro2::Ident> {
    let components = msgraph_openapi::members(document, msgraph_openapi::SCHEMAS);
    let deprecated = components.filter(|(.., schema)| schema["deprecated"] == true);
    deprecated.filter_map(|(pointer, name, _)| names::type_name(name, &pointer).ok()).collect()
}
