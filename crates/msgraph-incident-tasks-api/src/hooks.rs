//! Where the generated code meets the transport.

use msgraph_core::{ErrorKind, Operation, Repeat, Transport};
use progenitor_client::{ClientHooks, Error, OperationInfo, ResponseValue};
use reqwest::{Request, Response};
use serde::de::DeserializeOwned;

use crate::Client;
use crate::generated::path_template;

/// What a [`Client`] holds.
#[derive(Clone, Debug)]
pub struct Inner {
    transport: Transport,
    repeat: Option<Repeat>,
}

impl Client {
    /// A client that sends its requests by `transport`, and repeats what HTTP says is idempotent.
    pub fn with_transport(transport: Transport) -> Self {
        let endpoint = transport.endpoint().to_string();
        let http = transport.http_client().clone();
        Self::new_with_client(&endpoint, http, Inner { transport, repeat: None })
    }

    /// This client, but for what may be repeated of each operation that is called by it. Both share their
    /// connections.
    #[must_use]
    pub fn repeating(&self, repeat: Repeat) -> Self {
        let mut client = self.clone();
        client.inner.repeat = Some(repeat);
        client
    }
}

impl ClientHooks<Inner> for Client {
    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let Inner { transport, repeat } = &self.inner;
        let name = info.operation_id;
        let operation = Operation { name, path_template: path_template(name), repeat: *repeat };
        Ok(transport.execute(request, operation).await)
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
