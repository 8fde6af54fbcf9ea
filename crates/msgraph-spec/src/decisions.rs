//! The decisions about contradictions between the sources of a spec.

use serde::Deserialize;

/// A decision about a contradiction between sources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Decision {
    /// The ID of the decision.
    pub id: String,
    /// What each source says.
    pub says: Vec<Says>,
    /// What was decided.
    pub decided: String,
    /// The reason.
    pub why: String,
    /// The names of the tests that hold the decision.
    pub tests: Vec<String>,
    /// The differences from upstream that follow from it: facts of [`drift`](crate::drift), with a `*` at the end for
    /// anything.
    #[serde(default)]
    pub drift: Vec<String>,
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Says {
    /// The source.
    pub source: String,
    /// What it says.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decisions {
    #[serde(default)]
    decision: Vec<Decision>,
}

/// Reads decisions from TOML: a `[[decision]]` each.
///
/// # Errors
///
/// If the text is not TOML, or a decision lacks a field or has an unknown one.
pub fn decisions(text: &str) -> Result<Vec<Decision>, String> {
    toml::from_str::<Decisions>(text).map(|decisions| decisions.decision).map_err(|error| error.to_string())
}
