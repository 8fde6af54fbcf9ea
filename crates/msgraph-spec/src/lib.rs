#![doc = include_str!("../README.md")]

mod diff;
mod drift;
mod json_schema;
mod lines;
mod lint;
mod places;

pub use diff::{Bump, Change, Effect, Rust, Wire, diff};
pub use drift::{Difference, drift};
pub use lint::{Finding, lint};
