#![doc = include_str!("../README.md")]

mod bounds;
mod checks;
mod collections;
mod document;
mod error;
mod names;
mod normalise;
mod open_enums;
mod operations;
mod print;
mod progenitor_settings;
mod provenance;
mod requests;
mod responses;
mod shape;
mod tagged_unions;
mod text;

pub use error::Error;

/// What [`generate`] makes of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generated {
    /// Rust source, formatted, the same for the same fragment. Made for `include!` into a module.
    pub source: String,
}

/// Generates the source of a client from an OpenAPI 3.0 document in JSON.
///
/// # Errors
///
/// Where the text is no such document, or has a construct that can't be carried into Rust without
/// loss. The error names the construct by its JSON pointer.
pub fn generate(fragment: &str) -> Result<Generated, Error> {
    let mut document = document::parse(fragment)?;
    let provenance = provenance::Provenance::of(fragment, &document);
    let bounds = bounds::extract(&mut document)?;
    checks::run(&document)?;
    text::neutralise(&mut document);
    let open_enums = open_enums::extract(&mut document)?;
    let tagged_unions = tagged_unions::extract(&mut document)?;
    let requests = requests::extract(&mut document, &open_enums, bounds.lists)?;
    let collections = collections::extract(&mut document)?;
    let named_types = normalise::run(&mut document)?;
    responses::keep_the_one_with_a_body(&mut document)?;
    let operations = operations::described(&document)?;
    let parts = Parts {
        provenance,
        operations,
        parameters: bounds.parameters,
        open_enums,
        tagged_unions,
        requests,
        collections,
        named_types,
    };
    let client = progenitor_settings::run(&document, &parts)?;
    Ok(Generated { source: print::source(client, &parts)? })
}

/// What the generator does not make, or not as it should be.
struct Parts {
    provenance: provenance::Provenance,
    operations: Vec<operations::Operation>,
    parameters: Vec<bounds::BoundedParameter>,
    open_enums: Vec<open_enums::OpenEnum>,
    tagged_unions: Vec<tagged_unions::TaggedUnion>,
    requests: Vec<requests::Request>,
    collections: Vec<collections::Collection>,
    named_types: Vec<normalise::NamedType>,
}
