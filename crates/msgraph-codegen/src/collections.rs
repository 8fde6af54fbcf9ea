//! OData collections: pages that have a link to the next one. A malformed item must not lose its page, so each is a
//! `msgraph_core::Item`.

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, members};
use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::entities;
use crate::names;
use crate::shape::{self, Shape};

const NEXT_LINK: &str = "@odata.nextLink";
pub(crate) const ITEMS: &str = "value";

pub(crate) struct Collection {
    pub(crate) name: Ident,
    pub(crate) next_link: Ident,
    pub(crate) items: Ident,
    pub(crate) item: Ident,
    /// The field with the ID of an item.
    pub(crate) id: Option<Ident>,
    /// The component that replaces an item.
    pub(crate) component: String,
    pub(crate) item_component: String,
}

/// Finds the collections, and replaces the type of their items.
pub(crate) fn extract(document: &mut Value) -> Result<Vec<Collection>, Error> {
    let mut found = Vec::new();
    let mut replacements = Vec::new();
    for (pointer, component, schema) in members(document, SCHEMAS) {
        if schema.pointer(&join("/properties", NEXT_LINK)).is_none() {
            continue;
        }
        let items = format!("{pointer}/properties/{ITEMS}/items");
        let item = document.pointer(&items).map(|schema| shape::of(schema, &items)).transpose()?;
        let Some(Shape::Reference { component: item }) = item else {
            let message = format!("a component with {NEXT_LINK} must have {ITEMS}, an array of references");
            return Err(Error::new(pointer, message));
        };
        let collection = Collection {
            name: names::type_name(component, &pointer)?,
            next_link: names::field_name(NEXT_LINK, &pointer)?,
            items: names::field_name(ITEMS, &pointer)?,
            item: names::type_name(&item, &items)?,
            id: entities::id_field(document, &item),
            component: names::free(document, &format!("{item}Item")),
            item_component: item,
        };
        replacements.push((pointer, items, collection.component.clone()));
        found.push(collection);
    }
    for (page, items, component) in replacements {
        document["components"]["schemas"][&component] = json!({ "type": "string" });
        // Graph sends it always, and lists it among the required ones nowhere.
        if let Some(page) = document.pointer_mut(&page) {
            let mut required = page["required"].as_array().cloned().unwrap_or_default();
            if !required.iter().any(|name| name == ITEMS) {
                required.push(ITEMS.into());
            }
            page["required"] = required.into();
        }
        if let Some(items) = document.pointer_mut(&items) {
            *items = json!({ "$ref": join("#/components/schemas", &component) });
        }
    }
    Ok(found)
}
