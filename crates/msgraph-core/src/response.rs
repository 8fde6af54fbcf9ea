//! The response to a call.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{LOCATION, WARNING};
use http::{HeaderMap, StatusCode};
use memchr::memmem::{self, Finder};

use crate::call::Call;
use crate::decoded::{DecodeError, Decoded};
use crate::error::{Error, ErrorKind, GraphBody};
use crate::operation::{NO_CONTENT, Operation};
use crate::raw_response::{RawResponse, text_header};
use crate::write_outcome::WriteOutcome;

/// A success: its value, its status and its headers.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    repaired: Vec<String>,
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
        text_header(&self.headers, "request-id")
    }

    /// Returns each warning that the service has put beside its success, as a 206 has it ([RFC 9111, section
    /// 5.5](https://www.rfc-editor.org/rfc/rfc9111#section-5.5)).
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.headers.get_all(WARNING).iter().filter_map(|warning| warning.to_str().ok())
    }

    /// Returns the JSON pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) of what was repaired in the body,
    /// as it could not be read otherwise: in each string there `U+FFFD` is in place of an unpaired surrogate escape, or
    /// the string is in place of a number beyond an `f64`.
    pub fn repaired(&self) -> &[String] {
        &self.repaired
    }

    pub(crate) fn new(decoded: Decoded<T>, status: StatusCode, headers: HeaderMap) -> Self {
        Self { value: decoded.value, repaired: decoded.repaired, status, headers }
    }

    /// Returns the response that was read back after a write without a body. That of a write which was accepted, and is
    /// not done, keeps the write's own status and headers, such as `Location`.
    pub(crate) fn after_write(self, write: &RawResponse) -> Self {
        let RawResponse { status, headers, .. } = write;
        if *status == StatusCode::ACCEPTED { Self { status: *status, headers: headers.clone(), ..self } } else { self }
    }

    /// Returns the response with another body.
    pub(crate) fn raw(&self, body: Bytes) -> RawResponse {
        RawResponse { status: self.status, headers: self.headers.clone(), body }
    }

    /// Returns the value, and the rest of the response.
    pub fn into_parts(self) -> (T, Response<()>) {
        let Self { value, repaired, status, headers } = self;
        (value, Response { value: (), repaired, status, headers })
    }
}

impl RawResponse {
    /// Decodes the success of an operation; any other response is an error, and so is a success with a Graph error in it.
    pub(crate) fn decode<O: Operation>(self, operation: &O, call: &Call) -> Result<Response<O::Response>, Error> {
        let (response, error) = self.decode_partial(operation, call)?;
        error.map_or(Ok(response), Err)
    }

    /// Decodes a success as [`decode`](Self::decode) does, and also returns the Graph error in it: a page may have both.
    pub(crate) fn decode_partial<O: Operation>(
        self,
        operation: &O,
        call: &Call,
    ) -> Result<(Response<O::Response>, Option<Error>), Error> {
        if !self.status.is_success() {
            return Err(self.into_error(call));
        }
        let status = self.status.as_u16();
        let is_documented = O::SUCCESS_STATUSES.iter().any(|range| range.contains(&status));
        let error = self.graph_error(call);
        if !may_have_value::<O>(status, is_documented) {
            return Err(error.unwrap_or_else(|| self.into_error(call)));
        }
        match operation.decode(&self.body) {
            Ok(decoded) => Ok((Response::new(decoded, self.status, self.headers), error)),
            Err(problem) => Err(error.unwrap_or_else(|| self.without_value(call, problem, is_documented))),
        }
    }

    /// Returns the Graph error in the body of a success. The outcome of a write is then unknown.
    fn graph_error(&self, call: &Call) -> Option<Error> {
        // Most bodies are not read twice.
        static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"error\""));
        ERROR.find(&self.body)?;
        let error = Error::new(ErrorKind::InvalidResponse, "the body of the success contains an error");
        let error = error.of_call(call, WriteOutcome::Unknown).with_response(self.clone());
        (error.code().is_some() || error.message().is_some()).then_some(error)
    }

    /// Returns the error of a response that is not a success of the operation.
    pub(crate) fn into_error(self, call: &Call) -> Error {
        let (kind, message) = if self.status.is_client_error() || self.status.is_server_error() {
            (ErrorKind::Status, String::new())
        } else if let Some(target) = self.redirect_target() {
            (ErrorKind::UnexpectedStatus, format!("redirects are not followed{target}"))
        } else {
            (ErrorKind::UnexpectedStatus, "undocumented status for this operation".to_owned())
        };
        let message = [message].into_iter().chain(self.encoding_note()).filter(|text| !text.is_empty());
        let error = Error::new(kind, message.collect::<Vec<_>>().join("; "));
        error.of_call(call, self.write_outcome()).with_response(self)
    }

    /// Returns the target of a redirect for a message, without its parts that may be secret; `None` if it is not one.
    fn redirect_target(&self) -> Option<String> {
        let location = self.headers.get(LOCATION).filter(|_| matches!(self.status.as_u16(), 300..=303 | 307 | 308))?;
        let shown = location.to_str().ok().and_then(|location| location.split(['?', '#']).next());
        let shown = shown.filter(|location| !location.trim().is_empty() && !location.contains('@'));
        Some(shown.map(|location| format!(" (to {location})")).unwrap_or_default())
    }

    /// Returns the outcome of a write whose response is not the value that was asked for.
    fn write_outcome(&self) -> WriteOutcome {
        match WriteOutcome::of_status(self.status.as_u16()) {
            WriteOutcome::Applied if self.mentions_error() => WriteOutcome::Unknown,
            outcome => outcome,
        }
    }

    /// Returns true for `{"error": "invalid_grant"}`, `{"odata.error": {}}` or a page of a gateway: a success of something
    /// else.
    fn mentions_error(&self) -> bool {
        let text = self.body.to_ascii_lowercase();
        let mentions = |word: &str| memmem::find(&text, word.as_bytes()).is_some();
        ["error", "fault", "exception"].into_iter().any(mentions) || GraphBody::parse(&self.body).is_some()
    }

    /// Returns the error of a success whose body is not the value that was asked for.
    fn without_value(self, call: &Call, problem: DecodeError, is_documented: bool) -> Error {
        let outcome = match problem {
            // The service has responded to something else.
            DecodeError::OtherEntity { .. } => WriteOutcome::Unknown,
            DecodeError::Schema(_) if !is_documented => return self.into_error(call),
            DecodeError::Schema(_) => self.write_outcome(),
        };
        let note = self.encoding_note().map(|note| format!("; {note}")).unwrap_or_default();
        let error = Error::new(ErrorKind::InvalidResponse, format!("{problem}{note}"));
        let error = match problem {
            DecodeError::Schema(problem) => error.with_source(problem),
            DecodeError::OtherEntity { .. } => error,
        };
        error.of_call(call, outcome).with_response(self)
    }
}

/// Returns true if the body of a success may be the value of an operation. Each 2xx may carry it whole; without a word of
/// the spec 202 is not done yet, and 207 has parts of its own.
fn may_have_value<O: Operation>(status: u16, is_documented: bool) -> bool {
    match status {
        NO_CONTENT => is_documented && (!O::HAS_RESPONSE_BODY || O::READS_EMPTY_BODY),
        202 | 207 => is_documented,
        _ => is_documented || O::HAS_RESPONSE_BODY,
    }
}
