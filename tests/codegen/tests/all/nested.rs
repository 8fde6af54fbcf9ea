//! Values in lists, in maps and in components that are not objects are checked as those of an object are.

use generated_code::nested::operations::{GetLamp, PutLamp, ReadLists, RemovePlug, WriteList, WriteMap};
use generated_code::nested::types::{Bulb, Lamp, Led, Plain, Plug, Power, Source, State, Tag, Tags};
use msgraph_core::{Operation, Patch};
use serde_json::{Map, Value, json};

use crate::{sent, url};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn bulb(json: &str) -> Bulb {
    serde_json::from_str(json).unwrap()
}

fn plug(volts: i64) -> Power {
    Source::Plug(Plug::new().volts(volts)).into()
}

#[test]
fn an_invalid_value_is_not_sent_wherever_it_is() {
    let tags = |tags: &[&str]| Tags::from(tags.iter().map(|tag| Tag::from((*tag).to_owned())).collect::<Vec<_>>());
    let wrong = map(json!({ "a": { "x": 1, "y": -1 } }));
    for (lamp, error) in [
        (Lamp::new().grid([vec![Plain::new(), Plain::new()]]), r#"invalid grid "2": allowed: at most 1 items"#),
        (Lamp::new().label(Tag::from("long".to_owned())), r#"invalid tag "4": allowed: at most 3 characters"#),
        (Lamp::new().tags(tags(&["a", "b", "c"])), r#"invalid tags "3": allowed: at most 2 items"#),
        (Lamp::new().tags(tags(&["long"])), r#"invalid tag "4""#),
        (Lamp::new().labels(map(json!({ "a": "long" }))), r#"invalid tag "4""#),
        (Lamp::new().labels(map(json!({ "a": 1 }))), r#"invalid labels "1": allowed: a value of the type label"#),
        (Lamp::new().price(serde_json::Number::from(3)), r#"invalid price "3": allowed: at most 2.5"#),
        (Lamp::new().level(0.25), r#"invalid level "0.25": allowed: at least 0.5"#),
        (Lamp::new().led(bulb(r#"{"side":"top"}"#)), r#"invalid side "top": allowed: left, right"#),
        (Lamp::new().led(bulb(r#"{"extra":"ab"}"#)), r#"invalid extra "2""#),
        (Lamp::new().led(bulb(r#"{"new":"abc"}"#)), r#"invalid bulb "3": allowed: at most 2 characters"#),
        (Lamp::new().led(bulb(r#"{"new":1}"#)), r#"invalid bulb "1": allowed: a text"#),
        (Lamp::new().power(plug(231)), r#"invalid volts "231": allowed: at most 230"#),
        (Lamp::new().states(map(json!({ "a": "dimmed" }))), r#"invalid states "dimmed": allowed: on, off"#),
        (Lamp::new().states(map(json!({ "a": null }))), r#"invalid states "null": allowed: a text"#),
        (Lamp::new().sizes(wrong), r#"invalid sizes "-1": allowed: at least 0"#),
        (Lamp::new().sizes(map(json!({ "a": [] }))), r#"invalid sizes "[]": allowed: an object"#),
        (Lamp::new().bulbs(map(json!({ "a": [{}, { "side": "top" }] }))), r#"invalid side "top""#),
        (Lamp::new().sources(map(json!({ "a": { "kind": "plug", "volts": 231 } }))), r#"invalid volts "231""#),
        (Lamp::new().inline(map(json!({ "a": { "side": "right" } }))), r#"invalid side "right""#),
        (Lamp::new().inline(map(json!({ "a": { "new": 1 } }))), "invalid inline"),
    ] {
        let result = sent(&PutLamp::new("1".to_owned(), lamp.clone()));
        assert!(result.as_ref().is_err_and(|found| found.contains(error)), "{lamp:?}: {result:?}, not {error}");
    }
    let items = vec![bulb("{}"), bulb(r#"{"side":"top"}"#)];
    assert!(sent(&WriteList::new(items.into())).unwrap_err().contains(r#"invalid side "top""#));
    assert!(
        sent(&WriteList::new(vec![Bulb::new(), Bulb::new(), Bulb::new()].into()))
            .unwrap_err()
            .contains("at most 2 items")
    );
    assert!(
        sent(&WriteMap::new().body(map(json!({ "a": 1 })).into())).unwrap_err().contains("a value of the type bulb")
    );
}

#[test]
fn valid_values_are_sent_as_they_are() {
    for json in [
        r#"{"grid":[[{"a":"b"}],[]],"label":"abc","tags":["a","b"],"labels":{"a":"b","@odata.type":"more than three"}}"#,
        r#"{"since":"2023-06-26T19:07:39.70Z","price":2.50,"level":0.5,"led":{"side":"left","new":"ab","extra":"a"}}"#,
        r#"{"power":{"kind":"plug","volts":230},"states":{"a":"on"},"sizes":{"a":{"b":0}},"bulbs":{"a":[{}]}}"#,
        r#"{"sources":{"a":null,"b":{"kind":"other","volts":999}},"inline":{"a":{"side":"left"}},"anything":{"a":1}}"#,
    ] {
        let lamp: Lamp = serde_json::from_str(json).unwrap();
        let body = sent(&PutLamp::new("1".to_owned(), lamp)).unwrap().body.unwrap();
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), serde_json::from_str::<Value>(json).unwrap());
    }
    let null = Led::from(Bulb::new().extra_(Patch::Null));
    let body = sent(&PutLamp::new("1".to_owned(), Lamp::new().led(null).bulbs(Patch::Null))).unwrap().body.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), json!({ "led": { "extra": null }, "bulbs": null }));
}

#[test]
fn a_parameter_has_the_rules_of_the_component_that_it_refers_to() {
    let read = ReadLists::new([State::On, State::Off]);
    assert_eq!(url(&read.clone().size(9).tags(["a".to_owned(), "b".to_owned()])), "/lists?size=9&tags=a,b");
    for (operation, error) in [
        (read.clone().size(10), r#"invalid size "10": allowed: 1 to 9"#),
        (read.clone().tags(["a", "b", "c"]), r#"invalid tags "3": allowed: at most 2 items"#),
        (read.clone().tags(["long"]), r#"invalid tags "4": allowed: at most 3 characters"#),
        (read.clone().pair([1]), r#"invalid pair "1": allowed: at least 2 items"#),
        (ReadLists::new([State::On; 0]), r#"invalid x-states "0": allowed: at least 1 items"#),
    ] {
        assert!(sent(&operation).unwrap_err().contains(error), "{:?}", sent(&operation));
    }
    assert!(sent(&GetLamp::new("more than 9")).is_err());
}

#[test]
fn a_list_in_a_header_is_separated_by_commas() {
    let read = ReadLists::new([State::On, State::Off]);
    let headers = sent(&read.clone().x_tags([r#""a,b""#, "c"])).unwrap().headers;
    let header = |name: &str| headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    assert_eq!((header("x-tags"), header("x-states")), (Some(r#""a,b",c"#), Some("on,off")));
    for item in ["a,b", "", "a\nb", "longer"] {
        let error = sent(&read.clone().x_tags(["a", item])).unwrap_err();
        assert!(error.contains("invalid x-tags"), "{item}: {error}");
    }
}

#[test]
fn what_was_deleted_or_may_be_absent_is_not_read_back() {
    assert!(RemovePlug::new("1").read_back().is_none());
    assert!(RemovePlug::new("1").decode(b"").unwrap().value.is_none());
    assert!(GetLamp::new("1").decode(b"").unwrap().value.is_none());
    assert!(PutLamp::new("1", Lamp::new()).read_back().is_none());
}
