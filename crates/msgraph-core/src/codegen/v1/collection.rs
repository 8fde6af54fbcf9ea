//! Reads pages, item by item if one of them is malformed.

use std::ops::ControlFlow;

use memchr::memmem;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::value::RawValue;

use super::entity::selects_id;
use crate::decoded::{DecodeError, Decoded};
use crate::error::GraphBody;
use crate::item::{Item, MalformedItem};
use crate::json;
use crate::paging::{Collection, ItemId};

/// Reads a page. A malformed item is kept as it arrived: one that cannot be read, is a Graph error, or lacks the ID of
/// its type, unless `select`, the selected properties, leaves it out.
///
/// # Errors
///
/// If the body is not JSON, or is not a page with a list of items.
pub fn decode<C>(body: &[u8], select: Option<&str>) -> Result<Decoded<C>, DecodeError>
where
    C: Collection + DeserializeOwned,
    C::Item: DeserializeOwned,
{
    let id = C::ID.filter(|_| selects_id(select));
    // Keeping a malformed item requires scanning each twice, so that the first try expects none.
    let text = json::text(body)?;
    let problem = match serde_json::from_str::<C>(text) {
        Ok(page) if has_items(&page, text, id) => return Ok(page.into()),
        Ok(_) => serde_json::Error::missing_field("id"),
        Err(problem) => problem,
    };
    item_by_item(text, id).ok_or(DecodeError::Schema(problem))
}

/// Returns true if each item that was read is one.
fn has_items<C: Collection>(page: &C, text: &str, id: Option<ItemId<C::Item>>) -> bool {
    match id {
        Some(id) => page.items().iter().all(|item| item.read().is_some_and(|item| has_id(item, id))),
        None => memmem::find(text.as_bytes(), b"\"error\"").is_none(),
    }
}

fn has_id<T>(item: &T, id: ItemId<T>) -> bool {
    id(item).is_some_and(|id| !id.is_empty())
}

fn item_by_item<C>(text: &str, id: Option<ItemId<C::Item>>) -> Option<Decoded<C>>
where
    C: Collection + DeserializeOwned,
    C::Item: DeserializeOwned,
{
    let members = json::members(text, [C::ITEMS]).ok()?;
    let [Some(list)] = members.values.map(|list| list.map(RawValue::get)) else { return None };
    if members.conflict {
        return None;
    }
    let (mut items, mut repaired) = (Vec::new(), Vec::new());
    // Many small malformed items need more memory than the body.
    let most = (4 * text.len()).max(1 << 20) / size_of::<Item<C::Item>>();
    let keep = |json| {
        if items.len() == most {
            return ControlFlow::Break(());
        }
        let index = items.len();
        let (item, pointers) = item(json, id);
        repaired.extend(pointers.iter().map(|pointer| format!("/{}/{index}{pointer}", C::ITEMS)));
        items.push(item);
        ControlFlow::Continue(())
    };
    json::each_element(list, keep).ok()?;
    let start = list.as_ptr().addr() - text.as_ptr().addr();
    let rest = [&text[..start], "[]", &text[start + list.len()..]].concat();
    let mut page: Decoded<C> = json::read_text(&rest).ok()?;
    page.value.set_items(items);
    page.repaired.append(&mut repaired);
    Some(page)
}

/// Returns an item, and the JSON pointers of what was repaired in it.
fn item<T: DeserializeOwned>(json: &RawValue, id: Option<ItemId<T>>) -> (Item<T>, Vec<String>) {
    let problem = match json::read_text::<T>(json.get()) {
        Ok(Decoded { value, repaired }) => {
            let has_id = id.map(|id| has_id(&value, id));
            let code = GraphBody::parse(json.get().as_bytes()).and_then(|error| error.code().map(str::to_owned));
            match (has_id, code) {
                (Some(true), _) | (None, None) => return (Item::Read(value), repaired),
                (_, Some(code)) => format!("it is the error {code}"),
                (Some(false), None) => serde_json::Error::missing_field("id").to_string(),
            }
        }
        Err(problem) => problem.to_string(),
    };
    (Item::Malformed(MalformedItem::new(json.to_owned(), problem)), Vec::new())
}

