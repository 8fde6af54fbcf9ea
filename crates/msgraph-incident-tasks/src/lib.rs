#![doc = include_str!("../README.md")]

mod client;
mod incident_task_id;
mod operations;

pub use client::{Client, ClientBuilder};
pub use incident_task_id::IncidentTaskId;
pub use operations::UpdateIncidentTask;

pub use msgraph_core::{
    AccessToken, CredentialError, DEFAULT_SCOPE, EnvironmentToken, Error, ErrorDetail, ErrorKind, InvalidTimestamp,
    InvalidToken, OpenEnum, RefusedValue, StaticToken, Timestamp, TokenCredential, TokenFuture, TokenRequest, TypeName,
    UnknownObject, UnknownValue, WriteOutcome,
};
pub use msgraph_incident_tasks_api::{FRAGMENT, types};
