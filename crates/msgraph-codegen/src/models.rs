//! The types, as progenitor makes them: the one place where progenitor is run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use msgraph_openapi::{Error, SCHEMAS, pointer};
use progenitor::{GenerationSettings, Generator, TypeImpl};
use serde_json::{Value, json};
use syn::Item;

use crate::collections::Collection;
use crate::extracted::Extracted;
use crate::names;
use crate::normalise::{TIMESTAMP, TypeWithTag};
use crate::open_enums::OpenEnum;
use crate::tagged_unions::TaggedUnion;

/// Returns the types of a normalised document.
pub(crate) fn generate(document: &Value, extracted: &Extracted) -> Result<Vec<Item>, Error> {
    let replacements = replacements(extracted);
    let mut settings = GenerationSettings::new();
    settings.with_derive("PartialEq");
    for (component, path) in &replacements {
        // The key is the name that the generator would have given the type.
        let key = names::type_name(component, component)?;
        settings.with_replacement(key, path, [TypeImpl::Display, TypeImpl::FromStr].into_iter());
    }
    // The operations are printed by this crate; progenitor's own are compared with them in tests.
    let mut document = document.clone();
    document["paths"] = json!({});
    let spec: openapiv3::OpenAPI = serde_path_to_error::deserialize(&document).map_err(|error| {
        let message = format!("not OpenAPI 3.0: {}", error.inner());
        Error::new(pointer_of(error.path()), message)
    })?;
    let mut generator = Generator::new(&settings);
    // The generator panics on constructs that it does not support; they must be errors.
    catch_unwind(AssertUnwindSafe(|| generator.generate_tokens(&spec)))
        .map_err(|panic| Error::new("", format!("progenitor does not support the spec: {}", text_of(&*panic))))?
        .map_err(|error| Error::new("", format!("progenitor rejects the spec: {error}")))?;
    let types: syn::File = syn::parse2(generator.get_type_space().to_stream())
        .map_err(|error| Error::new("", format!("progenitor's types are not valid Rust: {error}")))?;
    for (component, _) in &replacements {
        ensure_replaced(&types.items, component)?;
    }
    Ok(types.items)
}

/// Returns the components that are types of their own, with these types.
fn replacements(extracted: &Extracted) -> Vec<(&str, String)> {
    let mut replacements = vec![(TIMESTAMP, "::msgraph_core::Timestamp".to_owned())];
    for OpenEnum { component, name, .. } in &extracted.open_enums {
        replacements.push((component, name.to_string()));
    }
    for TaggedUnion { component, name, .. } in &extracted.tagged_unions {
        replacements.push((component, name.to_string()));
    }
    for TypeWithTag { component, name, .. } in &extracted.odata_types {
        replacements.push((component, format!("::msgraph_core::ODataTypeTag<{name}>")));
    }
    for Collection { component, item, .. } in &extracted.collections {
        replacements.push((component, format!("::msgraph_core::Item<{item}>")));
    }
    replacements
}

/// Returns the place of an error, or else that of the nearest object around it.
fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Map { key } => pointer::join(&pointer, key),
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("it gave no reason")
}

/// A wrong key would be ignored silently, and the type be generated after all.
fn ensure_replaced(items: &[Item], component: &str) -> Result<(), Error> {
    let name = names::type_name(component, component)?;
    let is_generated = items.iter().any(|item| match item {
        Item::Struct(item) => item.ident == name,
        Item::Enum(item) => item.ident == name,
        Item::Type(item) => item.ident == name,
        _ => false,
    });
    if is_generated {
        Err(Error::new(pointer::join(SCHEMAS, component), "progenitor did not take the replacement"))
    } else {
        Ok(())
    }
}
