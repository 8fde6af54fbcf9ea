//! The generated clients of other resources work, and their specs are what `cargo xtask spec slice` makes.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

mod calls;
mod slices;
