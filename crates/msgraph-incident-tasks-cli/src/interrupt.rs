//! Ctrl-C, and the system's request to end.

use std::io;

/// Ends when the program is asked to end: by Ctrl-C, or by SIGTERM where there is such a thing. Returns the
/// signal's number.
pub(crate) async fn interrupted() -> io::Result<u8> {
    const INTERRUPT: u8 = 2;
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        const TERMINATE: u8 = 15;
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| INTERRUPT),
            _ = terminated.recv() => Ok(TERMINATE),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map(|()| INTERRUPT)
}
