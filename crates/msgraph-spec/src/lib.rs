#![doc = include_str!("../README.md")]

mod decisions;
mod diff;
mod drift;
mod flat;
mod forms;
mod line_index;
mod lint;
mod ordered;
mod pull;
mod record;
mod slice;
mod upstream;
mod words;

pub use decisions::{Decision, Says, decisions};
pub use diff::{Change, Impact, Report, RustImpact, VersionBump, WireImpact, diff};
pub use drift::{Difference, Drift, drift, has_paths};
pub use lint::{Finding, lint};
pub use pull::{Change as UpstreamChange, Conflict, Pulled, pull};
pub use slice::{Sliced, slice};
pub use upstream::Upstream;
