//! One connection, which is closed if it is idle for too long.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::DeliveredBody;
use crate::limits::Limits;

/// Serves the requests of a connection by `handle`.
pub(super) async fn serve<F>(
    connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    limits: &Limits,
    watcher: Watcher,
    handle: impl Fn(Request<Incoming>) -> F + Send + 'static,
) where
    F: Future<Output = Result<Response<DeliveredBody>, io::Error>> + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_timeout).max_buf_size(limits.head_bytes);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
    let activity = Arc::new(Activity::default());
    let counted = Arc::clone(&activity);
    let service = service_fn(move |request| {
        counted.begun.fetch_add(1, Ordering::Relaxed);
        let (response, guard) = (handle(request), Ended(Arc::clone(&counted)));
        async move { response.await.map(|response| response.map(|body| body.with_guard(guard))) }
    });
    let serving = builder.serve_connection(TokioIo::new(connection), service).into_owned();
    let mut serving = std::pin::pin!(watcher.watch(serving));
    // Neither hyper nor its detection of HTTP/2 limits the time for the first bytes, or that of an idle HTTP/2 connection.
    loop {
        let before = activity.begun.load(Ordering::Relaxed);
        tokio::select! {
            // The client decides how a connection ends.
            _ = &mut serving => return,
            () = tokio::time::sleep(limits.head_timeout) => {
                if activity.is_idle_since(before) {
                    return;
                }
            }
        }
    }
}

/// The requests of a connection.
#[derive(Default)]
struct Activity {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// Counts a request as ended when it is dropped.
struct Ended(Arc<Activity>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Activity {
    fn is_idle_since(&self, before: u64) -> bool {
        let begun = self.begun.load(Ordering::Relaxed);
        begun == before && begun == self.ended.load(Ordering::Relaxed)
    }
}
