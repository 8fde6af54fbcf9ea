//! The response to a call.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use memchr::memmem::Finder;

use crate::call::Call;
use crate::error::{Error, ErrorKind};
use crate::operation::{NO_CONTENT, Operation};
use crate::raw_response::RawResponse;
use crate::write_outcome::WriteOutcome;

/// A success: its value, its status and its headers.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> Response<T> {
    /// Returns the value of the body.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the value of the body, without status and headers.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns the HTTP status code.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Returns a header, such as `date`; `None` if it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the service's ID of the request, for Microsoft's support.
    pub fn request_id(&self) -> Option<&str> {
        self.header("request-id")
    }

    pub(crate) fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self { value, status, headers }
    }

    /// Returns the response again, with another body.
    pub(crate) fn raw(&self, body: Bytes) -> RawResponse {
        RawResponse { status: self.status, headers: self.headers.clone(), body }
    }

    pub(crate) fn into_parts(self) -> (T, StatusCode, HeaderMap) {
        (self.value, self.status, self.headers)
    }
}

impl RawResponse {
    /// Decodes the success of an operation; any other response is an error, and so is a success with a Graph error in it.
    pub(crate) fn decode<O: Operation>(self, call: &Call) -> Result<Response<O::Response>, Error> {
        let (response, error) = self.decode_partial::<O>(call)?;
        error.map_or(Ok(response), Err)
    }

    /// Decodes a success as [`decode`](Self::decode) does, and also returns the Graph error in it: a page may have both.
    pub(crate) fn decode_partial<O: Operation>(
        self,
        call: &Call,
    ) -> Result<(Response<O::Response>, Option<Error>), Error> {
        let status = self.status.as_u16();
        let is_success = O::SUCCESS_STATUSES.iter().any(|range| range.contains(&status));
        let error = if self.status.is_success() { self.graph_error(call) } else { None };
        if !is_success || (status == NO_CONTENT && O::HAS_RESPONSE_BODY) {
            return Err(error.unwrap_or_else(|| self.into_error(call)));
        }
        match O::decode(&self.body) {
            Ok(value) => Ok((Response::new(value, self.status, self.headers), error)),
            Err(problem) => Err(error.unwrap_or_else(|| self.mismatch(call, problem))),
        }
    }

    /// Returns the Graph error in the body of a success. The outcome of a write is then unknown.
    fn graph_error(&self, call: &Call) -> Option<Error> {
        // Most bodies are not read twice.
        static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"error\""));
        ERROR.find(&self.body)?;
        let error = Error::new(ErrorKind::InvalidResponse, "the body of the success contains an error");
        let error = error.of_call(call, WriteOutcome::Unknown).with_response(self.clone());
        error.code().is_some().then_some(error)
    }

    /// Returns the error of a response that is not a documented success.
    pub(crate) fn into_error(self, call: &Call) -> Error {
        let (kind, message) = if self.status.is_client_error() || self.status.is_server_error() {
            (ErrorKind::Status, "")
        } else if self.status.is_redirection() {
            (ErrorKind::UnexpectedStatus, "redirects are not followed")
        } else {
            (ErrorKind::UnexpectedStatus, "undocumented status for this operation")
        };
        self.with(call, Error::new(kind, message))
    }

    /// Returns the error of a success whose body does not match the schema.
    pub(crate) fn mismatch(self, call: &Call, problem: serde_json::Error) -> Error {
        let (line, column) = (problem.line(), problem.column());
        let message = format!("response body does not match the schema at line {line} column {column}");
        self.with(call, Error::new(ErrorKind::InvalidResponse, message).with_source(problem))
    }

    fn with(self, call: &Call, error: Error) -> Error {
        error.of_call(call, WriteOutcome::of_status(self.status.as_u16())).with_response(self)
    }
}
