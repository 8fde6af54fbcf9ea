//! Blocking calls, outside the runtime's threads.

use std::io;

use tokio::sync::oneshot;

/// Runs a blocking call in its own thread. The process can exit before the call returns.
pub(crate) async fn blocking<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    // Sending fails if the receiver was dropped.
    std::thread::Builder::new().name("blocking".to_owned()).spawn(move || drop(sender.send(call())))?;
    receiver.await.map_err(io::Error::other)
}
