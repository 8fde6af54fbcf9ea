//! The tests of the generator in one binary.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

mod extensions;
mod generated_source;
mod hostile_specs;
mod unsupported_specs;
