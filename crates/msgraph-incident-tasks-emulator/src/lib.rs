#![doc = include_str!("../README.md")]

mod access;
mod admin;
mod apply_fault;
mod builder;
mod changes;
mod emulator;
mod enum_members;
mod fault;
mod fault_plan;
mod filter;
mod host_guard;
mod limits;
mod operations;
mod query;
mod recorder;
mod redaction;
mod request;
mod request_body;
mod request_path;
mod respond;
mod response;
mod scenario;
mod seed;
mod server;
mod spec_validator;
mod state;
mod store;
mod task;
mod throttle;
#[cfg(feature = "tls")]
mod tls;

pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use fault::{Fault, UnknownFault};
pub use fault_plan::Injection;
pub use limits::Limits;
pub use recorder::RecordedRequest;
pub use spec_validator::{Operation, SpecError, SpecValidator};
