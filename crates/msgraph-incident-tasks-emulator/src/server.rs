//! The HTTP server: reads requests whole, has them answered, and writes the answers as they are to end.

mod body;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use crate::answer::Answers;
use crate::exchange::{self, State};
use crate::faults::Ending;
use crate::{Fault, Limits, admin};
use body::AnswerBody;

/// How long a client may take for the head of a request and for its body, and a shutdown for what is under way.
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
    /// Serves connections until `stopped` ends.
    pub(crate) async fn serve(self, listener: TcpListener, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
        let server = Arc::new(self);
        let room = Arc::new(Semaphore::new(server.limits.connections));
        let graceful = GracefulShutdown::new();
        loop {
            // A connection beyond the limit waits in the system's queue.
            let accepted = async {
                let permit = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
                Ok::<_, io::Error>((listener.accept().await?.0, permit))
            };
            let (connection, permit) = tokio::select! {
                _ = &mut stopped => break,
                accepted = accepted => match accepted {
                    Ok(accepted) => accepted,
                    // Such as too many open files: others will be closed.
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            // Only a matter of speed.
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
        // What takes longer is given up.
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
            async move { server.answer(request).await }
        });
        let serving = builder.serve_connection(TokioIo::new(connection), service).into_owned();
        // How a connection ends is the client's affair.
        let _ = watcher.watch(serving).await;
    }

    /// An error closes the connection.
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<AnswerBody>, io::Error> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, self.limits.body_bytes).collect();
        let Ok(body) = tokio::time::timeout(BODY_TIMEOUT, body).await else {
            return Err(io::Error::other("the body of a request does not end"));
        };
        let Ok(body) = body else {
            let answer = Answers::to(&head.headers, (self.state.clock)()).too_large();
            return Ok(answer.map(|body| AnswerBody::new(body, Ending::Whole)));
        };
        let request = Request::from_parts(head, body.to_bytes());
        let (answer, ending, fault) = match admin::answer(&self.state, &request) {
            Some(answer) => (answer, Ending::Whole, None),
            None => exchange::answer(&self.state, &request),
        };
        log(&request, &answer, fault);
        match ending {
            Ending::Reset => return Err(io::Error::other("a fault resets the connection")),
            Ending::After(wait) => tokio::time::sleep(wait).await,
            _ => {}
        }
        Ok(answer.map(|body| AnswerBody::new(body, ending)))
    }
}

/// Of the request's headers none is logged: one of them is the token.
fn log(request: &Request<Bytes>, answer: &Response<Bytes>, fault: Option<Fault>) {
    let client_request_id = request.headers().get("client-request-id").and_then(|id| id.to_str().ok());
    tracing::info!(
        method = %request.method(),
        path = request.uri().path(),
        status = answer.status().as_u16(),
        client_request_id,
        fault = fault.map(Fault::name),
        "answered"
    );
}
