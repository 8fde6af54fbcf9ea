//! What the source was generated from, and by what.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::progenitor_settings::PROGENITOR_VERSION;

pub(crate) struct Provenance {
    /// The version that the description gives itself.
    pub(crate) version: String,
    /// SHA-256 of the description's text with LF line ends, in hexadecimal digits.
    pub(crate) sha256: String,
    /// The generators and their versions.
    pub(crate) generators: String,
}

impl Provenance {
    pub(crate) fn of(fragment: &str, document: &Value) -> Self {
        // A checkout may have turned line ends into those of another system.
        let digest = Sha256::digest(fragment.replace("\r\n", "\n").as_bytes());
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

    use super::Provenance;
    use crate::progenitor_settings::PROGENITOR_VERSION;

    #[test]
    fn the_digest_is_that_of_the_text_whatever_its_line_ends() {
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
        // Inside a package there is no workspace to look at.
        let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        if let Ok(workspace) = std::fs::read_to_string(workspace) {
            assert!(workspace.contains(&format!("progenitor = {{ version = \"={PROGENITOR_VERSION}\"")));
        }
    }
}
