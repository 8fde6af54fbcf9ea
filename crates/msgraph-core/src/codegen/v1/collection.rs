//! Reads pages, item by item if one of them is malformed.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::item::{Item, MalformedItem};
use crate::json;
use crate::paging::Collection;

/// Reads a page. A malformed item is kept as it arrived.
///
/// # Errors
///
/// If the body is not JSON, or is not a page with a list of items.
pub fn decode<C>(body: &[u8]) -> serde_json::Result<C>
where
    C: Collection + DeserializeOwned,
    C::Item: DeserializeOwned,
{
    // To keep a malformed item each has to be scanned twice, so at first all are taken to be well-formed.
    let text = json::text(body)?;
    serde_json::from_str(text).or_else(|problem| item_by_item(text).map_err(|_| problem))
}

fn item_by_item<C>(text: &str) -> serde_json::Result<C>
where
    C: Collection + DeserializeOwned,
    C::Item: DeserializeOwned,
{
    let mut page: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
    let items = page.remove(C::ITEMS).unwrap_or_default();
    let items: Vec<Box<RawValue>> = serde_json::from_str(items.get())?;
    page.insert(C::ITEMS.to_owned(), serde_json::value::to_raw_value::<[(); 0]>(&[])?);
    let mut page: C = serde_json::from_str(&serde_json::to_string(&page)?)?;
    page.set_items(items.into_iter().map(item).collect());
    Ok(page)
}

fn item<T: DeserializeOwned>(json: Box<RawValue>) -> Item<T> {
    match serde_json::from_str(json.get()) {
        Ok(item) => Item::Read(item),
        Err(problem) => Item::Malformed(MalformedItem::new(json, &problem)),
    }
}

/// Implements [`Collection`] for a page: `collection!(TaskPage: value of Task, odata_next_link)`.
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_collection_v1 {
    ($name:ident: $items:ident ($property:literal) of $item:ty, $next_link:ident) => {
        impl $crate::Collection for $name {
            type Item = $item;

            const ITEMS: &'static str = $property;

            fn next_link(&self) -> ::std::option::Option<&str> {
                self.$next_link.as_deref()
            }

            fn into_items(self) -> ::std::vec::Vec<$crate::Item<$item>> {
                self.$items
            }

            fn set_items(&mut self, items: ::std::vec::Vec<$crate::Item<$item>>) {
                self.$items = items;
            }
        }
    };
}

pub use crate::__msgraph_collection_v1 as collection;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::decode;
    use crate::item::Item;

    #[derive(Debug, Deserialize)]
    struct Page {
        value: Vec<Item<u8>>,
        #[serde(rename = "@odata.nextLink")]
        next_link: Option<String>,
    }

    crate::codegen::v1::collection!(Page: value ("value") of u8, next_link);

    fn kept(body: &str) -> Option<Vec<String>> {
        let page: Page = decode(body.as_bytes()).ok()?;
        assert_eq!(page.next_link.as_deref(), Some("x"));
        let kept = |item: &Item<u8>| match item {
            Item::Read(number) => number.to_string(),
            Item::Malformed(item) => item.json().to_owned(),
        };
        Some(page.value.iter().map(kept).collect())
    }

    #[test]
    fn a_malformed_item_is_kept_character_by_character_and_the_others_are_read() {
        let body = r#"{"value": [1, {"a" : 1.50}, 2, null, 1e999], "@odata.nextLink": "x"}"#;
        assert_eq!(kept(body).unwrap(), ["1", r#"{"a" : 1.50}"#, "2", "null", "1e999"]);
        assert_eq!(kept(r#"{"@odata.nextLink": "x", "value": []}"#).unwrap(), [""; 0]);
    }

    #[test]
    fn a_page_without_a_list_of_items_is_an_error() {
        for body in ["{}", r#"{"value": null}"#, r#"{"value": {}}"#, "[]", r#"{"value": [1"#] {
            assert!(decode::<Page>(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn the_first_problem_is_the_one_that_is_reported() {
        let error = decode::<Page>(br#"{"value": 7}"#).unwrap_err().to_string();
        assert!(error.contains("invalid type: integer `7`, expected a sequence"), "{error}");
    }
}
