#![doc = include_str!("../README.md")]

// `include!` keeps formatters away: the snapshot is the generator's output, byte for byte.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, rustdoc::all)]
mod generated {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/api.rs"));
    #[cfg(not(feature = "codegen"))]
    include!("generated/api.rs");
}

pub use generated::{GENERATED_BY, SPEC_SHA256, SPEC_VERSION, operations, types};

/// The spec that this crate is generated from: OpenAPI 3.0, in JSON.
pub const OPENAPI_SPEC: &str = include_str!("generated/incident-tasks.openapi.json");

#[cfg(test)]
mod tests {
    #[test]
    fn the_code_has_the_version_of_its_spec() {
        let spec: serde_json::Value = serde_json::from_str(super::OPENAPI_SPEC).unwrap();
        assert_eq!(spec["info"]["version"], super::SPEC_VERSION);
        assert_eq!(super::SPEC_SHA256.len(), 64);
        assert!(super::GENERATED_BY.starts_with("msgraph-codegen "));
    }

    #[cfg(feature = "codegen")]
    #[test]
    fn the_snapshot_is_what_a_build_generates() {
        let generated = include_str!(concat!(env!("OUT_DIR"), "/api.rs"));
        assert!(
            generated == include_str!("generated/api.rs"),
            "the snapshot src/generated/api.rs is stale: run `cargo xtask regenerate`"
        );
    }
}
