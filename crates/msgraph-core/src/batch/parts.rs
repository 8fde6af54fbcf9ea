//! Reads the whole parts of a batch response.

use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{self, Each, without_byte_order_mark};

/// The maximum number of headers of a part.
const MAX_HEADERS: usize = 100;

/// The response to one request of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// The status, or the invalid text in its place.
    pub(super) status: Result<u16, String>,
    pub(super) headers: HeaderMap,
    /// A part of the body of the batch's response, which it keeps in memory.
    pub(super) body: Bytes,
}

/// The entry of a batch response for a request.
#[derive(Debug)]
pub(super) enum Matched {
    One(Part),
    /// Parts that contradict each other.
    Conflicting,
}

/// Returns the parts for the requests with the IDs from 1 to `requests`. Truncated and invalid parts are skipped.
pub(super) fn by_id(body: &Bytes, requests: usize) -> HashMap<usize, Matched> {
    let mut matched = HashMap::new();
    let keep = |json: &RawValue| {
        if let Some((id, now)) = part(json.get(), body).filter(|(id, _)| (1..=requests).contains(id)) {
            let now = match (matched.remove(&id), now) {
                (None, now) => now,
                (Some(Matched::One(other)), Matched::One(part)) if other.is_same_as(&part) => Matched::One(other),
                _ => Matched::Conflicting,
            };
            matched.insert(id, now);
        }
        ControlFlow::Continue(())
    };
    // After an error, the parts before it are kept.
    let _ = Top(keep).deserialize(&mut serde_json::Deserializer::from_slice(without_byte_order_mark(body)));
    matched
}

/// Reads a part, and the ID of its request. Each member may have an invalid form.
fn part(json: &str, whole: &Bytes) -> Option<(usize, Matched)> {
    // Millions of other values cost little.
    let members = json.starts_with('{').then(|| json::members(json, ["id", "status", "headers", "body"]).ok())??;
    let [id, status, headers, body] = members.values;
    let id = whole_number(&text(id?))?;
    if members.conflict {
        return Some((id, Matched::Conflicting));
    }
    let status = status.map_or_else(|| "null".to_owned(), text);
    let status = whole_number(&status).and_then(|status| u16::try_from(status).ok()).ok_or(status);
    let headers = headers.map(parse_headers).unwrap_or_default();
    let body = body.map_or_else(Bytes::new, |body| whole.slice_ref(body.get().as_bytes()));
    Some((id, Matched::One(Part { status, headers, body })))
}

impl Part {
    fn is_same_as(&self, other: &Self) -> bool {
        (&self.status, &self.body) == (&other.status, &other.body)
    }
}

/// Returns a string, or the JSON of another value.
fn text(json: &RawValue) -> String {
    json::read_text(json.get()).map_or_else(|_| json.get().to_owned(), |text| text.value)
}

/// Returns a number such as `200`, also from `200.0`.
fn whole_number(text: &str) -> Option<usize> {
    let number = text.trim().parse::<f64>().ok()?;
    (number.fract() == 0.0 && (0.0..=65_535.0).contains(&number)).then_some(number as usize)
}

/// Returns the first headers that are valid; each value of a list is one.
fn parse_headers(json: &RawValue) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // After an error, the headers before it are kept.
    let _ = json::each_member(json.get(), |name, value| {
        let Ok(name) = HeaderName::try_from(name) else { return ControlFlow::Continue(()) };
        let mut append = |value| {
            if let Ok(value) = HeaderValue::try_from(text(value)) {
                headers.append(&name, value);
            }
            if headers.len() < MAX_HEADERS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        if !value.get().starts_with('[') {
            return append(value);
        }
        let _ = json::each_element(value.get(), &mut append);
        ControlFlow::Continue(())
    });
    headers
}

/// The object around the parts.
struct Top<F>(F);

