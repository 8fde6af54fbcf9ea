#![doc = include_str!("../README.md")]

mod access_token;
mod bulk;
mod claims;
mod credential;
mod endpoint;
mod error;
mod item;
mod member;
mod open_enum;
mod paging;
mod refused_value;
mod retry;
mod timer;
mod timestamp;
mod token_cache;
mod transport;
mod type_name;
mod unknown_object;
mod write_outcome;

pub use access_token::{AccessToken, InvalidToken};
pub use bulk::{BatchItem, Bulk, BulkOperation, BulkResult, BulkResults};
#[cfg(feature = "azure")]
pub use credential::AzureCredential;
pub use credential::{
    CredentialError, DEFAULT_SCOPE, EnvironmentToken, FnCredential, StaticToken, TokenCredential, TokenFuture,
    TokenRequest,
};
pub use endpoint::{Cloud, Endpoint};
pub use error::{Error, ErrorDetail, ErrorKind};
pub use item::{Item, UnreadableItem};
pub use open_enum::{OpenEnum, UnknownValue, parse_open_enum};
pub use paging::{Collection, Items, Pages};
pub use refused_value::RefusedValue;
pub use retry::{Repeat, RetryPolicy};
pub use timer::{Sleep, Timer};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use transport::{Answer, Build, Execution, Operation, Transport, TransportBuilder, UnsentRequest};
pub use type_name::{NamedType, TypeName};
pub use unknown_object::UnknownObject;
pub use write_outcome::WriteOutcome;

#[doc(hidden)]
pub use item::from_json;
#[doc(hidden)]
pub use member::{Member, MemberSeed, WithFirst};
#[doc(hidden)]
pub use open_enum::OpenEnumVisitor;
#[cfg(feature = "schemars")]
#[doc(hidden)]
pub use schemars;
