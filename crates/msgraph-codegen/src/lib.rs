#![doc = include_str!("../README.md")]

mod checks;
mod document;
mod error;
mod names;
mod normalise;
mod open_enums;
mod operations;
mod print;
mod progenitor_settings;
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
    checks::run(&document)?;
    text::neutralise(&mut document);
    let open_enums = open_enums::extract(&mut document)?;
    let tagged_unions = tagged_unions::extract(&mut document)?;
    let requests = requests::extract(&mut document, &open_enums)?;
    let named_types = normalise::run(&mut document)?;
    responses::keep_the_one_with_a_body(&mut document)?;
    let path_templates = operations::path_templates(&document)?;
    let client = progenitor_settings::run(&document, &open_enums, &tagged_unions, &named_types)?;
    let source = print::source(client, &path_templates, &open_enums, &tagged_unions, &named_types, &requests)?;
    Ok(Generated { source })
}
