//! The tests of the generator in one binary.

mod extensions;
mod generated_source;
mod hostile_specs;
mod unsupported_specs;
