//! Where the generated code meets the transport.

use msgraph_core::{Collection, ErrorKind, Operation, Pages, Repeat, Transport};
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

/// What the crate of a resource needs beside the operations.
#[doc(hidden)]
impl Client {
    pub fn transport(&self) -> &Transport {
        &self.inner.transport
    }

    /// The pages of a collection, from the answer to an operation on. The outer error is one of its input.
    pub fn pages<C: Collection + DeserializeOwned + Send + 'static>(
        &self,
        operation: &'static str,
        first: impl Future<Output = Result<Result<ResponseValue<C>, Error<()>>, msgraph_core::Error>> + Send + 'static,
    ) -> Pages<C> {
        let next = Operation { name: operation, path_template: path_template(operation), repeat: None };
        let first = async move {
            match first.await.map_err(|error| error.of_operation(operation))? {
                Ok(answer) => {
                    let (status, headers) = (answer.status(), answer.headers().clone());
                    Ok((answer.into_inner(), status, headers))
                }
                Err(error) => Err(graph_error(error).await.of_operation(operation)),
            }
        };
        Pages::new(self.inner.transport.clone(), next, first)
    }
}

impl ClientHooks<Inner> for Client {
    async fn exec(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        spaces_as_percent_20(&mut request);
        let Inner { transport, repeat } = &self.inner;
        let name = info.operation_id;
        let operation = Operation { name, path_template: path_template(name), repeat: *repeat };
        Ok(transport.execute(request, operation).await)
    }
}

/// The query encoder writes `+` for a space, which OData does not know ([RFC 3986, section
/// 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)). A plus sign itself is `%2B` by then.
fn spaces_as_percent_20(request: &mut Request) {
    let query = request.url().query().filter(|query| query.contains('+')).map(|query| query.replace('+', "%20"));
    if query.is_some() {
        request.url_mut().set_query(query.as_deref());
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
