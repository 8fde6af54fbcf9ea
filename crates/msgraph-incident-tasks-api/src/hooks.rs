//! Where the generated code meets the transport.

use msgraph_core::{ErrorKind, Transport};
use progenitor_client::{ClientHooks, Error, OperationInfo, ResponseValue};
use reqwest::{Request, Response};
use serde::de::DeserializeOwned;

use crate::Client;

/// What a [`Client`] holds.
#[derive(Clone, Debug)]
pub struct Inner {
    transport: Transport,
}

impl Client {
    /// A client that sends its requests by `transport`.
    pub fn with_transport(transport: Transport) -> Self {
        let endpoint = transport.endpoint().to_string();
        Self::new_with_client(&endpoint, transport.http_client().clone(), Inner { transport })
    }
}

impl ClientHooks<Inner> for Client {
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        Ok(self.inner.transport.execute(request, info.operation_id).await)
    }
}

/// The Graph error that a generated method's error stands for: with status, codes, request IDs, and
/// what became of a write.
pub async fn graph_error(error: Error<()>) -> msgraph_core::Error {
    let not_sent = |message: String| msgraph_core::Error::new(ErrorKind::InvalidInput, message).not_sent(None);
    match error {
        Error::UnexpectedResponse(response) => msgraph_core::failure_of(response).await,
        Error::InvalidRequest(message) | Error::Custom(message) => not_sent(message),
        // `exec` never fails, so what is left was found while the request was built.
        other => not_sent("the request can't be built".to_owned()).with_source(other.to_string()),
    }
}

/// Reads the answer to an operation, and keeps its status and headers even if it can't be decoded.
pub(crate) async fn decode<T: DeserializeOwned, E>(response: Response) -> Result<ResponseValue<T>, Error<E>> {
    match msgraph_core::decode(response).await {
        Ok((value, status, headers)) => Ok(ResponseValue::new(value, status, headers)),
        Err(response) => Err(Error::UnexpectedResponse(*response)),
    }
}
