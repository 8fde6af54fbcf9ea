//! Shared by the conformance tests: the spec, the documented payloads, and servers with scripted responses.

mod batches;
mod cases;
mod facts;
pub mod faults;
mod files;
mod payloads;
mod servers;
mod upstream;

pub use batches::{BatchServer, ReadTask, Reply, SetStatus, response_to, set_status};
pub use cases::{Case, Message, Store, cases};
pub use facts::{SpecFact, facts};
pub use files::{files, root};
pub use payloads::{COMPONENTS, Payload, payload_files, payloads, round_trip};
pub use servers::{Recorder, TOKEN, client, exchange, exchange_raw, http2_server, raw_server};
pub use upstream::upstream_drift;

use serde_json::Value;

/// Returns the spec in `spec/`, before codegen changes it.
///
/// # Panics
///
/// If it is not JSON.
pub fn spec() -> Value {
    let text = include_str!("../../../spec/incident-tasks.openapi.json");
    serde_json::from_str(text).expect("the spec is JSON")
}

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
