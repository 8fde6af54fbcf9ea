//! Empty: cargo builds a dependency once for all packages that it builds together, with the features of all of them.
//! This package has the features of each selection, so that `cargo run`, `cargo test`, `cargo test -p conformance` and
//! `cargo xtask` share one build. A missing feature only costs time.
