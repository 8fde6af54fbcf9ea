#![doc = include_str!("../README.md")]

mod client;
mod confirmation;
mod filter;
mod follow;
mod incident_task_id;
mod operations;
mod request;
mod status_update;

pub use client::{Client, ClientBuilder};
pub use confirmation::Confirmation;
pub use filter::Filter;
pub use follow::{Change, Changes, Checkpoint, FollowIncidentTasks, Followed, Poll, Start, Step};
pub use incident_task_id::IncidentTaskId;
pub use operations::*;
pub use request::RequestFuture;
pub use status_update::StatusUpdate;

#[cfg(feature = "azure")]
pub use msgraph_core::AzureCredential;
pub use msgraph_core::{
    AccessToken, Batch, BatchHandle, BatchResults, BulkResult, BulkResults, Collection, CredentialError, DEFAULT_SCOPE,
    DependentRequest, EnvironmentToken, Error, ErrorDetail, ErrorKind, FnCredential, InvalidTimestamp, InvalidToken,
    InvalidValue, Item, Items, Limits, MalformedItem, ODataTypeTag, OpenEnum, Pages, RequestId, RequestPreview,
    Response, RetryMode, RetryPolicy, Sleep, StaticToken, Timer, Timestamp, TokenCredential, TokenFuture, TokenRequest,
    Transport, UnknownObject, UnknownValue, WriteOutcome, jiff,
};
pub use msgraph_incident_tasks_api::{OPENAPI_SPEC, SPEC_SHA256, SPEC_VERSION, types};
