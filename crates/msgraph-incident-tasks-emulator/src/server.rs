//! The HTTP server: reads complete requests and sends their responses.

mod body;
mod connection;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};

use crate::admin;
use crate::apply_fault::Delivery;
use crate::changes;
use crate::request_body;
use crate::respond::{reject, respond};
use crate::state::State;
use body::DeliveredBody;

const BODY_TIMEOUT: Duration = Duration::from_secs(30);
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Server {
    pub(crate) state: Arc<State>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<tokio_rustls::TlsAcceptor>,
}

impl Server {
    /// Serves connections until `stopped` resolves.
    pub(crate) async fn serve(self, listener: TcpListener, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
        let server = Arc::new(self);
        let permits = Arc::new(Semaphore::new(server.state.limits.connections.min(Semaphore::MAX_PERMITS)));
        let graceful = GracefulShutdown::new();
        let (stopping, stop) = watch::channel(false);
        loop {
            // A connection beyond the limit waits in the queue of the operating system.
            let accepted = async {
                let permit = Arc::clone(&permits).acquire_owned().await.map_err(io::Error::other)?;
                Ok::<_, io::Error>((listener.accept().await?.0, permit))
            };
            let (connection, permit) = tokio::select! {
                _ = &mut stopped => break,
                accepted = accepted => match accepted {
                    Ok(accepted) => accepted,
                    // Too many open files, for example: others will be closed.
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let Ok(local) = connection.local_addr() else { continue };
            // An optimization.
            let _ = connection.set_nodelay(true);
            let (server, watcher, stop) = (Arc::clone(&server), graceful.watcher(), stop.clone());
            tokio::spawn(async move {
                let limits = server.state.limits.clone();
                let handler = Arc::clone(&server);
                let handle = move |request| {
                    let (server, stop) = (Arc::clone(&handler), stop.clone());
                    async move { server.respond(request, local, stop).await }
                };
                #[cfg(feature = "tls")]
                if let Some(tls) = &server.tls {
                    let handshake = tokio::time::timeout(limits.head_timeout, tls.accept(connection));
                    if let Ok(Ok(connection)) = handshake.await {
                        connection::serve(connection, &limits, watcher, handle).await;
                    }
                    drop(permit);
                    return;
                }
                connection::serve(connection, &limits, watcher, handle).await;
                drop(permit);
            });
        }
        // Requests that take longer are aborted.
        stopping.send_replace(true);
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await;
        Ok(())
    }

    /// Responds to a request; an error closes the connection.
    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        local: SocketAddr,
        stop: watch::Receiver<bool>,
    ) -> Result<Response<DeliveredBody>, io::Error> {
        let (head, body) = request.into_parts();
        let cors = self.state.guard.cors(&head.headers);
        let limit = admin::body_limit(&head.uri).unwrap_or(self.state.limits.body_bytes);
        let body = match self.state.guard.check(&head, local.ip()) {
            Ok(()) => read(&head, body, limit).await,
            Err(message) => Err((StatusCode::FORBIDDEN, message)),
        };
        if body.is_ok()
            && let Some(since) = changes::Since::parse(&head.method, &head.uri)
        {
            let changes = changes::wait(&self.state, since, stop).await;
            return Ok(changes.map(|body| DeliveredBody::new(body.into_bytes(), Delivery::Complete)));
        }
        let state = Arc::clone(&self.state);
        // Listing many tasks would block other requests.
        let response = tokio::task::spawn_blocking(move || {
            let (response, delivery) = match body {
                Ok(body) => {
                    let request = Request::from_parts(head, body);
                    match admin::respond(&state, &request) {
                        Some(response) => (response, Delivery::Complete),
                        None => respond(&state, &request),
                    }
                }
                Err((status, message)) => {
                    let request = Request::from_parts(head, Bytes::new());
                    (reject(&state, &request, status, &message), Delivery::Complete)
                }
            };
            (response.map(|body| DeliveredBody::new(body.into_bytes(), delivery)), delivery)
        });
        let (mut response, delivery) = response.await.map_err(io::Error::other)?;
        response.headers_mut().extend(cors);
        match delivery {
            Delivery::Reset => return Err(io::Error::other("a fault resets the connection")),
            Delivery::Delayed(delay) => tokio::time::sleep(delay).await,
            _ => {}
        }
        Ok(response)
    }
}

/// Reads and decodes a body. Returns the status and message of the error.
async fn read(head: &Parts, body: Incoming, limit: usize) -> Result<Bytes, (StatusCode, String)> {
    let body = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await;
    let body = body.map_err(|_| (StatusCode::REQUEST_TIMEOUT, "Timed out reading the body.".to_owned()))?;
    let body = body.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            (StatusCode::PAYLOAD_TOO_LARGE, format!("The body is too large; allowed: {limit} bytes."))
        } else {
            (StatusCode::BAD_REQUEST, "The connection closed before the body was complete.".to_owned())
        }
    })?;
    request_body::decode(&head.headers, body.to_bytes(), limit)
        .map_err(|(status, message)| (status, message.to_owned()))
}
