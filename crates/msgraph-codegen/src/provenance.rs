//! The spec and the generators of the source.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The version of progenitor that is required, exactly.
const PROGENITOR_VERSION: &str = "0.15.1";

pub(crate) struct Provenance {
    /// The spec's own version.
    pub(crate) version: String,
    /// SHA-256 of the spec's text with LF line ends, in hexadecimal digits.
    pub(crate) sha256: String,
    /// The generators and their versions.
    pub(crate) generators: String,
}

impl Provenance {
    pub(crate) fn of(spec: &str, document: &Value) -> Self {
        // A checkout may have converted line ends to those of another system.
        let digest = Sha256::digest(spec.replace("\r\n", "\n").as_bytes());
        Self {
            version: document["info"]["version"].as_str().unwrap_or_default().to_owned(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            generators: format!("msgraph-codegen {}, progenitor {PROGENITOR_VERSION}", env!("CARGO_PKG_VERSION")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PROGENITOR_VERSION, Provenance};

    #[test]
    fn the_digest_does_not_depend_on_line_ends() {
        let of = |text: &str| Provenance::of(text, &json!({})).sha256;
        // FIPS 180-2, appendix B.1.
        assert_eq!(of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(of("a\r\nb\r\n"), of("a\nb\n"));
        assert_ne!(of("a\n"), of("a"));
    }

    #[test]
    fn the_version_of_progenitor_is_the_one_that_is_built() {
        let manifest = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        assert!(manifest.contains("progenitor.workspace = true"));
        // A package has no workspace.
        let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        if let Ok(workspace) = std::fs::read_to_string(workspace) {
            assert!(workspace.contains(&format!("progenitor = {{ version = \"={PROGENITOR_VERSION}\"")));
        }
    }
}
