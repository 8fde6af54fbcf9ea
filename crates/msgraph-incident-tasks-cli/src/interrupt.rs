//! Ctrl-C and SIGTERM.

use std::io;
use std::time::Duration;

use tokio::sync::watch;

use crate::failure::Failure;

/// The time in which a run must end after the second signal.
const GRACE: Duration = Duration::from_secs(1);

/// The signals that asked the program to end so far.
#[derive(Clone, Copy, Debug, Default)]
struct Signals {
    count: u32,
    last: u8,
}

/// Waits for the signals of the process.
#[derive(Clone, Debug)]
pub(crate) struct Interruption(watch::Receiver<Signals>);

impl Interruption {
    /// Starts to listen. The second signal ends the process.
    ///
    /// # Errors
    ///
    /// Returns an error if the signal handlers cannot be installed.
    pub(crate) fn listen() -> io::Result<Self> {
        let mut listener = Listener::new()?;
        let (sender, receiver) = watch::channel(Signals::default());
        tokio::spawn(async move {
            while let Some(signal) = listener.next().await {
                sender.send_modify(|signals| *signals = Signals { count: signals.count + 1, last: signal });
                if sender.borrow().count > 1 {
                    tokio::time::sleep(GRACE).await;
                    std::process::exit(128 + i32::from(signal));
                }
            }
        });
        Ok(Self(receiver))
    }

    /// Runs something until its end or the next signal.
    pub(crate) async fn unless<T>(&mut self, run: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            result = run => result,
            signal = self.next() => Err(Failure::Interrupted { signal, write: None }),
        }
    }

    /// Waits for the next signal, and returns its number. A signal between two calls is not lost.
    pub(crate) async fn next(&mut self) -> u8 {
        match self.0.changed().await {
            Ok(()) => self.0.borrow_and_update().last,
            Err(_) => std::future::pending().await,
        }
    }
}

const INTERRUPT: u8 = 2;

/// Ctrl-C, and SIGTERM on systems that have it.
#[cfg(unix)]
struct Listener {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Listener {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns the number of the next signal.
    async fn next(&mut self) -> Option<u8> {
        const TERMINATE: u8 = 15;
        tokio::select! {
            signal = self.interrupt.recv() => signal.map(|()| INTERRUPT),
            signal = self.terminate.recv() => signal.map(|()| TERMINATE),
        }
    }
}

#[cfg(not(unix))]
struct Listener;

#[cfg(not(unix))]
impl Listener {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Option<u8> {
        tokio::signal::ctrl_c().await.ok().map(|()| INTERRUPT)
    }
}
