//! The functions and macros for generated code. Each module is stable for the code generated for it: a breaking change
//! needs a new module.

#[doc(hidden)]
pub mod v1;
