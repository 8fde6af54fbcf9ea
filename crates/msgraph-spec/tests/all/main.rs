//! The tests of the spec tools in one binary.

mod diff;
mod drift;
mod guide;
mod lint;
