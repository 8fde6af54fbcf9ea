#![doc = include_str!("../README.md")]

mod hooks;

// `include!` keeps formatters away: the snapshot is the generator's output, byte for byte.
#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, rustdoc::all)]
mod generated {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
    #[cfg(not(feature = "codegen"))]
    include!("generated/client.rs");
}

pub use generated::{Client, GENERATED_BY, SPEC_SHA256, SPEC_VERSION, types};
pub use hooks::Inner;
pub use progenitor_client::ResponseValue;

/// The API description that this crate is generated from: OpenAPI 3.0, in JSON.
pub const FRAGMENT: &str = include_str!("generated/incident-tasks.openapi.json");

#[cfg(test)]
mod tests {
    #[test]
    fn the_code_says_which_description_it_is_generated_from() {
        let fragment: serde_json::Value = serde_json::from_str(super::FRAGMENT).unwrap();
        assert_eq!(fragment["info"]["version"], super::SPEC_VERSION);
        assert_eq!(super::SPEC_SHA256.len(), 64);
        assert!(super::GENERATED_BY.starts_with("msgraph-codegen "));
    }

    #[cfg(feature = "codegen")]
    #[test]
    fn the_snapshot_is_what_a_build_generates() {
        let generated = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));
        assert!(
            generated == include_str!("generated/client.rs"),
            "the snapshot src/generated/client.rs is stale: run `cargo xtask regenerate`"
        );
    }
}
