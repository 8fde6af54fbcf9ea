//! What the conformance tests share: the description, the documented payloads, and servers that
//! respond as they are told.

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

/// The spec in `spec/`, before codegen changes it.
///
/// # Panics
///
/// Where it is no JSON.
pub fn spec() -> Value {
    let text = include_str!("../../../spec/incident-tasks.openapi.json");
    serde_json::from_str(text).expect("the spec is JSON")
}

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
