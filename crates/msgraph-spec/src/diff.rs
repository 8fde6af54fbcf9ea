//! The impact of a change of a spec: on the wire, and on users of the Rust code that is generated from it.

mod canonical;
mod changes;
mod impact;
mod public_api;
mod schema_rules;
mod usage;
mod version;
mod wire;

use serde_json::Value;

pub use changes::Change;
pub use impact::{Impact, RustImpact, VersionBump, WireImpact};
use public_api::PublicApi;
use usage::Usage;

/// The changes from one spec to another, with their impact.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The changes, each with its own impact.
    pub impacts: Vec<Impact>,
    /// The impact of all changes together on Rust users.
    pub rust: RustImpact,
    /// The reason.
    pub reason: String,
    /// The versions (`info.version`) before and after.
    pub versions: [String; 2],
}

impl Report {
    /// Returns the version bump that the changes require.
    pub fn bump(&self) -> VersionBump {
        let whole = impact::bump(self.rust, WireImpact::None);
        self.impacts.iter().map(Impact::bump).chain([whole]).max().unwrap_or(VersionBump::None)
    }

    /// Returns the strongest impact on the wire.
    pub fn wire(&self) -> WireImpact {
        self.impacts.iter().map(|impact| impact.wire).max().unwrap_or(WireImpact::None)
    }

    /// Checks that `info.version` was raised as the changes require.
    ///
    /// # Errors
    ///
    /// If it was not; the message names the lowest sufficient version.
    pub fn check_version(&self) -> Result<(), String> {
        let [old, new] = &self.versions;
        version::check(old, new, self.bump())
    }
}

/// Compares two specs. `generate` returns the Rust source of a spec. If it fails for `new`, the report has that as the
/// impact on Rust users.
///
/// # Errors
///
/// If a text is not JSON, or `generate` fails for `old`.
pub fn diff(old: &str, new: &str, generate: impl Fn(&str) -> Result<String, String>) -> Result<Report, String> {
    let parse = |name: &str, text: &str| {
        let document =
            serde_json::from_str::<Value>(text).map_err(|error| format!("the {name} spec is not JSON: {error}"))?;
        Ok::<_, String>(canonical::canonical(document))
    };
    let (old, mut new) = (parse("old", old)?, parse("new", new)?);
    let versions = [&old, &new].map(|document| document["info"]["version"].as_str().unwrap_or_default().to_owned());
    let generate = |document: &Value| {
        generate(&canonical::expanded(document.clone()).to_string()).and_then(|source| PublicApi::of(&source))
    };
    let before = generate(&old).map_err(|error| format!("the old spec cannot be generated: {error}"))?;
    let after = generate(&new);
    let (rust, reason) = match &after {
        Ok(after) => before.compared_to(after),
        Err(error) => (RustImpact::CannotBeGenerated, format!("Rust: the new spec cannot be generated: {error}")),
    };
    let mut changes = changes::take_path_renames(&old, &mut new);
    changes.extend(changes::between(&old, &new));
    let usage = Usage::of([&old, &new]);
    let impact = |change: Change| {
        let (side, wire, wire_reason) = wire::meaning(&change, &usage);
        // The impact of only this change on the old spec.
        let (rust, rust_reason) = if change.pointer == "/info/version" {
            (RustImpact::None, "Rust: the version is the value of a constant".to_owned())
        } else {
            match generate(&change.applied_to(&old)) {
                Ok(after) => before.compared_to(&after),
                Err(_) => (rust, format!("{reason}, together with the other changes")),
            }
        };
        Impact { side, wire, rust, reason: format!("wire: {wire_reason}; {rust_reason}"), change }
    };
    Ok(Report { impacts: changes.into_iter().map(impact).collect(), rust, reason, versions })
}
