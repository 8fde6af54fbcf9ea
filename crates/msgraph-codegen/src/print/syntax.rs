//! Reads progenitor's output.

use msgraph_openapi::Error;
use syn::{GenericArgument, PathArguments, Type};

/// Returns the `T` of an `Option<T>`.
pub(super) fn inside_option(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// Returns the error for unexpected output of progenitor.
pub(super) fn unexpected(what: &str) -> Error {
    Error::new("", format!("progenitor's types have {what}; is it the version that msgraph-codegen was made for?"))
}
