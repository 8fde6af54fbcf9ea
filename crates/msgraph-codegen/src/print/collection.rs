//! How a page says what comes after it.

use syn::{Item, parse_quote};

use crate::collections::Collection;

pub(super) fn item(collection: &Collection) -> Item {
    let Collection { name, next_link, items, item, .. } = collection;
    parse_quote! {
        impl ::msgraph_core::Collection for #name {
            type Item = #item;

            fn next_link(&self) -> ::std::option::Option<&str> {
                self.#next_link.as_deref()
            }

            fn into_items(self) -> ::std::vec::Vec<::msgraph_core::Item<#item>> {
                self.#items
            }
        }
    }
}
