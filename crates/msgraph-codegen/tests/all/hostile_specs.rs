//! For any spec, generation returns an error or code that parses, and no text of the spec becomes code.

use msgraph_codegen::generate;
use serde_json::{Map, Value, json};
use syn::visit::{self, Visit};

/// Names that are keywords, clash, or are not names; texts that try to be code.
const NAMES: [&str; 27] = [
    "",
    " ",
    "-1",
    "0",
    "Self",
    "self",
    "type",
    "crate",
    "super",
    "async",
    "_",
    "__",
    "a b",
    "a-b",
    "a_b",
    "A.B",
    "@odata.type",
    "$ref",
    "extra",
    "UnknownValue",
    "IncidentTask",
    "😀",
    "é",
    "\u{202e}abc",
    "'quoted'",
    "\"); canary!(); (\"",
    "*/ canary!(); /*",
];

/// Returns a spec with these names in each place that has a name.
fn spec_of(names: &[String]) -> Value {
    let name = |index: usize| names[index % names.len()].as_str();
    let component = |index: usize| format!("component{}", name(index));
    let reference = |index: usize| json!({ "$ref": format!("#/components/schemas/{}", escaped(&component(index))) });
    let mut schemas = Map::new();
    schemas.insert(
        component(0),
        json!({ "type": "object", "required": [name(1)], "properties": {
        name(1): { "type": "string" },
        name(2): { "type": "array", "items": reference(0) },
        name(3): { "allOf": [reference(1)] },
    } }),
    );
    schemas.insert(
        component(1),
        json!({ "anyOf": [{ "type": "string", "enum": [name(4), name(5), name(6)] }, { "type": "string" }],
        name(7): [name(4)] }),
    );
    json!({
        "openapi": "3.0.3",
        "info": { "title": name(8), "version": name(9), "description": name(10) },
        "paths": { format!("/{}/{{{}}}", name(11), name(12)): { "get": {
            "operationId": name(13), "summary": name(14), "tags": [name(15)],
            "parameters": [
                { "name": name(12), "in": "path", "required": true, "schema": { "type": "string" }, "description": name(16) },
                { "name": name(17), "in": "query", "schema": { "type": "integer", "minimum": 1 } },
            ],
            "responses": { "200": { "description": name(18), "content": { "application/json": { "schema": reference(0) } } } },
        } } },
        "components": { "schemas": schemas },
    })
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Finds code that came from a text of the spec.
struct Canary(bool);

impl<'a> Visit<'a> for Canary {
    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.0 |= call.path.segments.iter().any(|segment| segment.ident == "canary") || has_canary(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// Returns true if a name in a macro call is the canary.
fn has_canary(tokens: proc_macro2::TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => ident == "canary",
        proc_macro2::TokenTree::Group(group) => has_canary(group.stream()),
        _ => false,
    })
}

/// Generates, and returns whether there is source, or the problem of the source.
fn generates(document: &Value) -> Result<bool, String> {
    let text = document.to_string();
    let generated = std::panic::catch_unwind(|| generate(&text)).map_err(|_| format!("a panic for {text}"))?;
    let Ok(generated) = generated else { return Ok(false) };
    let file = syn::parse_file(&generated.source).map_err(|error| format!("{error} in what {text} gives"))?;
    let mut canary = Canary(false);
    canary.visit_file(&file);
    if canary.0 { Err(format!("a text of {text} became code")) } else { Ok(true) }
}

mod properties {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{NAMES, generates, places, spec_of};

    proptest! {
        #[test]
        fn odd_names_become_names_or_errors(
            names in prop::collection::vec(prop_oneof![prop::sample::select(&NAMES[..]).prop_map(str::to_owned), "\\PC{0,12}"], 19)
        ) {
            generates(&spec_of(&names)).map_err(TestCaseError::fail)?;
        }

        #[test]
        fn any_value_in_any_place_is_an_error_or_harmless(place in 0_usize..400, value in prop::sample::select(vec![
            json!(null), json!(true), json!(-1), json!(1e300), json!(""), json!("canary!()"), json!([]), json!({}),
            json!([null]), json!({ "$ref": "#/components/schemas/componenta" }), json!({ "$ref": "#" }), json!({ "allOf": [] }),
            json!({ "oneOf": [{}, {}] }), json!({ "not": {} }), json!({ "enum": [null, 1, "a"] }), json!({ "type": ["string", "null"] }),
        ])) {
            let mut document = spec_of(&["a", "b", "c", "d", "e", "f", "g", "x-h"].map(str::to_owned));
            let mut pointers = Vec::new();
            places(&document, "", &mut pointers);
            let pointer = &pointers[place % pointers.len()];
            if let Some(target) = document.pointer_mut(pointer) {
                *target = value;
            }
            generates(&document).map_err(TestCaseError::fail)?;
        }
    }
}

fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, child)| places(child, &format!("{pointer}/{}", escaped(name)), found))
        }
        Value::Array(array) => {
            array.iter().enumerate().for_each(|(index, child)| places(child, &format!("{pointer}/{index}"), found))
        }
        _ => {}
    }
}

fn with_schemas(schemas: Value) -> Value {
    json!({ "openapi": "3.0.3", "info": { "title": "a", "version": "1" }, "paths": {}, "components": { "schemas": schemas } })
}

#[test]
fn circular_references_end() {
    for schemas in [
        json!({ "a": { "$ref": "#/components/schemas/a" } }),
        json!({ "a": { "allOf": [{ "$ref": "#/components/schemas/b" }] }, "b": { "allOf": [{ "$ref": "#/components/schemas/a" }] } }),
        json!({ "a": { "type": "object", "required": ["a"], "properties": { "a": { "allOf": [{ "$ref": "#/components/schemas/a" }] } } } }),
        json!({ "a": { "type": "array", "items": { "$ref": "#/components/schemas/a" } } }),
        json!({ "a": { "anyOf": [{ "$ref": "#/components/schemas/a" }, { "type": "object" }],
                "discriminator": { "propertyName": "t", "mapping": { "a": "#/components/schemas/a" } } } }),
    ] {
        generates(&with_schemas(schemas)).unwrap();
    }
}

#[test]
fn generation_of_very_large_and_very_deep_specs_ends() {
    let members: Vec<String> = (0..10_000).map(|number| format!("member{number}")).collect();
    let large = json!({ "a": { "anyOf": [{ "type": "string", "enum": members }, { "type": "string" }] } });
    assert_eq!(generates(&with_schemas(large)), Ok(true));

    let properties: Map<_, _> = (0..2_000).map(|number| (format!("p{number}"), json!({ "type": "string" }))).collect();
    assert_eq!(generates(&with_schemas(json!({ "a": { "type": "object", "properties": properties } }))), Ok(true));

    for (depth, is_supported) in [(16, true), (17, false), (60, false), (10_000, false)] {
        let open = r#"{"type":"object","properties":{"a":"#.repeat(depth);
        let close = "}}".repeat(depth);
        let text = with_schemas(json!({ "a": "here" }))
            .to_string()
            .replace("\"here\"", &format!("{open}{{\"type\":\"string\"}}{close}"));
        let generated = std::panic::catch_unwind(|| generate(&text));
        match generated {
            Ok(generated) => assert_eq!(generated.is_ok(), is_supported, "{depth}"),
            Err(_) => panic!("a panic at depth {depth}"),
        }
    }
}