/// Implements [`Collection`] for a page: `collection!(TaskPage: value ("value") of Task, odata_next_link, id)`, without
/// `id` if a task has none.
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_collection_v1 {
    ($name:ident: $items:ident ($property:literal) of $item:ty, $next_link:ident $(, $id:ident)?) => {
        impl $crate::Collection for $name {
            type Item = $item;

            const ITEMS: &'static str = $property;
            $(const ID: ::std::option::Option<$crate::ItemId<$item>> =
                ::std::option::Option::Some(|item| $crate::codegen::v1::id(&item.$id));)?

            fn next_link(&self) -> ::std::option::Option<&str> {
                self.$next_link.as_deref()
            }

            fn items(&self) -> &[$crate::Item<$item>] {
                &self.$items
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
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value};

    use super::{Decoded, decode};
    use crate::item::Item;
    use crate::paging::Collection;

    #[derive(Debug, Deserialize)]
    struct Page<T> {
        value: Vec<Item<T>>,
        #[serde(rename = "@odata.nextLink")]
        next_link: Option<String>,
    }

    type Numbers = Page<u8>;
    type Lamps = Page<Lamp>;
    type Things = Page<Thing>;

    /// Without an ID.
    #[derive(Debug, Deserialize)]
    struct Thing {}

    #[derive(Debug, Deserialize)]
    struct Lamp {
        id: Option<String>,
        #[serde(flatten)]
        extra: Map<String, Value>,
    }

    crate::codegen::v1::collection!(Numbers: value ("value") of u8, next_link);
    crate::codegen::v1::collection!(Lamps: value ("value") of Lamp, next_link, id);
    crate::codegen::v1::collection!(Things: value ("value") of Thing, next_link);

    fn kept(body: &str) -> Option<Vec<String>> {
        let page: Numbers = decode(body.as_bytes(), None).ok()?.value;
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
        for body in [
            "{}",
            r#"{"value": null}"#,
            r#"{"value": {}}"#,
            "[]",
            r#"{"value": [1"#,
            r#"{"value": ["a"], "value": [1]}"#,
            r#"{"id": "1"}"#,
        ] {
            assert!(decode::<Numbers>(body.as_bytes(), None).is_err(), "{body}");
        }
    }

    #[test]
    fn the_first_problem_is_reported() {
        let error = decode::<Numbers>(br#"{"value": 7}"#, None).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("invalid type: integer `7`, expected a sequence"), "{source}");
    }

    #[test]
    fn many_malformed_items_are_not_kept() {
        let body = format!(r#"{{"value":[{}0]}}"#, "-1,".repeat(1_000_000));
        assert!(decode::<Numbers>(body.as_bytes(), None).is_err());
    }

    #[test]
    fn an_item_without_an_id_or_with_an_error_is_malformed() {
        let body = r#"{"value":[{"id":"1"},{},{"id":""},{"value":[]},{"error":{"code":"NotFound"}},{"error":"old"}]}"#;
        fn problems<T: DeserializeOwned>(body: &str, select: Option<&str>) -> Vec<&'static str>
        where
            Page<T>: Collection<Item = T>,
        {
            let page = decode::<Page<T>>(body.as_bytes(), select).unwrap().value;
            let problem = |item: &Item<T>| match item {
                Item::Read(_) => "",
                Item::Malformed(item) if item.problem().contains("missing field `id`") => "id",
                Item::Malformed(item) if item.problem().contains("NotFound") => "error",
                Item::Malformed(_) => "other",
            };
            page.value.iter().map(problem).collect()
        }
        assert_eq!(problems::<Lamp>(body, None), ["", "id", "id", "id", "error", "id"]);
        assert_eq!(problems::<Lamp>(body, Some("state")), ["", "", "", "", "error", ""]);
        assert_eq!(problems::<Thing>(body, None), ["", "", "", "", "error", ""]);
    }

    #[test]
    fn an_item_is_repaired_by_itself_and_so_is_the_page() {
        let body = r#"{"value":[{"id":"1"},{"id":"2","a":["\ud83d",1e400]},7],"@odata.nextLink":"\ud83d"}"#;
        let Decoded { value: page, repaired } = decode::<Lamps>(body.as_bytes(), None).unwrap();
        assert_eq!(repaired, ["/@odata.nextLink", "/value/1/a/0", "/value/1/a/1"]);
        assert_eq!(page.value[1].read().unwrap().extra["a"], serde_json::json!(["\u{fffd}", "1e400"]));
        assert!(page.value[2].read().is_none());
    }
}
