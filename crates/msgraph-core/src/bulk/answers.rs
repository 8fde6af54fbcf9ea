//! The answers in the body of a batch's answer, as many as arrived whole.

use std::collections::HashMap;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::transport::without_byte_order_mark;

/// The answer to one request of a batch.
#[derive(Deserialize)]
pub(super) struct Answer {
    id: String,
    pub(super) status: u16,
    headers: Option<Map<String, Value>>,
    pub(super) body: Option<Box<RawValue>>,
}

/// What a batch's answer has for a request.
pub(super) enum Found {
    One(Answer),
    /// Answers that contradict each other.
    Several,
}

/// The answers by the IDs of their requests, which are compared without regard to casing. What is cut off, or
/// is no answer, does not cost the others.
pub(super) fn by_id(body: &[u8]) -> HashMap<String, Found> {
    let mut answers = Vec::new();
    // Whatever ends the reading early: the answers until then were read.
    let _ = Top(&mut answers).deserialize(&mut serde_json::Deserializer::from_slice(without_byte_order_mark(body)));
    let mut found: HashMap<String, Found> = HashMap::new();
    for answer in answers {
        let id = answer.id.to_lowercase();
        let found_now = match found.remove(&id) {
            None => Found::One(answer),
            Some(Found::One(other)) if other.says_the_same_as(&answer) => Found::One(other),
            Some(_) => Found::Several,
        };
        found.insert(id, found_now);
    }
    found
}

impl Answer {
    /// The headers, as far as they can be headers.
    pub(super) fn headers(&self) -> HeaderMap {
        let header = |(name, value): (&String, &Value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(text).ok()?))
        };
        self.headers.iter().flatten().filter_map(header).collect()
    }

    fn says_the_same_as(&self, other: &Self) -> bool {
        let body = |answer: &Self| answer.body.as_ref().map(|body| body.get().to_owned());
        self.status == other.status && body(self) == body(other)
    }
}

/// The object around the answers.
struct Top<'a>(&'a mut Vec<Answer>);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer to a batch")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "responses" => map.next_value_seed(Responses(self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Responses<'a>(&'a mut Vec<Answer>);

impl<'de> DeserializeSeed<'de> for Responses<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Responses<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answers to the requests of a batch")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(json) = sequence.next_element::<Box<RawValue>>()? {
            self.0.extend(serde_json::from_str::<Answer>(json.get()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, by_id};

    const WHOLE: &str = r#"{"new":[1],"responses":[{"id":"A","status":200,"body":{"a":1}},7,{"id":"b"},
        {"id":"c","status":429,"headers":{"Retry-After":7,"bad name":"x"}},{"id":"d","status":204}]}"#;

    fn statuses(body: &[u8]) -> Vec<(String, Option<u16>)> {
        let mut found: Vec<_> = by_id(body)
            .into_iter()
            .map(|(id, found)| match found {
                Found::One(answer) => (id, Some(answer.status)),
                Found::Several => (id, None),
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn what_is_no_answer_does_not_cost_the_others() {
        let expected = [("a", 200), ("c", 429), ("d", 204)].map(|(id, status)| (id.to_owned(), Some(status)));
        assert_eq!(statuses(WHOLE.as_bytes()), expected);
    }

    #[test]
    fn of_an_answer_that_is_cut_anywhere_the_whole_ones_are_read() {
        let end_of_first = WHOLE.find("},7").unwrap() + 1;
        for length in 0..WHOLE.len() {
            let found = statuses(&WHOLE.as_bytes()[..length]);
            assert_eq!(found.iter().any(|(id, _)| id == "a"), length >= end_of_first, "{length}");
        }
    }

    #[test]
    fn two_answers_count_as_one_only_where_they_are_equal() {
        let twice = |second: &str| format!(r#"{{"responses":[{{"id":"1","status":200,"body":1}},{second}]}}"#);
        assert_eq!(statuses(twice(r#"{"id":"1","body":1,"status":200}"#).as_bytes()), [("1".to_owned(), Some(200))]);
        assert_eq!(statuses(twice(r#"{"id":"1","status":429}"#).as_bytes()), [("1".to_owned(), None)]);
    }

    #[test]
    fn a_header_need_not_be_a_text_and_a_bad_one_is_left_out() {
        let found = by_id(WHOLE.as_bytes());
        let Some(Found::One(answer)) = found.get("c") else { panic!("there is no c") };
        assert_eq!(answer.headers()["retry-after"], "7");
        assert_eq!(answer.headers().len(), 1);
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::{Found, by_id};

    proptest! {
        #[test]
        fn any_bytes_are_survived(body: Vec<u8>) {
            let _ = by_id(&body);
        }

        #[test]
        fn any_json_like_text_is_survived(body in r#"\{"responses":\[[\{\}\[\]":,a-z0-9]{0,60}"#) {
            let _ = by_id(body.as_bytes());
        }

        #[test]
        fn each_answer_before_a_cut_is_found_with_its_own_status(
            answers in prop::collection::vec((200_u16..600, "\\PC{0,9}"), 1..20),
            cut in any::<prop::sample::Index>(),
        ) {
            let lines = answers.iter().enumerate().map(|(number, (status, body))| {
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
            for (number, (status, _)) in answers.iter().enumerate().take(whole) {
                let is_same =
                    matches!(found.get(&format!("id{number}")), Some(Found::One(answer)) if answer.status == *status);
                prop_assert!(is_same, "id{number}");
            }
        }
    }
}
