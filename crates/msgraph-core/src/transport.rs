//! One request, all the way: token, headers, sending, reading, and what became of it.

mod answer;
mod builder;
mod headers;
#[cfg(feature = "rustls")]
mod tls;

use std::sync::Arc;

use http::HeaderValue;
use reqwest::{Request, Response};

#[doc(hidden)]
pub use answer::{decode, failure_of};
pub use builder::TransportBuilder;

use crate::{Endpoint, Error, ErrorKind, TokenCredential, TokenRequest, WriteOutcome};

/// Sends requests to one endpoint with one credential. Clones share their connections.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

struct Shared {
    http: reqwest::Client,
    endpoint: Endpoint,
    credential: Arc<dyn TokenCredential>,
    max_body_bytes: usize,
}

/// What is known of a call before it is answered. Travels with each response.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) write: bool,
    pub(crate) client_request_id: HeaderValue,
}

impl Transport {
    /// Starts a transport to `endpoint` that gets its tokens from `credential`.
    pub fn builder(endpoint: Endpoint, credential: impl TokenCredential + 'static) -> TransportBuilder {
        TransportBuilder::new(endpoint, Arc::new(credential))
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// The HTTP client, for building requests.
    pub fn http_client(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// Sends a request of an operation, and returns the whole answer, its body read.
    ///
    /// Never fails: a failure without an answer travels as a response with the status 599, from which
    /// the crate of generated code gets the [`Error`] back.
    pub async fn execute(&self, mut request: Request, operation: &'static str) -> Response {
        let call = Call {
            operation,
            write: !request.method().is_safe(),
            client_request_id: headers::client_request_id(&mut request),
        };
        let answer = match self.prepare(&mut request).await {
            Ok(()) => self.send(request, &call).await,
            Err(error) => Err(error.of_call(&call, WriteOutcome::NotSent)),
        };
        answer.unwrap_or_else(answer::synthetic)
    }

    async fn prepare(&self, request: &mut Request) -> Result<(), Error> {
        let Shared { endpoint, credential, .. } = &*self.0;
        if !endpoint.covers(request.url()) {
            return Err(Error::new(ErrorKind::InvalidInput, format!("the request would leave {endpoint}")));
        }
        let token = credential.access_token(TokenRequest::default()).await.map_err(|error| {
            Error::new(ErrorKind::Credential, format!("there is no access token: {error}")).with_source(error)
        })?;
        headers::set(request, &token);
        Ok(())
    }

    async fn send(&self, request: Request, call: &Call) -> Result<Response, Error> {
        let response = self.0.http.execute(request).await.map_err(|error| self.not_answered(error, call))?;
        answer::read(response, self.0.max_body_bytes, call).await
    }

    fn not_answered(&self, error: reqwest::Error, call: &Call) -> Error {
        let endpoint = &self.0.endpoint;
        let (kind, message, outcome) = if error.is_connect() {
            (ErrorKind::Connect, format!("no connection to {endpoint}"), WriteOutcome::NotSent)
        } else if error.is_builder() {
            (ErrorKind::InvalidInput, "the request can't be sent".to_owned(), WriteOutcome::NotSent)
        } else if error.is_timeout() {
            (ErrorKind::Timeout, format!("no answer from {endpoint} in time"), WriteOutcome::Unknown)
        } else {
            (ErrorKind::Connection, format!("the connection to {endpoint} was lost"), WriteOutcome::Unknown)
        };
        Error::new(kind, message).of_call(call, outcome).with_source(error.without_url())
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("endpoint", self.endpoint()).finish_non_exhaustive()
    }
}
