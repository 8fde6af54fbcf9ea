//! The tests of the spec tools in one binary.

mod diff;
mod drift;
mod lint;
