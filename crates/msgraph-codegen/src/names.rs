//! The Rust names of a spec's names.

use heck::{ToPascalCase, ToSnakeCase};
use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS};
use proc_macro2::Ident;
use serde_json::Value;

/// Returns the name of a type or variant.
pub(crate) fn type_name(name: &str, pointer: &str) -> Result<Ident, Error> {
    identifier(words(name).to_pascal_case(), "X", pointer)
}

/// Returns the name of a field.
pub(crate) fn field_name(name: &str, pointer: &str) -> Result<Ident, Error> {
    identifier(words(name).to_snake_case(), "x", pointer)
}

/// Returns a name that no component has, for one that is replaced before it is printed.
pub(crate) fn free(document: &Value, name: &str) -> String {
    let mut name = name.to_owned();
    while document.pointer(&join(SCHEMAS, &name)).is_some() {
        name.push('X');
    }
    name
}

fn words(name: &str) -> String {
    // Of two names with other letters Rust can take one for the other, as it normalises them.
    name.replace('\'', "").replace(|c: char| !(c.is_ascii_alphanumeric() || c == '_'), "-")
}

fn identifier(name: String, prefix: &str, pointer: &str) -> Result<Ident, Error> {
    let name = if name.starts_with(char::is_alphabetic) { name } else { format!("{prefix}{name}") };
    let keyword_safe = format!("{name}_");
    // A keyword since the edition of 2024, which syn does not have among them.
    let name = if name == "gen" { keyword_safe.clone() } else { name };
    syn::parse_str(&name)
        .or_else(|_| syn::parse_str(&keyword_safe))
        .map_err(|_| Error::new(pointer, format!("invalid name {name:?}: cannot become a Rust name")))
}

#[cfg(test)]
mod tests {
    use super::{field_name, type_name};

    #[test]
    fn names_become_identifiers() {
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
            ("gen", "gen_"),
            ("é", "x"),
            ("isolationType", "isolation_type"),
        ] {
            assert_eq!(field_name(name, "").unwrap().to_string(), expected);
        }
    }
}
