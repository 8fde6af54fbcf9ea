#![doc = include_str!("../README.md")]

// `include!` keeps formatters away: the snapshot is the generator's output, byte for byte.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, rustdoc::all)]
mod generated {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/incident-tasks.rs"));
    #[cfg(not(feature = "codegen"))]
    include!("generated/api.rs");
}

pub use generated::{GENERATED_BY, SPEC_SHA256, SPEC_VERSION, operations, types};

/// The spec that this crate is generated from: OpenAPI 3.0, in JSON.
pub const OPENAPI_SPEC: &str = include_str!("generated/incident-tasks.openapi.json");
