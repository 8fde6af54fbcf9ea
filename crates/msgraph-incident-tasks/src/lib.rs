#![doc = include_str!("../README.md")]

mod client;
mod confirmation;
mod filter;
mod incident_task_id;
mod operations;

pub use client::{Client, ClientBuilder};
pub use confirmation::Confirmation;
pub use filter::Filter;
pub use incident_task_id::IncidentTaskId;
pub use operations::*;

#[cfg(feature = "azure")]
pub use msgraph_core::AzureCredential;
pub use msgraph_core::{
    AccessToken, BulkResult, BulkResults, Collection, CredentialError, DEFAULT_SCOPE, EnvironmentToken, Error,
    ErrorDetail, ErrorKind, FnCredential, InvalidTimestamp, InvalidToken, Item, Items, OpenEnum, Pages, RefusedValue,
    RetryPolicy, Sleep, StaticToken, Timer, Timestamp, TokenCredential, TokenFuture, TokenRequest, TypeName,
    UnknownObject, UnknownValue, UnreadableItem, UnsentRequest, WriteOutcome,
};
pub use msgraph_incident_tasks_api::{FRAGMENT, SPEC_SHA256, SPEC_VERSION, types};
