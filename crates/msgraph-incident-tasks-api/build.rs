//! Generates the operations and types from the spec, if the feature `codegen` is on.

fn main() {
    #[cfg(feature = "codegen")]
    msgraph_codegen::build("../../spec/incident-tasks.openapi.json");
}
