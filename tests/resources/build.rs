//! Generates the clients.

fn main() {
    for resource in ["alerts", "incidents"] {
        msgraph_codegen::build(&format!("spec/{resource}.openapi.json"));
    }
}
