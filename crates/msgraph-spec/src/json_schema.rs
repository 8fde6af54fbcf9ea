//! Schemas of OpenAPI 3.0 as JSON Schema. The emulator's module is the only one: what judges there judges here.

#[allow(unreachable_pub, reason = "the emulator shows it to its users")]
#[path = "../../msgraph-incident-tasks-emulator/src/contract/json_schema.rs"]
mod shared;

pub(crate) use shared::json_schema;
