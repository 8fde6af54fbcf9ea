//! Shared by all requests.

use std::pin::Pin;

use msgraph_core::{Error, IntoOperation, Operation, Response, Transport};

/// The future of a request.
pub type RequestFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// Sends a request.
pub(crate) async fn send<R: IntoOperation>(
    transport: Transport,
    request: R,
) -> Result<Response<<R::Operation as Operation>::Response>, Error> {
    let operation = request.into_operation();
    let (operation, retry_mode) = operation.map_err(|error| error.with_operation(R::Operation::NAME))?;
    transport.send_with(&operation, retry_mode).await
}
