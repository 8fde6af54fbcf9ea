#![doc = include_str!("../README.md")]

mod access_token;
#[cfg(feature = "azure")]
mod azure_credential;
mod batch;
mod bulk;
mod call;
mod claims;
pub mod codegen;
mod credential;
mod decoded;
mod endpoint;
mod error;
mod invalid_value;
mod item;
mod json;
mod limits;
mod odata_type;
mod open_enum;
mod operation;
mod paging;
mod patch;
mod raw_response;
mod redaction;
mod response;
mod retry;
mod timer;
mod timestamp;
mod token_cache;
mod transport;
mod turns;
mod unknown_object;
mod write_outcome;

pub use access_token::{AccessToken, InvalidToken};
#[cfg(feature = "azure")]
pub use azure_credential::AzureCredential;
pub use batch::{Batch, BatchHandle, BatchResults, DependentRequest, IntoOperation, RequestId};
pub use bulk::{Bulk, BulkResult, BulkResults};
pub use credential::{
    CredentialError, DEFAULT_SCOPE, EnvironmentToken, FnCredential, StaticToken, TokenCredential, TokenFuture,
    TokenRequest,
};
pub use decoded::{DecodeError, Decoded};
pub use endpoint::{Cloud, Endpoint};
pub use error::{Error, ErrorDetail, ErrorKind};
pub use invalid_value::InvalidValue;
pub use item::{Item, MalformedItem};
pub use jiff;
pub use limits::Limits;
pub use odata_type::{ODataType, ODataTypeTag};
pub use open_enum::{OpenEnum, UnknownValue, parse_open_enum};
pub use operation::{Headers, Operation, Query};
pub use paging::{Collection, ItemId, Items, Pages};
pub use patch::Patch;
pub use response::Response;
pub use retry::{RetryMode, RetryPolicy};
pub use timer::{Sleep, Timer};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use transport::{RequestPreview, ResponseFuture, Transport, TransportBuilder};
pub use unknown_object::UnknownObject;
pub use write_outcome::WriteOutcome;
