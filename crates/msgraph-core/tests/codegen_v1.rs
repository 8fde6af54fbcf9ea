//! Generated code of the first version compiles and works. `codegen_v1/lamps.rs` is the output of msgraph-codegen 0.1.0
//! for the spec beside it, and is never generated again: a change of `codegen::v1` that breaks it needs a `v2`.

#[allow(missing_docs, unused_qualifications, unreachable_pub, dead_code, clippy::all, reason = "it is generated")]
mod generated {
    include!("codegen_v1/lamps.rs");
}

use generated::operations::{GetLamp, ListLamps, RemoveLamp, UpdateLamp};
use generated::types::{Bulb, Lamp, LampPage, LampUpdate, State};
use msgraph_core::{Collection, Endpoint, Item, Operation, Patch, StaticToken, Transport};

#[test]
fn each_form_is_sent_as_its_spec_has_it() {
    let endpoint = Endpoint::new("https://graph.microsoft.com/beta").unwrap();
    let transport = Transport::builder(StaticToken::new("any").unwrap()).build(endpoint).unwrap();
    let list = ListLamps::new(7).top(9).state("on").tag(["a", "b"]);
    let url = transport.preview(&list).unwrap().url;
    assert_eq!(url, "https://graph.microsoft.com/beta/rooms/7/lamps?%24top=9&state=on&tag=a&tag=b");
    assert!(transport.preview(&ListLamps::new(7).top(10)).is_err());
    let update = LampUpdate::new().state(State::Off).name(Patch::Null);
    let preview = transport.preview(&UpdateLamp::new("a b", update)).unwrap();
    assert_eq!((preview.method.as_str(), preview.body.as_deref()), ("PATCH", Some(r#"{"state":"off","name":null}"#)));
    assert_eq!(UpdateLamp::new("1", LampUpdate::new()).read_back(), Some(GetLamp::new("1")));
    let dimmed = UpdateLamp::new("1", LampUpdate::new().state("dimmed"));
    assert!(transport.preview(&dimmed).is_err());
    assert_eq!(transport.preview(&RemoveLamp::new("1")).unwrap().body, None);
}

#[test]
fn each_form_is_read_and_written_back_equal() {
    for json in [
        r##"{"id":"1","state":"on","watts":7,"since":"2023-06-26T19:07:39.7433333Z","bulb":{"@odata.type":"#led","socket":"E27"}}"##,
        r##"{"state":"dimmed","watts":null,"bulb":{"@odata.type":"#neon","colour":"red"},"new":[1.5],"id":null}"##,
        r#"{"watts":1,"bulb":null,"since":"yesterday"}"#,
        r##"{"watts":1,"bulb":{"socket":"E27","@odata.type":"#LED"}}"##,
    ] {
        let lamp: Lamp = serde_json::from_str(json).unwrap();
        let [read, written]: [serde_json::Value; 2] =
            [json.to_owned(), serde_json::to_string(&lamp).unwrap()].map(|text| serde_json::from_str(&text).unwrap());
        assert_eq!(read, written);
        assert_eq!(serde_json::to_value(&lamp).unwrap(), read);
    }
    assert!(serde_json::from_str::<Lamp>("{}").is_err(), "watts is required");
}

#[test]
fn a_null_is_remembered_until_its_field_is_set() {
    let mut lamp: Lamp = serde_json::from_str(r#"{"watts":null,"bulb":null,"id":"1"}"#).unwrap();
    assert!(lamp.is_null("bulb") && lamp.is_null("watts") && !lamp.is_null("id") && !lamp.is_null("state"));
    lamp.bulb = serde_json::from_str(r##"{"@odata.type":"#led"}"##).unwrap();
    assert!(!lamp.is_null("bulb"));
    let json = serde_json::to_string(&lamp).unwrap();
    assert_eq!(json, r##"{"id":"1","watts":null,"bulb":{"@odata.type":"#led"}}"##);
    assert_eq!(lamp.bulb.as_ref().and_then(Bulb::odata_type), Some("#led"));
}

#[test]
fn a_page_keeps_its_malformed_items() {
    let body = br#"{"value":[{"id":"1","watts":1},{"id":"2","watts":"x"},{"watts":3}],"@odata.nextLink":"n"}"#;
    let page: LampPage = ListLamps::new(7).decode(body).unwrap().value;
    assert_eq!(page.next_link(), Some("n"));
    assert!(matches!(page.items(), [Item::Read(_), Item::Malformed(_), Item::Malformed(_)]));
    assert!(State::On.is_bright() && !State::Odd.is_bright());
}
