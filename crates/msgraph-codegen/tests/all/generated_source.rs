//! The generated source matches the spec, and no text of the spec is markup or code in it.

use msgraph_codegen::generate;
use serde_json::{Value, json};

/// Returns a spec with one text in each place that has a text.
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

const HOSTILE: &str = "Ends */ here.\n\n```\npanic!(\"canary\");\n```\n\n    panic!(\"canary\");\n\n~~~rust\ncanary\n~~~\n\
    <script>canary</script> </div> <img src=x> [`canary`] [canary](https://x.test) [Client] &lt; | a | b |\n| - | - |\n\
    \u{202e}\u{0}\u{7}\u{2028}# canary\n//! canary\n\"#)] mod canary {}";

/// Returns the lines of all doc comments, those in macro calls included.
fn docs(document: &Value) -> Vec<String> {
    let source = generate(&document.to_string()).unwrap().source;
    let docs: Vec<_> =
        source.lines().filter_map(|line| line.trim_start().strip_prefix("///")).map(str::to_owned).collect();
    assert!(docs.len() > 10);
    docs
}

#[test]
fn no_description_becomes_markup_or_code() {
    for line in docs(&described_by(HOSTILE)) {
        assert!(!line.starts_with("     "), "{line:?} would be a code block");
        assert!(!line.contains(char::is_control) && !line.contains(['\u{202e}', '\u{2028}']), "{line:?}");
        let mut before = ' ';
        let text = line.as_str();
        for character in text.chars() {
            let is_markup = "<>[]*".contains(character) || (character == '`' && text.contains("canary"));
            let is_own_link = line.starts_with(" See <https://");
            assert!(!is_markup || before == '\\' || is_own_link, "{line:?} has a bare {character}");
            before = character;
        }
    }
}

/// Runs rustdoc on the generated documentation, on items that need no other crate.
fn rustdoc(texts: &[String], arguments: &[&str]) -> std::process::Output {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("docs{}", arguments.len()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut source = String::from("//! Documentation of generated items.\n");
    for (index, text) in texts.iter().enumerate() {
        let lines = text.lines().map(|line| format!("///{line}\n")).collect::<String>();
        source.push_str(&format!("{lines}pub struct Item{index};\n"));
    }
    let file = folder.join("docs.rs");
    std::fs::write(&file, source).unwrap();
    let cargo = std::path::Path::new(env!("CARGO"));
    let beside_cargo = cargo.with_file_name(format!("rustdoc{}", std::env::consts::EXE_SUFFIX));
    let rustdoc = if beside_cargo.exists() { beside_cargo } else { "rustdoc".into() };
    let command = std::process::Command::new(rustdoc)
        .args(["--edition", "2024", "--crate-name", "docs", "-D", "warnings"])
        .args(["-A", "rustdoc::bare_urls"])
        .args(arguments)
        .arg(&file)
        .current_dir(&folder)
        .output();
    command.unwrap()
}

/// Returns the documentation of each item as one text.
fn texts(document: &Value) -> Vec<String> {
    docs(document).join("\n").split("\n\n").map(str::to_owned).collect()
}

#[test]
fn rustdoc_is_clean_and_runs_nothing_of_a_hostile_spec() {
    let texts = texts(&described_by(HOSTILE));
    let documented = rustdoc(&texts, &["-o", "html"]);
    assert!(documented.status.success(), "{}", String::from_utf8_lossy(&documented.stderr));
    let tested = rustdoc(&texts, &["--test"]);
    let report = String::from_utf8_lossy(&tested.stdout).into_owned();
    assert!(tested.status.success() && report.contains("running 0 tests"), "{report}");

    // Without escapes the same text fails, so that rustdoc was really called.
    let bare = [HOSTILE.replace(['\u{0}', '\u{7}'], "")];
    let tested = rustdoc(&bare, &["--test"]);
    assert!(!String::from_utf8_lossy(&tested.stdout).contains("running 0 tests"));
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
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
    for expected in ["Dimmed = \"dimmed\"", "pub room_name: ", "Neon(NeonBulb)", "\"#neon\""] {
        assert!(source.contains(expected), "{expected}");
    }
}
