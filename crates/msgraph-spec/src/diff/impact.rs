//! The classes of impact.

use std::fmt;

use super::Change;

/// An impact on the wire, with its reason.
pub(super) type Verdict = (WireImpact, &'static str);

/// The impact of a change on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WireImpact {
    /// Nothing on the wire changes.
    None,
    /// Existing clients and services keep working.
    Compatible,
    /// Clients that are too strict can fail.
    Risky,
    /// Existing clients or services fail.
    Breaking,
}

/// The impact of a change on users of the generated Rust code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RustImpact {
    /// Neither the public items nor their code change.
    None,
    /// The code of public items changes, but not their signatures.
    Behaviour,
    /// Public items are added.
    Additive,
    /// Public items are removed or changed: code that uses them does not compile.
    SourceBreaking,
    /// No code can be generated from the new spec.
    CannotBeGenerated,
}

/// The version bump that follows ([Semantic Versioning](https://semver.org)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum VersionBump {
    /// None.
    None,
    /// The patch version.
    Patch,
    /// The minor version; before 1.0 the patch version.
    Minor,
    /// The major version; before 1.0 the minor version.
    Major,
}

/// A change and its impact.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Impact {
    /// The change.
    pub change: Change,
    /// The side of the change: `request`, `response`, `both`, `document`, or `unused` for an unused component.
    pub side: &'static str,
    /// The impact on the wire.
    pub wire: WireImpact,
    /// The impact on Rust users.
    pub rust: RustImpact,
    /// The reason.
    pub reason: String,
}

impl Impact {
    /// Returns the version bump that this change requires.
    pub fn bump(&self) -> VersionBump {
        bump(self.rust, self.wire)
    }
}

pub(super) fn bump(rust: RustImpact, wire: WireImpact) -> VersionBump {
    match (rust, wire) {
        (RustImpact::SourceBreaking | RustImpact::CannotBeGenerated, _) | (_, WireImpact::Breaking) => {
            VersionBump::Major
        }
        (RustImpact::Additive, _) => VersionBump::Minor,
        (RustImpact::Behaviour, _) | (_, WireImpact::Risky | WireImpact::Compatible) => VersionBump::Patch,
        (RustImpact::None, WireImpact::None) => VersionBump::None,
    }
}

impl fmt::Display for WireImpact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Compatible => "compatible",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        })
    }
}

impl fmt::Display for RustImpact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Behaviour => "behaviour",
            Self::Additive => "additive",
            Self::SourceBreaking => "source-breaking",
            Self::CannotBeGenerated => "cannot be generated",
        })
    }
}

impl fmt::Display for VersionBump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}
