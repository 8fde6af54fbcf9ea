//! The clock, which tests can replace.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};

/// A future that completes when time has passed.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The clock of a transport. Default: tokio's.
pub trait Timer: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Instant;

    /// Waits for `duration` before the next attempt.
    fn wait(&self, duration: Duration) -> Sleep<'_>;

    /// Waits for `limit`, after which the current attempt is abandoned.
    fn timeout(&self, limit: Duration) -> Sleep<'_>;
}

impl<T: Timer + ?Sized> Timer for Arc<T> {
    fn now(&self) -> Instant {
        (**self).now()
    }

    fn wait(&self, duration: Duration) -> Sleep<'_> {
        (**self).wait(duration)
    }

    fn timeout(&self, limit: Duration) -> Sleep<'_> {
        (**self).timeout(limit)
    }
}

/// The clock of the tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokioTimer;

impl Timer for TokioTimer {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn wait(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn timeout(&self, limit: Duration) -> Sleep<'_> {
        self.wait(limit)
    }
}

/// Returns the output of a future; `None` if `limit` passes first.
pub(crate) async fn within<T>(timer: &dyn Timer, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), timer.timeout(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
