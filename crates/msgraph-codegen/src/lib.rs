#![doc = include_str!("../README.md")]

mod bodies;
mod build;
mod checks;
mod collections;
mod descriptions;
mod entities;
mod extracted;
mod models;
mod names;
mod normalise;
mod open_enums;
mod operations;
mod order;
mod print;
mod provenance;
mod ranges;
mod shape;
mod tagged_unions;

pub use build::build;
pub use msgraph_openapi::Error;
use serde_json::Value;

use extracted::Extracted;

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
/// If the text is not such a document, or has a construct that Rust cannot have without loss. The error has
/// the construct's JSON pointer.
pub fn generate(spec: &str) -> Result<Generated, Error> {
    let (document, extracted) = read(spec)?;
    let models = models::generate(&document, &extracted)?;
    Ok(Generated { source: print::source(models, &extracted)? })
}

/// Returns the document that progenitor makes the types from, for tests that compare with progenitor's own client.
///
/// # Errors
///
/// As [`generate`].
#[doc(hidden)]
pub fn normalised(spec: &str) -> Result<Value, Error> {
    read(spec).map(|(document, _)| document)
}

fn read(spec: &str) -> Result<(Value, Extracted), Error> {
    let mut document = msgraph_openapi::parse(spec)?;
    let provenance = provenance::Provenance::of(spec, &document);
    let property_order = order::of_properties(spec);
    let ranges = ranges::extract(&mut document)?;
    checks::run(&document)?;
    descriptions::escape_all(&mut document);
    let operations = operations::extract(&document, ranges.parameters)?;
    let open_enums = open_enums::extract(&mut document)?;
    let tagged_unions = tagged_unions::extract(&mut document)?;
    let bodies = bodies::extract(&mut document, &open_enums, ranges.lists)?;
    let collections = collections::extract(&mut document)?;
    let odata_types = normalise::run(&mut document)?;
    let extracted = Extracted {
        provenance,
        property_order,
        operations,
        open_enums,
        tagged_unions,
        bodies,
        collections,
        odata_types,
    };
    Ok((document, extracted))
}
