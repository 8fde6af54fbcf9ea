//! How a page says what comes after it.

use syn::{Item, parse_quote};

use crate::collections::Collection;

/// Adds what the generator did not make.
pub(super) fn complete(types: &mut Vec<Item>, collection: &Collection) {
    for item in types.iter_mut() {
        let Item::Struct(item) = item else { continue };
        let items = item.fields.iter_mut().find(|field| field.ident.as_ref() == Some(&collection.items));
        if let Some(items) = items.filter(|_| item.ident == collection.name) {
            // Null is read as an empty list; in JSON Schema the list is required all the same.
            items.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(required))]));
        }
    }
    types.push(implementation(collection));
}

fn implementation(collection: &Collection) -> Item {
    let Collection { name, next_link, items, item, .. } = collection;
    parse_quote! {
        impl ::msgraph_core::Collection for #name {
            type Item = #item;

            fn next_link(&self) -> ::std::option::Option<&str> {
                self.#next_link.as_deref()
            }

            fn into_items(self) -> ::std::vec::Vec<::msgraph_core::Item<#item>> {
                self.#items.unwrap_or_default()
            }
        }
    }
}
