//! The generated types: all of them can grow, none has more surface than it needs.

use quote::quote;
use syn::{Attribute, Fields, Item, Type, parse_quote};

use super::object;
use crate::Error;
use crate::normalise::NamedType;

/// Completes the types that the generator made.
pub(super) fn rewrite(items: &mut Vec<Item>) -> Result<(), Error> {
    items.retain(|item| !is_clone_conversion(item) && !is_module_of_errors(item));
    let mut readers = Vec::new();
    for item in &mut *items {
        match item {
            Item::Struct(item) => {
                item.attrs.extend(attributes());
                document_unknown_properties(&mut item.fields);
                readers.extend(object::take_over(item)?);
            }
            Item::Enum(item) => item.attrs.extend(attributes()),
            _ => {}
        }
    }
    items.extend(readers);
    Ok(())
}

/// What is said of each generated type.
pub(super) fn attributes() -> [Attribute; 2] {
    [parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]), parse_quote!(#[non_exhaustive])]
}

/// The discriminating value of a type.
pub(super) fn named_type(named_type: &NamedType) -> Item {
    let NamedType { name, value, .. } = named_type;
    parse_quote! {
        impl ::msgraph_core::NamedType for #name {
            const TYPE_NAME: &'static str = #value;
        }
    }
}

fn document_unknown_properties(fields: &mut Fields) {
    for field in fields {
        if field.ident.as_ref().is_some_and(|ident| ident == "extra") {
            field.attrs.insert(0, parse_quote!(#[doc = " Properties that this build doesn't know, as they arrived."]));
        }
    }
}

/// `impl From<&T> for T`, which is `clone` by another name.
fn is_clone_conversion(item: &Item) -> bool {
    let Item::Impl(item) = item else { return false };
    let Some((path, _)) = &item.trait_ else { return false };
    let Type::Path(target) = &*item.self_ty else { return false };
    quote!(#path).to_string() == quote!(::std::convert::From<&#target>).to_string()
}

/// The conversion errors of types that this crate does not let the generator make.
fn is_module_of_errors(item: &Item) -> bool {
    matches!(item, Item::Mod(module) if module.ident == "error")
}
