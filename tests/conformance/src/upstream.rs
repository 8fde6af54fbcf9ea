//! The comparison with Microsoft's own spec.

use msgraph_spec::{Drift, Upstream, decisions, drift};
use serde_json::Value;

thread_local! {
    static UPSTREAM: Upstream<'static> = Upstream::parse(include_str!("../../../spec/upstream/incident-tasks.openapi.json"))
        .expect("the spec in spec/upstream is JSON");
    static DECIDED: Vec<String> = decisions(include_str!("../../../spec/decisions.toml"))
        .expect("spec/decisions.toml is TOML")
        .into_iter()
        .flat_map(|decision| decision.drift)
        .collect();
}

/// Returns the differences between a spec and Microsoft's own that no decision of the project covers.
///
/// # Errors
///
/// If a reference in the spec cannot be resolved.
pub fn upstream_drift(document: &Value) -> Result<Drift, String> {
    UPSTREAM.with(|upstream| DECIDED.with(|decided| drift(document, upstream, decided)))
}
