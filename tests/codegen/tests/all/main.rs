//! The tests of generated code in one binary.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

mod changes;
mod graph;
mod nested;
mod statuses;

use msgraph_core::{Endpoint, Operation, RequestPreview, StaticToken, Transport};

/// Returns the request of an operation, or why it is not sent.
fn sent<O: Operation>(operation: &O) -> Result<RequestPreview, String> {
    let endpoint = Endpoint::new("https://graph.microsoft.com/beta").unwrap();
    let transport = Transport::builder(StaticToken::new("any").unwrap()).build(endpoint).unwrap();
    transport.preview(operation).map_err(|error| error.to_string())
}

/// Returns the path and query of a request.
fn url<O: Operation>(operation: &O) -> String {
    sent(operation).unwrap().url.strip_prefix("https://graph.microsoft.com/beta").unwrap().to_owned()
}

/// Returns true if a JSON text is read as a `T` and written back equal.
fn is_kept<T: serde::Serialize + serde::de::DeserializeOwned>(json: &str) -> bool {
    let read: T = serde_json::from_str(json).unwrap();
    let expected: serde_json::Value = serde_json::from_str(json).unwrap();
    serde_json::to_value(read).unwrap() == expected
}
