//! The conformance tests in one binary; `canary.rs` is separate, since it sets the process's logger.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

mod at_most_once;
mod azure_credential;
mod batch;
mod bulk;
mod cases;
mod confirmation;
mod connection_settings;
mod decisions;
mod documented_payloads;
mod documents;
mod dry_run;
mod emulator;
mod emulator_clients;
mod emulator_control;
mod emulator_faults;
mod emulator_operations;
mod emulator_page;
mod emulator_protocol;
mod evidence;
mod facts_guarded;
mod failures;
mod fault_matrix;
mod following;
mod ids_on_the_wire;
mod json_schemas;
mod lossless_reading;
mod operations_on_the_wire;
mod paging;
mod public_signatures;
mod retired_words;
mod retrying;
mod spec_facts;
mod static_promises;
mod structure;
mod success_bodies;
mod updates_in_bulk;
mod wire_request;
mod witness;
