#![doc = include_str!("../README.md")]

mod decisions;
mod diff;
mod drift;

mod line_index;
mod lint;
mod upstream;

pub use decisions::{Decision, Says, decisions};
pub use diff::{Change, Impact, Report, RustImpact, VersionBump, WireImpact, diff};

pub use drift::{Difference, Drift, drift};
pub use lint::{Finding, lint};
pub use upstream::Upstream;
