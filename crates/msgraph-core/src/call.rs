//! The facts of a call that its errors and spans report.

use http::HeaderValue;

use crate::redaction::Tokens;
use crate::retry::RetryMode;

/// The facts of an operation, independent of its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperationInfo {
    /// Its name, such as `update_incident_task`.
    pub(crate) name: &'static str,
    /// Its HTTP method, such as `PATCH`.
    pub(crate) method: &'static str,
    /// Its path in the spec, such as `/security/incidentTasks/{incidentTaskId}`.
    pub(crate) path_template: &'static str,
    pub(crate) retry_mode: RetryMode,
}

/// The facts of a call, over all its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    /// True if the request is not safe ([RFC 9110, section
    /// 9.2.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1)).
    pub(crate) write: bool,
    pub(crate) client_request_id: HeaderValue,
    /// The number of attempts.
    pub(crate) attempts: u32,
    pub(crate) tokens: Tokens,
    /// True if an earlier attempt may have been processed.
    pub(crate) earlier_unknown: bool,
    /// The note why there was no further attempt, if any.
    pub(crate) note: Option<String>,
}

impl Call {
    pub(crate) fn new(operation: &OperationInfo, client_request_id: HeaderValue) -> Self {
        Self {
            operation: operation.name,
            write: !matches!(operation.method, "GET" | "HEAD" | "OPTIONS" | "TRACE"),
            client_request_id,
            attempts: 0,
            tokens: Tokens::default(),
            earlier_unknown: false,
            note: None,
        }
    }
}
