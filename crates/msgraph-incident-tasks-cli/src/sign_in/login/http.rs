//! Requests of oauth2, by the HTTP client of the other sources.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use azure_core::error::{Error, ErrorKind, ResultExt};
use azure_core::http::{HttpClient, Method, Request, Url};
use oauth2::http::Response;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};

/// The longest wait for a response of the authority.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) struct Http(pub(super) Arc<dyn HttpClient>);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = azure_core::Result<HttpResponse>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async {
            tokio::time::timeout(DEADLINE, self.send(request)).await.unwrap_or_else(|_| {
                let message = format!("no response from the authority in {} s", DEADLINE.as_secs());
                Err(Error::with_message(ErrorKind::Io, message))
            })
        })
    }
}

impl Http {
    async fn send(&self, request: HttpRequest) -> azure_core::Result<HttpResponse> {
        let url = Url::parse(&request.uri().to_string()).with_kind(ErrorKind::DataConversion)?;
        let mut sent = Request::new(url, Method::Post);
        for (name, value) in request.headers() {
            let value = value.to_str().with_kind(ErrorKind::DataConversion)?.to_owned();
            sent.insert_header(name.as_str().to_owned(), value);
        }
        sent.set_body(request.into_body());
        let response = self.0.execute_request(&sent).await?.try_into_raw_response().await?;
        let mut built = Response::builder().status(u16::from(response.status()));
        for (name, value) in response.headers().iter() {
            built = built.header(name.as_str(), value.as_str());
        }
        built.body(response.body().to_vec()).with_kind(ErrorKind::DataConversion)
    }
}
