//! The Rust names of a spec's names, as progenitor's type generator makes them.

use heck::{ToPascalCase, ToSnakeCase};
use msgraph_openapi::Error;
use proc_macro2::Ident;

/// Returns the name of a type or variant.
pub(crate) fn type_name(name: &str, pointer: &str) -> Result<Ident, Error> {
    identifier(words(name).to_pascal_case(), "X", pointer)
}

/// Returns the name of a field.
pub(crate) fn field_name(name: &str, pointer: &str) -> Result<Ident, Error> {
    identifier(words(name).to_snake_case(), "x", pointer)
}

fn words(name: &str) -> String {
    name.replace('\'', "").replace(|c: char| !(c.is_alphanumeric() || c == '_'), "-")
}

fn identifier(name: String, prefix: &str, pointer: &str) -> Result<Ident, Error> {
    let name = if name.starts_with(char::is_alphabetic) { name } else { format!("{prefix}{name}") };
    let keyword_safe = format!("{name}_");
    syn::parse_str(&name)
        .or_else(|_| syn::parse_str(&keyword_safe))
        .map_err(|_| Error::new(pointer, format!("invalid name {name:?}: cannot become a Rust name")))
}

#[cfg(test)]
mod tests {
    use super::{field_name, type_name};

    #[test]
    fn names_are_those_of_progenitor() {
        for (name, expected) in [
            ("incidentTask", "IncidentTask"),
            ("ODataError", "ODataError"),
            ("microsoft.graph.x", "MicrosoftGraphX"),
            ("Self", "Self_"),
            ("-1", "X1"),
        ] {
            assert_eq!(type_name(name, "").unwrap().to_string(), expected);
        }
        for (name, expected) in [
            ("@odata.type", "odata_type"),
            ("request-id", "request_id"),
            ("type", "type_"),
            ("isolationType", "isolation_type"),
        ] {
            assert_eq!(field_name(name, "").unwrap().to_string(), expected);
        }
    }
}
