//! Time, so that tests can have their own.

use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// A future that ends when time has passed.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Time as a transport sees it. The default is tokio's.
pub trait Timer: Send + Sync {
    /// The present.
    fn now(&self) -> Instant;

    /// Ends after `duration`: a wait before the next attempt.
    fn wait(&self, duration: Duration) -> Sleep<'_>;

    /// Ends after `limit`: what is under way is given up then.
    fn timeout(&self, limit: Duration) -> Sleep<'_>;
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

/// A limit for what is done one after the other. It begins when there is first something to wait for.
pub(crate) struct Timeout<'a> {
    timer: &'a dyn Timer,
    limit: Duration,
    sleep: Option<Sleep<'a>>,
}

impl<'a> Timeout<'a> {
    pub(crate) fn new(timer: &'a dyn Timer, limit: Duration) -> Self {
        Self { timer, limit, sleep: None }
    }

    /// What a future gives, unless the limit passes first.
    pub(crate) fn of<T>(&mut self, mut future: Pin<&mut impl Future<Output = T>>) -> impl Future<Output = Option<T>> {
        std::future::poll_fn(move |context| match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => {
                let sleep = self.sleep.get_or_insert_with(|| self.timer.timeout(self.limit));
                sleep.as_mut().poll(context).map(|()| None)
            }
        })
    }
}
