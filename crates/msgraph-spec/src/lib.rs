#![doc = include_str!("../README.md")]

mod diff;
mod drift;
mod line_index;
mod lint;

pub use diff::{Bump, Change, Effect, Rust, Wire, diff};
pub use drift::{Difference, drift};
pub use lint::{Finding, lint};
