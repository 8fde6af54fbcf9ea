//! The answer to a request, its body read.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::Response;
use serde::de::DeserializeOwned;

use super::Call;
use crate::item::from_json;
use crate::{Error, ErrorKind, WriteOutcome};

/// The whole answer to a request, whatever its status is.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) received: Received,
    pub(super) call: Call,
}

/// What arrived.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.received.status
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.received.headers
    }

    /// Its body, decoded by nobody yet.
    pub fn body(&self) -> &[u8] {
        &self.received.body
    }

    /// The value in its body, with its status and headers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidAnswer`] where the body is not what the description says.
    pub fn decode<T: DeserializeOwned>(self) -> Result<(T, StatusCode, HeaderMap), Error> {
        let problem = match from_json(without_byte_order_mark(&self.received.body)) {
            Ok(value) => return Ok((value, self.received.status, self.received.headers)),
            Err(problem) => problem,
        };
        let (line, column) = (problem.line(), problem.column());
        let message = format!("whose answer is not what the description says, at line {line} column {column}");
        Err(self.with(Error::new(ErrorKind::InvalidAnswer, message).with_source(problem)))
    }

    /// The error that it stands for: it is a failure, or its status is not described.
    pub fn into_error(self) -> Error {
        let status = self.status();
        let (kind, message) = if status.is_client_error() || status.is_server_error() {
            (ErrorKind::Status, "")
        } else if status.is_redirection() {
            (ErrorKind::UnexpectedStatus, "a redirect, which is not followed")
        } else {
            (ErrorKind::UnexpectedStatus, "whose answer can't be used")
        };
        self.with(Error::new(kind, message))
    }

    /// Its status, headers and body, and what is known of the call.
    pub(crate) fn into_parts(self) -> (StatusCode, HeaderMap, Bytes, Call) {
        let Received { status, headers, body } = self.received;
        (status, headers, body, self.call)
    }

    fn with(self, error: Error) -> Error {
        let (status, headers, body, call) = self.into_parts();
        error.of_call(&call, WriteOutcome::of_status(status.as_u16())).with_answer(status, headers, body)
    }
}

/// Reads the body into `body`, up to `limit` bytes.
pub(super) async fn read_body(response: &mut Response, body: &mut Body, limit: usize) -> Result<(), Error> {
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                let message = format!("whose answer is larger than {limit} bytes");
                return Err(Error::new(ErrorKind::AnswerTooLarge, message));
            }
            Ok(Some(chunk)) => body.push(chunk),
            Ok(None) => return Ok(()),
            Err(error) => {
                let cut_off = Error::new(ErrorKind::InvalidAnswer, "whose answer is cut off");
                return Err(cut_off.with_source(error.without_url()));
            }
        }
    }
}

/// Services of Graph have begun bodies with a byte order mark, which JSON does not know.
pub(crate) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Chunks of a body; the usual single one is not copied.
#[derive(Default)]
pub(super) struct Body {
    first: Bytes,
    rest: Option<BytesMut>,
}

impl Body {
    fn len(&self) -> usize {
        self.rest.as_ref().map_or(self.first.len(), BytesMut::len)
    }

    fn push(&mut self, chunk: Bytes) {
        match &mut self.rest {
            Some(rest) => rest.extend_from_slice(&chunk),
            None if self.first.is_empty() => self.first = chunk,
            None => {
                let mut rest = BytesMut::from(&*self.first);
                rest.extend_from_slice(&chunk);
                self.rest = Some(rest);
            }
        }
    }

    pub(super) fn freeze(self) -> Bytes {
        self.rest.map_or(self.first, BytesMut::freeze)
    }
}
