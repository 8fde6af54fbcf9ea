#![doc = include_str!("../README.md")]

mod error;
mod json_schema;
mod kind;
mod nodes;
mod operations;
mod parse;
pub mod pointer;
mod references;

pub use error::Error;
pub use json_schema::json_schema;
pub use kind::{Kind, Location, METHODS, locate};
pub use nodes::{Node, Nodes, members, misplaced, nodes, nodes_at, schemas, schemas_without_arms};
pub use operations::{Operation, Parameter, operations, path_parameter_names};
pub use parse::{parse, sorted};
pub use references::{Reference, component_at, component_name, reachable, references, references_at, resolve, target};

/// The JSON pointer of the schema components.
pub const SCHEMAS: &str = "/components/schemas";

/// The maximum nesting depth, that of `serde_json`'s own parser.
pub const MAX_DEPTH: usize = 128;
