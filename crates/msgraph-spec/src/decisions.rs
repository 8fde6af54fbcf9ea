//! The decisions about contradictions between the sources of a spec.

use serde::Deserialize;

/// A decision about a contradiction between sources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Decision {
    /// The ID of the decision.
    pub id: String,
    /// The statements of the sources.
    pub says: Vec<Says>,
    /// The decision.
    pub decided: String,
    /// The reason.
    pub why: String,
    /// The names of the tests of the decision.
    pub tests: Vec<String>,
    /// The differences from upstream that follow from it: facts of [`drift`](crate::drift); a `*` at the end matches any
    /// ending.
    #[serde(default)]
    pub drift: Vec<String>,
}

/// The statement of one source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Says {
    /// The source.
    pub source: String,
    /// The statement.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decisions {
    #[serde(default)]
    decision: Vec<Decision>,
}

/// Reads the `[[decision]]` tables of a TOML text.
///
/// # Errors
///
/// If the text is not TOML, or a decision lacks a field or has an unknown one.
pub fn decisions(text: &str) -> Result<Vec<Decision>, String> {
    toml::from_str::<Decisions>(text).map(|decisions| decisions.decision).map_err(|error| error.to_string())
}
