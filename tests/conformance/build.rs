//! Generates progenitor's own client of the spec, unmodified: the witness of the operations that this project prints.

use std::error::Error;
use std::path::Path;

use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/incident-tasks.openapi.json");
    println!("cargo::rerun-if-changed={}", spec.display());
    let mut document = msgraph_codegen::normalised(&std::fs::read_to_string(spec)?)?;
    keep_one_success(&mut document)?;
    let mut settings = progenitor::GenerationSettings::new();
    // Its calls compile with any query option that the spec gets.
    settings.with_interface(progenitor::InterfaceStyle::Builder);
    let tokens = progenitor::Generator::new(&settings).generate_tokens(&serde_json::from_value(document)?)?;
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("witness.rs"), tokens.to_string())?;
    Ok(())
}

/// Keeps one success, with a body if there is one: progenitor supports one type of success and one of failure.
fn keep_one_success(document: &mut Value) -> Result<(), Box<dyn Error>> {
    let mut kept = Vec::new();
    for operation in msgraph_openapi::operations(document) {
        let responses = operation.responses(document)?;
        let mut successes = responses.iter().filter(|(status, _)| status.starts_with('2'));
        let with_body = successes.clone().find(|(_, response)| response.value.get("content").is_some());
        let (status, response) = with_body.or_else(|| successes.next()).ok_or("an operation has no success")?;
        let response = json!({ "description": "", "content": response.value.get("content").unwrap_or(&json!({})) });
        kept.push((msgraph_openapi::pointer::join(&operation.pointer, "responses"), json!({ *status: response })));
    }
    for (pointer, responses) in kept {
        *document.pointer_mut(&pointer).ok_or("an operation has no responses")? = responses;
    }
    Ok(())
}
