//! Time without waiting.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use msgraph_core::{Sleep, Timer};
use tokio::sync::Notify;

/// A timer that records waits instead of waiting, and lets a limit pass when the server says that it
/// has stalled.
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
    /// A timer whose limits pass when `stalled` is notified.
    pub fn new(stalled: Arc<Notify>) -> Self {
        Self { start: Instant::now(), state: Arc::default(), stalled }
    }

    /// The waits so far.
    pub fn waits(&self) -> Vec<Duration> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).waits.clone()
    }

    /// The time that has passed by waits and limits.
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
