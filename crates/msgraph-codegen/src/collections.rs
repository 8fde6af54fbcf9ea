//! OData collections: a page that has a link to the next one. An item that can't be read must not lose
//! its page, so each is a `msgraph_core::Item`.

use proc_macro2::Ident;
use serde_json::{Value, json};

use crate::document::{SCHEMAS, join, members};
use crate::shape::{self, Shape};
use crate::{Error, names};

const NEXT_LINK: &str = "@odata.nextLink";
const ITEMS: &str = "value";

pub(crate) struct Collection {
    pub(crate) name: Ident,
    pub(crate) next_link: Ident,
    pub(crate) items: Ident,
    pub(crate) item: Ident,
    /// The component that stands for an item and what may be in its place.
    pub(crate) component: String,
}

/// Finds the collections, and has their items be kept where they can't be read.
pub(crate) fn extract(document: &mut Value) -> Result<Vec<Collection>, Error> {
    let mut found = Vec::new();
    let mut replacements = Vec::new();
    for (pointer, component, schema) in members(document, SCHEMAS) {
        if schema.pointer(&join("/properties", NEXT_LINK)).is_none() {
            continue;
        }
        let items = format!("{pointer}/properties/{ITEMS}/items");
        let item = document.pointer(&items).map(|schema| shape::of(schema, &items)).transpose()?;
        let is_required = schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == ITEMS));
        let (Some(Shape::Reference { component: item }), true) = (item, is_required) else {
            let message = format!("a component with {NEXT_LINK} must require {ITEMS}, an array of references");
            return Err(Error::new(pointer, message));
        };
        let collection = Collection {
            name: names::type_name(component, &pointer)?,
            next_link: names::field_name(NEXT_LINK, &pointer)?,
            items: names::field_name(ITEMS, &pointer)?,
            item: names::type_name(item, &items)?,
            component: format!("{item}Item"),
        };
        replacements.push((items, collection.component.clone()));
        found.push(collection);
    }
    for (items, component) in replacements {
        if document.pointer(&join(SCHEMAS, &component)).is_some() {
            return Err(Error::new(join(SCHEMAS, &component), "this name is taken"));
        }
        document["components"]["schemas"][&component] = json!({ "type": "string" });
        if let Some(items) = document.pointer_mut(&items) {
            *items = json!({ "$ref": join("#/components/schemas", &component) });
        }
        // Null in place of a list is read like any other null; a page without the list is none.
        let list = items.trim_end_matches("/items");
        if let Some(list) = document.pointer_mut(list) {
            list["nullable"] = true.into();
        }
    }
    Ok(found)
}
