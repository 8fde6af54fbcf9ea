//! What generated code calls, and nobody else. Each module obeys SemVer for the snapshots that are generated for it:
//! a change that breaks one of them is a new module.

#[doc(hidden)]
pub mod v1;
