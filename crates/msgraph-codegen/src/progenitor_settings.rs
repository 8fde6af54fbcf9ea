//! The one place where progenitor is set up and run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use serde_json::Value;

use crate::collections::Collection;
use crate::document::join;
use crate::normalise::{NamedType, TIMESTAMP};
use crate::open_enums::OpenEnum;
use crate::tagged_unions::TaggedUnion;
use crate::{Error, Parts, names};

/// The version that is required, exactly.
pub(crate) const PROGENITOR_VERSION: &str = "0.15.1";

pub(crate) fn run(document: &Value, parts: &Parts) -> Result<syn::File, Error> {
    let mut replacements = vec![(TIMESTAMP, "::msgraph_core::Timestamp".to_owned())];
    for OpenEnum { component, name, .. } in &parts.open_enums {
        replacements.push((component, format!("crate::types::{name}")));
    }
    for TaggedUnion { component, name, .. } in &parts.tagged_unions {
        replacements.push((component, format!("crate::types::{name}")));
    }
    for NamedType { component, name, .. } in &parts.named_types {
        replacements.push((component, format!("::msgraph_core::TypeName<crate::types::{name}>")));
    }

    for Collection { component, item, .. } in &parts.collections {
        replacements.push((component, format!("::msgraph_core::Item<crate::types::{item}>")));
    }

    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::Inner))
        .with_derive("PartialEq");
    for (component, path) in &replacements {
        // The key is the name that the generator would have given the type.
        let key = names::type_name(component, component)?;
        settings.with_replacement(key, path, [TypeImpl::Display, TypeImpl::FromStr].into_iter());
    }

    let spec: openapiv3::OpenAPI = serde_path_to_error::deserialize(document).map_err(|error| {
        let message = format!("this is not OpenAPI 3.0: {}", error.inner());
        Error::new(pointer(error.path()), message)
    })?;
    // The generator panics on constructs that it doesn't know; a fragment must get an error for them.
    let tokens = catch_unwind(AssertUnwindSafe(|| Generator::new(&settings).generate_tokens(&spec)))
        .map_err(|panic| Error::new("", format!("progenitor can't carry the fragment: {}", text_of(&*panic))))?
        .map_err(|error| Error::new("", format!("progenitor refuses the fragment: {error}")))?;
    let file: syn::File = syn::parse2(tokens)
        .map_err(|error| Error::new("", format!("progenitor made no Rust of the fragment: {error}")))?;
    for (component, _) in &replacements {
        was_replaced(&file, component)?;
    }
    Ok(file)
}

/// The place of an error; that of the nearest object around it, where the reader knows no better.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Map { key } => join(&pointer, key),
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("it gave no reason")
}

/// A wrong key would be ignored without a word, and the type be generated after all.
fn was_replaced(file: &syn::File, component: &str) -> Result<(), Error> {
    let name = names::type_name(component, component)?;
    let types = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) => module.content.as_ref(),
        _ => None,
    });
    let is_generated = types.flat_map(|(_, items)| items).any(|item| match item {
        syn::Item::Struct(item) => item.ident == name,
        syn::Item::Enum(item) => item.ident == name,
        syn::Item::Type(item) => item.ident == name,
        _ => false,
    });
    match is_generated {
        true => {
            Err(Error::new(format!("/components/schemas/{component}"), "the generator did not take the replacement"))
        }
        false => Ok(()),
    }
}
