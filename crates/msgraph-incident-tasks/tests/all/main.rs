//! The tests of the library in one binary.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

mod examples;
