//! Reads the whole parts of a batch response.

use std::collections::HashMap;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::json::without_byte_order_mark;

/// The most headers of a part that are kept.
const MAX_HEADERS: usize = 100;

/// The response to one request of a batch.
#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(deserialize_with = "text")]
    id: String,
    #[serde(deserialize_with = "status")]
    pub(super) status: u16,
    headers: Option<Map<String, Value>>,
    pub(super) body: Option<Box<RawValue>>,
}

/// What a batch response has for a request.
pub(super) enum Matched {
    One(Part),
    /// Parts that contradict each other.
    Conflicting,
}

/// Returns the parts by the IDs of their requests, which are compared without regard to case. What is cut off, or
/// is not a part, does not cost the others.
pub(super) fn by_id(body: &[u8]) -> HashMap<String, Matched> {
    let mut parts = Vec::new();
    // Whatever ends the reading early: the parts until then were read.
    let _ = Top(&mut parts).deserialize(&mut serde_json::Deserializer::from_slice(without_byte_order_mark(body)));
    let mut matched: HashMap<String, Matched> = HashMap::new();
    for part in parts {
        let id = part.id.to_lowercase();
        let now = match matched.remove(&id) {
            None => Matched::One(part),
            Some(Matched::One(other)) if other.is_same_as(&part) => Matched::One(other),
            Some(_) => Matched::Conflicting,
        };
        matched.insert(id, now);
    }
    matched
}

impl Part {
    /// Returns the headers that are valid.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.iter().flatten().take(MAX_HEADERS) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(text)) {
                headers.append(name, value);
            }
        }
        headers
    }

    fn is_same_as(&self, other: &Self) -> bool {
        let body = |part: &Self| part.body.as_ref().map(|body| body.get().to_owned());
        self.status == other.status && body(self) == body(other)
    }
}

/// Reads a text, also from a number.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("neither a text nor a number")),
    }
}

/// Reads a status, also from a text such as `"200"` or a number such as `200.0`.
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let text = text(deserializer)?;
    let whole = text.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && (0.0..=65_535.0).contains(number));
    whole.map(|number| number as u16).ok_or_else(|| serde::de::Error::custom("not a status"))
}

/// The object around the parts.
struct Top<'a>(&'a mut Vec<Part>);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response to a batch")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "responses" => map.next_value_seed(Parts(self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Parts<'a>(&'a mut Vec<Part>);

impl<'de> DeserializeSeed<'de> for Parts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the responses to the requests of a batch")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(json) = sequence.next_element::<Box<RawValue>>()? {
            self.0.extend(serde_json::from_str::<Part>(json.get()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Matched, by_id};

    const WHOLE: &str = r#"{"new":[1],"responses":[{"id":"A","status":200,"body":{"a":1}},7,{"id":"b"},
        {"id":"c","status":429,"headers":{"Retry-After":7,"bad name":"x"}},{"id":"d","status":204}]}"#;

    fn statuses(body: &[u8]) -> Vec<(String, Option<u16>)> {
        let mut found: Vec<_> = by_id(body)
            .into_iter()
            .map(|(id, found)| match found {
                Matched::One(part) => (id, Some(part.status)),
                Matched::Conflicting => (id, None),
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn an_element_that_is_not_a_part_does_not_cost_the_others() {
        let expected = [("a", 200), ("c", 429), ("d", 204)].map(|(id, status)| (id.to_owned(), Some(status)));
        assert_eq!(statuses(WHOLE.as_bytes()), expected);
    }

    #[test]
    fn the_whole_parts_of_a_truncated_response_are_read() {
        let end_of_first = WHOLE.find("},7").unwrap() + 1;
        for length in 0..WHOLE.len() {
            let found = statuses(&WHOLE.as_bytes()[..length]);
            assert_eq!(found.iter().any(|(id, _)| id == "a"), length >= end_of_first, "{length}");
        }
    }

    #[test]
    fn a_status_and_an_id_are_read_in_odd_forms() {
        let body = r#"{"responses":[{"id":1,"status":"200"},{"id":"2","status":204.0},{"id":3,"status":99},{"id":"4","status":2.5}]}"#;
        let expected = [("1", 200), ("2", 204), ("3", 99)].map(|(id, status)| (id.to_owned(), Some(status)));
        assert_eq!(statuses(body.as_bytes()), expected);
    }

    #[test]
    fn any_number_of_headers_is_survived() {
        let headers: Vec<_> = (0..40_000).map(|number| format!("\"x-{number}\":\"a\"")).collect();
        let body = format!(r#"{{"responses":[{{"id":"1","status":200,"headers":{{{}}}}}]}}"#, headers.join(","));
        let Some(Matched::One(part)) = by_id(body.as_bytes()).remove("1") else { panic!("the part was not read") };
        assert_eq!(part.headers().len(), super::MAX_HEADERS);
    }

    #[test]
    fn duplicate_parts_conflict_unless_they_are_equal() {
        let twice = |second: &str| format!(r#"{{"responses":[{{"id":"1","status":200,"body":1}},{second}]}}"#);
        assert_eq!(statuses(twice(r#"{"id":"1","body":1,"status":200}"#).as_bytes()), [("1".to_owned(), Some(200))]);
        assert_eq!(statuses(twice(r#"{"id":"1","status":429}"#).as_bytes()), [("1".to_owned(), None)]);
    }

    #[test]
    fn a_header_need_not_be_a_text_and_an_invalid_one_is_left_out() {
        let found = by_id(WHOLE.as_bytes());
        let Some(Matched::One(part)) = found.get("c") else { panic!("there is no c") };
        assert_eq!(part.headers()["retry-after"], "7");
        assert_eq!(part.headers().len(), 1);
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::{Matched, by_id};

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(body: Vec<u8>) {
            let _ = by_id(&body);
        }

        #[test]
        fn any_json_like_text_is_read_without_a_panic(body in r#"\{"responses":\[[\{\}\[\]":,a-z0-9]{0,60}"#) {
            let _ = by_id(body.as_bytes());
        }

        #[test]
        fn each_part_before_a_cut_has_its_own_status(
            parts in prop::collection::vec((200_u16..600, "\\PC{0,9}"), 1..20),
            cut in any::<prop::sample::Index>(),
        ) {
            let lines = parts.iter().enumerate().map(|(number, (status, body))| {
                serde_json::json!({ "id": format!("id{number}"), "status": status, "body": body }).to_string()
            });
            let mut text = "{\"responses\":[".to_owned();
            let mut ends = Vec::new();
            for line in lines {
                text += &line;
                ends.push(text.len());
                text.push(',');
            }
            let cut = cut.index(text.len());
            let found = by_id(&text.as_bytes()[..cut]);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            prop_assert_eq!(found.len(), whole);
            for (number, (status, _)) in parts.iter().enumerate().take(whole) {
                let is_same =
                    matches!(found.get(&format!("id{number}")), Some(Matched::One(part)) if part.status == *status);
                prop_assert!(is_same, "id{number}");
            }
        }
    }
}
