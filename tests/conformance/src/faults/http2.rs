//! The faults of HTTP/2.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use h2::Reason;
use h2::server::SendResponse;
use hyper::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::ServerBehavior;
use super::server::State;

/// Serves one connection.
pub(super) async fn serve(state: &State, io: impl AsyncRead + AsyncWrite + Unpin) {
    let names_nothing = Arc::new(AtomicBool::new(false));
    let io = GoAwayRewriter { io, names_nothing: Arc::clone(&names_nothing) };
    let Ok(mut connection) = h2::server::handshake(io).await else { return };
    // Kept, as dropping them would reset their streams.
    let mut without_response = Vec::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let lines =
            request.headers().iter().map(|(name, value)| format!("\r\n{name}: {}", value.to_str().unwrap_or_default()));
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let head = format!("{} {path} HTTP/2{}", request.method(), lines.collect::<String>());
        let behavior = match state.received(head) {
            Ok(first_page) => {
                respond_with(&mut respond, &first_page);
                continue;
            }
            Err((behavior, request)) => match behavior {
                ServerBehavior::Http2(fault) if fault != "good" => fault,
                ServerBehavior::Http2(_) => {
                    respond_with(&mut respond, &state.response(&success(), request).0);
                    continue;
                }
                other => {
                    respond_with(&mut respond, &state.response(other, request).0);
                    continue;
                }
            },
        };
        match behavior.as_str() {
            "refused" => respond.send_reset(Reason::REFUSED_STREAM),
            "cancelled" => respond.send_reset(Reason::CANCEL),
            "reset-without-error" => respond.send_reset(Reason::NO_ERROR),
            "goaway" | "goaway-calm" => {
                names_nothing.store(true, Ordering::SeqCst);
                let is_calm = behavior == "goaway-calm";
                connection.abrupt_shutdown(if is_calm { Reason::ENHANCE_YOUR_CALM } else { Reason::NO_ERROR });
            }
            "goaway-processed" => connection.abrupt_shutdown(Reason::NO_ERROR),
            "silent" => {
                state.stalled.notify_one();
                // Nothing on this connection is heard any more.
                std::future::pending::<()>().await;
            }
            other => panic!("{other:?} is not a fault of HTTP/2"),
        }
        without_response.push(respond);
    }
}

fn success() -> ServerBehavior {
    ServerBehavior::Response { status: 200, parts: Default::default() }
}

/// Sends a response that was written for HTTP/1.1.
fn respond_with(respond: &mut SendResponse<Bytes>, response: &[u8]) {
    let text = String::from_utf8_lossy(response).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or("500");
    let mut response = hyper::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).filter(|(name, _)| *name != "connection") {
        response = response.header(name, value);
    }
    let response = response.body(()).expect("the headers are those of a response");
    // The client may have gone: then nobody waits for the response.
    if let Ok(mut stream) = respond.send_response(response, false) {
        let _ = stream.send_data(Bytes::from(body.to_owned()), true);
    }
}

/// A connection whose GOAWAY names no stream as processed, if that is asked for: h2 names each that it has received.
struct GoAwayRewriter<T> {
    io: T,
    names_nothing: Arc<AtomicBool>,
}

impl<T: AsyncRead + Unpin> AsyncRead for GoAwayRewriter<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for GoAwayRewriter<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        // Length 8, type 7, no flags, stream 0 (RFC 9113, section 6.8).
        const HEADER: [u8; 9] = [0, 0, 8, 7, 0, 0, 0, 0, 0];

        let mut bytes = bytes.to_vec();
        let place = bytes.windows(HEADER.len()).position(|window| window == HEADER);
        if let Some(place) = place.filter(|_| self.names_nothing.load(Ordering::SeqCst)) {
            bytes[place + HEADER.len()..][..4].fill(0);
        }
        Pin::new(&mut self.io).poll_write(cx, &bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
