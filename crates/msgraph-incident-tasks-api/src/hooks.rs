//! Where the generated code meets the transport.

use msgraph_core::{Answer, Build, Collection, Error, ErrorKind, Execution, Operation, Pages, Repeat, Transport};
use progenitor_client::ResponseValue;
use reqwest::{Request, RequestBuilder, Url};
use serde::de::DeserializeOwned;

use crate::Client;
use crate::generated::route;

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

    /// The URL of a path.
    pub(crate) fn url(&self, path: &[&str]) -> Result<Url, Error> {
        self.inner.transport.endpoint().url_of(path)
    }

    /// Sends what `build` builds, and returns the whole answer, whatever its status is.
    pub(crate) fn exec<'a>(&'a self, build: &'a Build<'_>, name: &'static str) -> Execution<'a> {
        let Inner { transport, repeat } = &self.inner;
        transport.execute(build, operation(name, *repeat))
    }
}

/// What the crate of a resource needs beside the operations.
#[doc(hidden)]
impl Client {
    pub fn transport(&self) -> &Transport {
        &self.inner.transport
    }

    /// The pages of a collection, from the answer to an operation on.
    pub fn pages<C: Collection + DeserializeOwned + Send + 'static>(
        &self,
        name: &'static str,
        first: impl Future<Output = Result<ResponseValue<C>, Error>> + Send + 'static,
    ) -> Pages<C> {
        let first = async move {
            let answer = first.await.map_err(|error| error.of_operation(name))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok((answer.into_inner(), status, headers))
        };
        Pages::new(self.inner.transport.clone(), operation(name, None), first)
    }
}

fn operation(name: &'static str, repeat: Option<Repeat>) -> Operation {
    let (method, path_template) = route(name);
    Operation { name, method, path_template, repeat }
}

/// The request that a builder builds.
pub(crate) fn request(builder: RequestBuilder) -> Result<Request, Error> {
    let mut request = builder.build().map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "the request can't be built").with_source(error.without_url())
    })?;
    spaces_as_percent_20(&mut request);
    Ok(request)
}

/// The query encoder writes `+` for a space, which OData does not know ([RFC 3986, section
/// 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)). A plus sign itself is `%2B` by then.
fn spaces_as_percent_20(request: &mut Request) {
    let query = request.url().query().filter(|query| query.contains('+')).map(|query| query.replace('+', "%20"));
    if query.is_some() {
        request.url_mut().set_query(query.as_deref());
    }
}

/// Reads the answer to an operation.
pub(crate) fn decode<T: DeserializeOwned>(answer: Answer) -> Result<ResponseValue<T>, Error> {
    answer.decode().map(|(value, status, headers)| ResponseValue::new(value, status, headers))
}

/// The answer to an operation that has no value.
pub(crate) fn empty(answer: Answer) -> ResponseValue<()> {
    ResponseValue::new((), answer.status(), answer.headers().clone())
}
