//! Generates the clients.

fn main() {
    for resource in ["alerts", "incidents", "messages"] {
        msgraph_codegen::build(&format!("spec/{resource}.openapi.json"));
    }
}
