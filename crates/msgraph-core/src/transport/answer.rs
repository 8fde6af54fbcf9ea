//! Reading an answer, and carrying it or its failure through the generated code.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use reqwest::Response;
use serde::de::DeserializeOwned;

use super::Call;
use crate::item::from_json;
use crate::{Error, ErrorKind, WriteOutcome};

/// The status of a response that stands for a failure without an answer. No server sends it.
const NO_ANSWER: StatusCode = match StatusCode::from_u16(599) {
    Ok(status) => status,
    Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
};

/// What travels in the extensions of a response that this transport returns.
#[derive(Clone)]
enum Attachment {
    /// With the body, which is that of the response too: collecting that would copy it into a list first.
    Call(Call, Bytes),
    Failure(Error),
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

/// The value in a success's body, with the answer's status and headers.
///
/// # Errors
///
/// [`ErrorKind::InvalidAnswer`] where the body is not what the description says.
#[doc(hidden)]
pub async fn decode<T: DeserializeOwned>(response: Response) -> Result<(T, StatusCode, HeaderMap), Box<Response>> {
    let (attachment, status, headers, body) = parts(response).await;
    let call = match attachment {
        Some(Attachment::Failure(error)) => return Err(Box::new(synthetic(error))),
        Some(Attachment::Call(call, _)) => Some(call),
        None => None,
    };
    let problem = match from_json(without_byte_order_mark(&body)) {
        Ok(value) => return Ok((value, status, headers)),
        Err(problem) => problem,
    };
    let (line, column) = (problem.line(), problem.column());
    let message = format!("whose answer is not what the description says, at line {line} column {column}");
    let error = Error::new(ErrorKind::InvalidAnswer, message).with_source(problem);
    Err(Box::new(synthetic(with_answer(error, call, status, headers, body))))
}

/// An answer of any status, or the failure in its place, which can hold a part of one.
pub(crate) struct Answered {
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Why the answer is no success.
    pub(crate) failure: Option<Error>,
    /// How often the request was sent.
    pub(crate) attempts: u32,
    /// Whether an earlier attempt may have been carried out.
    pub(crate) earlier_unknown: bool,
}

/// What a response of a transport says.
pub(crate) async fn answered(response: Response) -> Answered {
    if let Some(Attachment::Call(Call { attempts, earlier_unknown, .. }, _)) = response.extensions().get().cloned()
        && response.status().is_success()
    {
        let (_, status, headers, body) = parts(response).await;
        return Answered { status: Some(status), headers, body, failure: None, attempts, earlier_unknown };
    }
    let failure = failure_of(response).await;
    let (status, headers, body) = match failure.answer_parts() {
        Some((status, headers, body)) => (Some(status), headers.clone(), body.clone()),
        None => (None, HeaderMap::new(), Bytes::new()),
    };
    // Of a success that is cut off nothing says what the attempts before it came to.
    let (attempts, earlier_unknown) = (failure.attempts(), failure.attempts() > 1);
    Answered { status, headers, body, failure: Some(failure), attempts, earlier_unknown }
}

/// The error that a response stands for: one without an answer, or an answer that is a failure or
/// is not described.
#[doc(hidden)]
pub async fn failure_of(response: Response) -> Error {
    let (attachment, status, headers, body) = parts(response).await;
    let (kind, message) = if status.is_client_error() || status.is_server_error() {
        (ErrorKind::Status, "")
    } else if status.is_redirection() {
        (ErrorKind::UnexpectedStatus, "a redirect, which is not followed")
    } else {
        (ErrorKind::UnexpectedStatus, "whose answer can't be used")
    };
    match attachment {
        Some(Attachment::Failure(error)) => error,
        Some(Attachment::Call(call, _)) => with_answer(Error::new(kind, message), Some(call), status, headers, body),
        None => with_answer(Error::new(kind, message), None, status, headers, body),
    }
}

/// A response that stands for an error, for code that knows only responses.
pub(super) fn synthetic(error: Error) -> Response {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = NO_ANSWER;
    if let Some((status, headers, body)) = error.answer_parts() {
        *response.status_mut() = status;
        *response.headers_mut() = headers.clone();
        *response.body_mut() = body.clone();
    }
    response.extensions_mut().insert(Attachment::Failure(error));
    response.into()
}

fn with_answer(error: Error, call: Option<Call>, status: StatusCode, headers: HeaderMap, body: Bytes) -> Error {
    let error = match call {
        Some(call) => error.of_call(&call, WriteOutcome::of_status(status.as_u16())),
        None => error,
    };
    error.with_answer(status, headers, body)
}

/// The response with its body, which was read.
pub(super) fn rebuilt(response: Response, body: Bytes, call: &Call) -> Response {
    use reqwest::ResponseBuilderExt;

    let mut answer = http::Response::builder().url(response.url().clone()).body(body).unwrap_or_default();
    let (head, _) = http::Response::<reqwest::Body>::from(response).into_parts();
    *answer.status_mut() = head.status;
    *answer.version_mut() = head.version;
    *answer.headers_mut() = head.headers;
    let attachment = Attachment::Call(call.clone(), answer.body().clone());
    answer.extensions_mut().insert(attachment);
    answer.into()
}

/// The response with what is known of the call by now.
pub(super) fn with_call(mut response: Response, call: &Call) -> Response {
    if let Some(Attachment::Call(known, _)) = response.extensions_mut().get_mut() {
        known.clone_from(call);
    }
    response
}

/// Services of Graph have begun bodies with a byte order mark, which JSON does not know.
pub(crate) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

async fn parts(mut response: Response) -> (Option<Attachment>, StatusCode, HeaderMap, Bytes) {
    let attachment = response.extensions_mut().remove();
    let headers = std::mem::take(response.headers_mut());
    let status = response.status();
    let body = match &attachment {
        Some(Attachment::Call(_, body)) => body.clone(),
        // The body of any other response of this transport is in memory: reading it can't fail.
        _ => response.bytes().await.unwrap_or_default(),
    };
    (attachment, status, headers, body)
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