impl<'de, F: FnMut(&'de RawValue) -> ControlFlow<()>> DeserializeSeed<'de> for Top<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&'de RawValue) -> ControlFlow<()>> Visitor<'de> for Top<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response to a batch")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "responses" => map.next_value_seed(Each(|_: &str, part| (self.0)(part)))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Matched, Part, by_id};

    const WHOLE: &str = r#"{"new":[1],"responses":[{"id":"1","status":200,"body":{"a":1}},7,{"id":"2"},
        {"id":"3","status":429,"headers":{"Retry-After":7,"bad name":"x"}},{"id":"4","status":204}]}"#;

    fn parts(body: &str) -> Vec<(usize, Option<Part>)> {
        let one = |matched| match matched {
            Matched::One(part) => Some(part),
            Matched::Conflicting => None,
        };
        let found = by_id(&Bytes::copy_from_slice(body.as_bytes()), 20).into_iter();
        let mut found: Vec<_> = found.map(|(id, matched)| (id, one(matched))).collect();
        found.sort_by_key(|(id, _)| *id);
        found
    }

    fn statuses(body: &str) -> Vec<(usize, String)> {
        let status =
            |part: Part| part.status.map_or_else(|text| format!("invalid {text}"), |status| status.to_string());
        parts(body).into_iter().map(|(id, part)| (id, part.map_or("conflict".to_owned(), status))).collect()
    }

    fn expected<const N: usize>(statuses: [(usize, &str); N]) -> Vec<(usize, String)> {
        statuses.map(|(id, status)| (id, status.to_owned())).into()
    }

    #[test]
    fn an_invalid_part_is_skipped() {
        assert_eq!(statuses(WHOLE), expected([(1, "200"), (2, "invalid null"), (3, "429"), (4, "204")]));
    }

    #[test]
    fn the_whole_parts_of_a_truncated_response_are_read() {
        let end_of_first = WHOLE.find("},7").unwrap() + 1;
        for length in 0..WHOLE.len() {
            let found = statuses(&WHOLE[..length]);
            assert_eq!(found.iter().any(|(id, _)| *id == 1), length >= end_of_first, "{length}");
        }
    }

    #[test]
    fn a_part_is_read_in_any_form() {
        let body = r#"{"responses":[{"id":1,"status":"200"},{"id":"2","status":204.0},{"id":3.0,"status":99},
            {"id":" 4","status":2.5},{"id":"5","status":70000},{"id":"6","status":"OK","headers":[7]},
            {"id":"7","status":200,"headers":"x","body":"\ud83d","new":1e999},{"status":200,"id":"8","headers":{"a":1}},
            {"id":"21","status":200},{"id":0,"status":200},{"id":null,"status":200}],
            "responses":[{"id":"9","status":null}]}"#;
        let read = [
            (1, "200"),
            (2, "204"),
            (3, "99"),
            (4, "invalid 2.5"),
            (5, "invalid 70000"),
            (6, "invalid OK"),
            (7, "200"),
            (8, "200"),
            (9, "invalid null"),
        ];
        assert_eq!(statuses(body), expected(read));
    }

    #[test]
    fn any_number_of_headers_is_read() {
        let headers: Vec<_> = (0..40_000).map(|number| format!("\"x-{number}\":\"a\"")).collect();
        let body = format!(r#"{{"responses":[{{"id":"1","status":200,"headers":{{{}}}}}]}}"#, headers.join(","));
        let Some((1, Some(part))) = parts(&body).pop() else { panic!("the part was not read") };
        assert_eq!(part.headers.len(), super::MAX_HEADERS);
    }

    #[test]
    fn duplicate_parts_conflict_unless_they_are_equal() {
        let twice = |second: &str| format!(r#"{{"responses":[{{"id":"1","status":200,"body":1}},{second}]}}"#);
        assert_eq!(statuses(&twice(r#"{"id":1,"body":1,"status":"200"}"#)), expected([(1, "200")]));
        assert_eq!(statuses(&twice(r#"{"id":"1","status":429}"#)), expected([(1, "conflict")]));
        assert_eq!(statuses(r#"{"responses":[{"id":"1","status":429,"status":200}]}"#), expected([(1, "conflict")]));
    }

    #[test]
    fn a_header_is_a_text_or_any_value_or_several_and_an_invalid_one_is_left_out() {
        let Some((3, Some(part))) = parts(WHOLE).into_iter().nth(2) else { panic!("there is no third part") };
        assert_eq!(part.headers["retry-after"], "7");
        assert_eq!(part.headers.len(), 1);
        let body = r#"{"responses":[{"id":"1","status":429,"headers":{"a":["5",7,[],"\n"],"b":[],"c":"[8]"}}]}"#;
        let Some((1, Some(part))) = parts(body).pop() else { panic!("the part was not read") };
        let headers: Vec<_> =
            part.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        assert_eq!(headers, ["a: 5", "a: 7", "a: []", "c: [8]"]);
    }
}

#[cfg(test)]
mod properties {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::{Matched, by_id};

    proptest! {
        #[test]
        fn any_json_like_text_is_read_without_a_panic(body in r#"\{"responses":\[[\{\}\[\]":,a-z0-9]{0,60}"#) {
            let _ = by_id(&body.into_bytes().into(), 20);
        }

        #[test]
        fn each_part_before_a_cut_has_its_own_status(
            parts in prop::collection::vec((200_u16..600, "\\PC{0,9}"), 1..20),
            cut in any::<prop::sample::Index>(),
        ) {
            let lines = (1..).zip(&parts).map(|(number, (status, body))| {
                serde_json::json!({ "id": number.to_string(), "status": status, "body": body }).to_string()
            });
            let mut text = "{\"responses\":[".to_owned();
            let mut ends = Vec::new();
            for line in lines {
                text += &line;
                ends.push(text.len());
                text.push(',');
            }
            let cut = cut.index(text.len());
            let found = by_id(&Bytes::copy_from_slice(&text.as_bytes()[..cut]), 20);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            prop_assert_eq!(found.len(), whole);
            for (number, (status, _)) in (1..).zip(&parts).take(whole) {
                let is_same = matches!(found.get(&number), Some(Matched::One(part)) if part.status == Ok(*status));
                prop_assert!(is_same, "{number}");
            }
        }
    }
}
