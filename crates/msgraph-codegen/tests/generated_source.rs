//! What is generated holds nothing that the description didn't say, and nothing of what it wants to be.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use msgraph_codegen::generate;
use serde_json::{Value, json};
use syn::visit::{self, Visit};

/// A description with one text in each place where a text can stand.
fn described_by(text: &str) -> Value {
    let described = |mut schema: Value| {
        schema["description"] = text.into();
        schema["title"] = text.into();
        schema
    };
    json!({
        "openapi": "3.0.3",
        "info": { "title": text, "description": text, "version": "1", "termsOfService": text },
        "paths": { "/lamps/{id}": { "patch": {
            "operationId": "updateLamp", "summary": text, "description": text,
            "parameters": [{ "name": "id", "in": "path", "required": true, "description": text, "schema": described(json!({ "type": "string" })) }],
            "requestBody": { "required": true, "description": text, "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/lamp" } } } },
            "responses": { "200": { "description": text, "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/lamp" } } } } },
        } } },
        "components": { "schemas": {
            "lamp": described(json!({ "type": "object", "properties": {
                "state": described(json!({ "allOf": [{ "$ref": "#/components/schemas/state" }] })),
                "bulb": described(json!({ "allOf": [{ "$ref": "#/components/schemas/bulb" }] })),
                "since": described(json!({ "type": "string", "format": "date-time" })),
            } })),
            "state": described(json!({ "anyOf": [{ "type": "string", "enum": ["on"] }, { "type": "string" }] })),
            "bulb": described(json!({
                "anyOf": [{ "$ref": "#/components/schemas/ledBulb" }, { "type": "object" }],
                "discriminator": { "propertyName": "@odata.type", "mapping": { "#led": "#/components/schemas/ledBulb" } },
            })),
            "ledBulb": described(json!({ "type": "object", "required": ["@odata.type"], "properties": {
                "@odata.type": described(json!({ "type": "string", "enum": ["#led"] })) } })),
        } },
    })
}

/// The documentation of each item, as rustdoc gets it.
struct Docs(Vec<String>);

impl<'a> Visit<'a> for Docs {
    fn visit_attribute(&mut self, attribute: &'a syn::Attribute) {
        if let syn::Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &meta.value
        {
            self.0.push(text.value());
        }
        visit::visit_attribute(self, attribute);
    }
}

fn docs(document: &Value) -> Vec<String> {
    let generated = generate(&document.to_string()).unwrap();
    let file = syn::parse_file(&generated.source).unwrap();
    let mut docs = Docs(Vec::new());
    docs.visit_file(&file);
    assert!(docs.0.len() > 10);
    docs.0
}

#[test]
fn no_description_becomes_markup_or_code() {
    let hostile = "Ends */ here.\n\n```\npanic!(\"canary\");\n```\n\n    panic!(\"canary\");\n<script>canary</script>\n\
        [`canary`] [canary](https://x.test) \u{202e}\u{0}\u{7}\u{2028}# canary\n//! canary\n\"#)] mod canary {}";
    for line in docs(&described_by(hostile)) {
        assert!(!line.starts_with("     "), "{line:?} would be a code block");
        assert!(!line.contains(char::is_control) && !line.contains(['\u{202e}', '\u{2028}']), "{line:?}");
        let mut before = ' ';
        // The generator's own code spans stand around names, and in front of a parameter's text.
        let text = line.trim_start_matches(" - `id`: ").trim_start_matches(" - `body`: ");
        for character in text.chars() {
            let is_markup = "<>[]*".contains(character) || (character == '`' && text.contains("canary"));
            let is_own_link = line.starts_with(" See <https://");
            assert!(!is_markup || before == '\\' || is_own_link, "{line:?} has a bare {character}");
            before = character;
        }
    }
}

#[test]
fn the_same_fragment_gives_the_same_bytes() {
    let document = described_by("A text.").to_string();
    assert_eq!(generate(&document).unwrap(), generate(&document).unwrap());
}

#[test]
fn a_member_property_or_type_that_is_added_appears_in_the_source() {
    let mut document = described_by("A text.");
    let schemas = &mut document["components"]["schemas"];
    schemas["state"]["anyOf"][0]["enum"] = json!(["on", "dimmed"]);
    schemas["lamp"]["properties"]["roomName"] = json!({ "type": "string" });
    schemas["neonBulb"] = json!({ "type": "object", "required": ["@odata.type"], "properties": {
        "@odata.type": { "type": "string", "enum": ["#neon"] } } });
    schemas["bulb"]["anyOf"] = json!([
        { "$ref": "#/components/schemas/ledBulb" }, { "$ref": "#/components/schemas/neonBulb" }, { "type": "object" }]);
    schemas["bulb"]["discriminator"]["mapping"]["#neon"] = "#/components/schemas/neonBulb".into();
    let source = generate(&document.to_string()).unwrap().source;
    for expected in ["Dimmed", "pub room_name: ", "Neon(NeonBulb)", "\"#neon\""] {
        assert!(source.contains(expected), "{expected}");
    }
}
