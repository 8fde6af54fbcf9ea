#![doc = include_str!("../README.md")]

mod json_schema;
mod lines;
mod lint;
mod places;

pub use lint::{Finding, lint};
