//! Calls that block, beside the runtime.

use std::io;

use tokio::sync::oneshot;

/// Runs a call that blocks in a thread of its own. The process does not wait for it at its end.
pub(crate) async fn blocking<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    // Whoever waits may have gone.
    std::thread::Builder::new().name("blocking".to_owned()).spawn(move || drop(sender.send(call())))?;
    receiver.await.map_err(io::Error::other)
}
