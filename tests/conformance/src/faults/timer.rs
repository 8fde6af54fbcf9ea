//! Time without waiting.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use msgraph_core::{Sleep, Timer};
use tokio::sync::Notify;

/// A timer that records waits instead of waiting; a timeout elapses as soon as the server stalls.
#[derive(Clone)]
pub struct RecordingTimer {
    start: Instant,
    state: Arc<Mutex<State>>,
    stalled: Arc<Notify>,
}

#[derive(Default)]
struct State {
    passed: Duration,
    waits: Vec<Duration>,
}

impl RecordingTimer {
    /// Returns a timer whose timeouts elapse when `stalled` is notified.
    pub fn new(stalled: Arc<Notify>) -> Self {
        Self { start: Instant::now(), state: Arc::default(), stalled }
    }

    /// Returns the waits so far.
    pub fn waits(&self) -> Vec<Duration> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).waits.clone()
    }

    /// Returns the time that passed by waits and timeouts.
    pub fn passed(&self) -> Duration {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).passed
    }

    fn pass(&self, duration: Duration, is_wait: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.passed += duration;
        if is_wait {
            state.waits.push(duration);
        }
    }
}

impl Timer for RecordingTimer {
    fn now(&self) -> Instant {
        self.start + self.passed()
    }

    fn wait(&self, duration: Duration) -> Sleep<'_> {
        self.pass(duration, true);
        Box::pin(std::future::ready(()))
    }

    fn timeout(&self, limit: Duration) -> Sleep<'_> {
        Box::pin(async move {
            self.stalled.notified().await;
            self.pass(limit, false);
        })
    }
}
