//! Each kind of change of a spec is generated, passes the lint, compiles, and is right on the wire.

#[allow(deprecated, reason = "that it is deprecated is what is tested")]
use generated_code::changes::operations::RemoveLamp;
use generated_code::changes::operations::{FindLamp, GetLamp, ListLamps, Pulse, UpdateLamp};
use generated_code::changes::types::{Lamp, LampUpdate, LampUpdateBulb, PulseBody, State};
use generated_code::specs::{changes, lamps};
use msgraph_core::{Operation, Patch};

use crate::{is_kept, sent, url};

#[test]
fn each_change_alone_is_generated_and_has_no_finding() {
    for change in changes() {
        let mut spec = lamps().unwrap();
        change.apply(&mut spec);
        assert_ne!(spec, lamps().unwrap(), "{}", change.name);
        let text = spec.to_string();
        let findings: Vec<_> = msgraph_spec::lint(&text).into_iter().map(|finding| finding.message).collect();
        assert_eq!(findings, [""; 0], "{}", change.name);
        let generated = msgraph_codegen::generate(&text).unwrap_or_else(|error| panic!("{}: {error}", change.name));
        let before = msgraph_codegen::generate(&lamps().unwrap().to_string()).unwrap();
        assert_ne!(
            generated.source.lines().skip(8).collect::<String>(),
            before.source.lines().skip(8).collect::<String>(),
            "{}",
            change.name
        );
    }
}

#[test]
#[allow(deprecated, reason = "that it is deprecated is what is tested")]
fn each_query_option_is_sent_as_the_spec_has_it() {
    let list = ListLamps::new();
    for (operation, query) in [
        (list.clone().select(["id", "state"]).expand(["a,b", "c"]), "%24expand=a%2Cb,c&%24select=id,state"),
        (list.clone().tag(["a", "b"]), "tag=a&tag=b"),
        (list.clone().state(State::Dimmed).side("left"), "side=left&state=dimmed"),
        (list.clone().since("2023-06-26T19:07:39.70Z").count(true), "%24count=true&since=2023-06-26T19%3A07%3A39.70Z"),
        (list.clone().shape(serde_json::json!({ "a": 1 })), "shape=%7B%22a%22%3A1%7D"),
        (list.clone().search("a b"), "%24search=a%20b"),
        (list.clone().side("top").allow_unknown_values(), "side=top"),
    ] {
        assert_eq!(url(&operation), format!("/lamps?{query}"));
    }
    for (operation, error) in [
        (list.clone().select(["name"]), r#"invalid $select "name": allowed: id, state"#),
        (list.clone().side("top"), r#"invalid side "top": allowed: left, right"#),
        (list.clone().top(10), r#"invalid $top "10": allowed: 1 to 9"#),
        (list.clone().expand(["a", "a"]), r#"invalid $expand "a": allowed: each item once"#),
        (list.clone().if_match("a\nb"), r#"invalid If-Match "a\nb": allowed: visible ASCII characters and spaces"#),
    ] {
        assert!(sent(&operation).unwrap_err().contains(error), "{:?}", sent(&operation));
    }
}

#[test]
fn headers_are_sent_beside_those_of_each_request() {
    let headers = sent(&ListLamps::new().if_match("W/\"1\"").prefer("odata.maxpagesize=2")).unwrap().headers;
    let header = |name: &str| {
        headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(header("if-match"), ["W/\"1\""]);
    assert_eq!(header("prefer"), ["odata.maxpagesize=2, include-unknown-enum-members"]);
}

#[test]
fn a_value_adds_nothing_to_an_odata_function() {
    assert_eq!(url(&FindLamp::new("O'Neil',size='x", "1")), "/lamps/find(name='O''Neil'',size=''x',size=1)");
    for size in ["1)", "1,name='a'", "", "a b"] {
        assert!(sent(&FindLamp::new("a", size)).unwrap_err().contains("invalid size"), "{size}");
    }
}

#[test]
fn values_of_a_request_are_checked_at_any_depth() {
    let update = |update: LampUpdate| UpdateLamp::new("1", update);
    for (body, error) in [
        (LampUpdate::new().bulb(LampUpdateBulb::new("dimmed")), "invalid state \"dimmed\""),
        (LampUpdate::new().name("four"), "invalid name \"4\": allowed: 1 to 3 characters"),
        (LampUpdate::new().kind("other"), "invalid kind \"other\""),
        (LampUpdate::new().states([State::On, State::Dimmed]), "invalid states \"dimmed\""),
        (LampUpdate::new().states([State::On, State::On]), "each item once"),
    ] {
        assert!(sent(&update(body.clone())).unwrap_err().contains(error), "{:?}", sent(&update(body)));
    }
    let body = LampUpdate::new().bulb(LampUpdateBulb::new(State::Off)).owner(Patch::Null).name("new").kind("lamp");
    let body = sent(&update(body)).unwrap().body.unwrap();
    let expected = serde_json::json!({ "bulb": { "state": "off" }, "owner": null, "name": "new", "kind": "lamp" });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), expected);
}

#[test]
fn an_optional_body_can_be_left_out_and_is_checked_if_it_is_there() {
    assert_eq!(sent(&Pulse::new("1")).unwrap().body, None);
    assert_eq!(sent(&Pulse::new("1").body(PulseBody::new().times(3))).unwrap().body.as_deref(), Some(r#"{"times":3}"#));
    assert!(sent(&Pulse::new("1").body(PulseBody::new().times(4))).is_err());
}

#[test]
#[allow(deprecated, reason = "that it is deprecated is what is tested")]
fn every_documented_success_without_a_body_is_accepted() {
    assert_eq!(RemoveLamp::SUCCESS_STATUSES, [202..=202, 204..=204]);
    assert_eq!(UpdateLamp::SUCCESS_STATUSES, [200..=200, 202..=202, 204..=204]);
    assert_eq!(UpdateLamp::STATUSES_WITHOUT_BODY, [202..=202, 204..=204]);
    let lamp: Lamp = UpdateLamp::new("1", LampUpdate::new()).read_back().map(|_: GetLamp| Lamp::default()).unwrap();
    assert_eq!(lamp, Lamp::default());
    assert!(Pulse::new("1").decode(b"").unwrap().value.is_none());
    assert!(Pulse::new("1").decode(br#"{"value":[]}"#).unwrap().value.is_some());
}

#[test]
fn what_a_response_has_is_kept_whatever_it_is() {
    for json in [
        r#"{"twin":{"twin":{"id":"1"}},"labels":{"a":"b","c":1},"anything":{"x":[1.5]},"price":12.50,"built":"2023-02-30"}"#,
        r#"{"level":7,"state":"off","old":"x","price":7,"labels":null,"anything":null,"twin":null,"built":"never"}"#,
    ] {
        assert!(is_kept::<Lamp>(json), "{json}");
    }
}
