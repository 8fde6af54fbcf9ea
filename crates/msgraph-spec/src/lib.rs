#![doc = include_str!("../README.md")]

mod diff;
mod json_schema;
mod lines;
mod lint;
mod places;

pub use diff::{Bump, Change, Effect, Rust, Wire, diff};
pub use lint::{Finding, lint};
