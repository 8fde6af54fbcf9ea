//! The HTTP server: reads complete requests and sends their responses.

mod body;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use crate::admin;
use crate::apply_fault::Delivery;
use crate::limits::Limits;
use crate::respond::respond;
use crate::response::ResponseFactory;
use crate::state::State;
use body::DeliveredBody;

/// The time that a client has for the head of a request and for its body, and requests in progress at a shutdown.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Server {
    pub(crate) state: Arc<State>,
    pub(crate) limits: Limits,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<tokio_rustls::TlsAcceptor>,
}

impl Server {
    /// Serves connections until `stopped` resolves.
    pub(crate) async fn serve(self, listener: TcpListener, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
        let server = Arc::new(self);
        let permits = Arc::new(Semaphore::new(server.limits.connections));
        let graceful = GracefulShutdown::new();
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
            // Only for speed.
            let _ = connection.set_nodelay(true);
            let (server, watcher) = (Arc::clone(&server), graceful.watcher());
            tokio::spawn(async move {
                #[cfg(feature = "tls")]
                if let Some(tls) = &server.tls {
                    let handshake = tokio::time::timeout(HEAD_TIMEOUT, tls.accept(connection));
                    if let Ok(Ok(connection)) = handshake.await {
                        server.connection(connection, watcher).await;
                    }
                    drop(permit);
                    return;
                }
                server.connection(connection, watcher).await;
                drop(permit);
            });
        }
        // Requests that take longer are aborted.
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await;
        Ok(())
    }

    async fn connection(
        self: &Arc<Self>,
        connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        watcher: hyper_util::server::graceful::Watcher,
    ) {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(self.limits.head_bytes);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(self.limits.head_bytes).unwrap_or(u32::MAX));
        let server = Arc::clone(self);
        let service = service_fn(move |request| {
            let server = Arc::clone(&server);
            async move { server.respond(request).await }
        });
        let serving = builder.serve_connection(TokioIo::new(connection), service).into_owned();
        // The client decides how a connection ends.
        let _ = watcher.watch(serving).await;
    }

    /// Responds to a request; an error closes the connection.
    async fn respond(&self, request: Request<Incoming>) -> Result<Response<DeliveredBody>, io::Error> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, self.limits.body_bytes).collect();
        let Ok(body) = tokio::time::timeout(BODY_TIMEOUT, body).await else {
            return Err(io::Error::other("timed out reading the body of a request"));
        };
        let Ok(body) = body else {
            let responses = ResponseFactory::new(&head.headers, self.state.now());
            let message = "The body is too large.";
            let response = responses.error(StatusCode::PAYLOAD_TOO_LARGE, "BadRequest", message);
            return Ok(response.map(|body| DeliveredBody::new(body.into_bytes(), Delivery::Complete)));
        };
        let request = Request::from_parts(head, body.to_bytes());
        let (response, delivery) = match admin::respond(&self.state, &request) {
            Some(response) => (response, Delivery::Complete),
            None => respond(&self.state, &request),
        };
        match delivery {
            Delivery::Reset => return Err(io::Error::other("a fault resets the connection")),
            Delivery::Delayed(delay) => tokio::time::sleep(delay).await,
            _ => {}
        }
        Ok(response.map(|body| DeliveredBody::new(body.into_bytes(), delivery)))
    }
}
