#![doc = include_str!("../README.md")]

mod client;
mod incident_task_id;
mod operations;

pub use client::{Client, ClientBuilder};
pub use incident_task_id::IncidentTaskId;
pub use operations::{GetIncidentTask, UpdateIncidentTask};

#[cfg(feature = "azure")]
pub use msgraph_core::AzureCredential;
pub use msgraph_core::{
    AccessToken, CredentialError, DEFAULT_SCOPE, EnvironmentToken, Error, ErrorDetail, ErrorKind, FnCredential,
    InvalidTimestamp, InvalidToken, OpenEnum, RefusedValue, RetryPolicy, StaticToken, Timestamp, TokenCredential,
    TokenFuture, TokenRequest, TypeName, UnknownObject, UnknownValue, WriteOutcome,
};
pub use msgraph_incident_tasks_api::{FRAGMENT, types};
