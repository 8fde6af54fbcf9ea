//! The tests of the spec tools in one binary.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

mod diff;
mod drift;
mod guide;
mod lint;
mod pull;
