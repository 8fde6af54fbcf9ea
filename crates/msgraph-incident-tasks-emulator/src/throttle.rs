//! Limits the requests of an app per time window, as Graph's [throttling
//! limits](https://learn.microsoft.com/graph/throttling-limits) do. An app is identified by its token.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Further apps share one limit.
const MAX_APPS: usize = 10_000;

pub(crate) struct Throttle {
    requests: u32,
    window: Duration,
    hasher: RandomState,
    // By a hash: no token is stored.
    apps: Mutex<HashMap<u64, Window>>,
}

struct Window {
    began: Instant,
    requests: u32,
}

impl Throttle {
    pub(crate) fn new(requests: u32, window: Duration) -> Self {
        Self { requests, window, hasher: RandomState::new(), apps: Mutex::default() }
    }

    /// Forgets all requests.
    pub(crate) fn reset(&self) {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns the time that an app has to wait; `None` if its request is accepted now.
    pub(crate) fn wait(&self, token: &[u8], now: Instant) -> Option<Duration> {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        let key = if apps.len() < MAX_APPS { self.hasher.hash_one(token) } else { 0 };
        let window = apps.entry(key).or_insert(Window { began: now, requests: 0 });
        let passed = now.saturating_duration_since(window.began);
        if passed >= self.window {
            *window = Window { began: now, requests: 0 };
        }
        if window.requests >= self.requests {
            return Some(self.window.saturating_sub(passed));
        }
        window.requests += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Throttle;

    #[test]
    fn each_app_has_its_own_limit_and_waits_for_the_rest_of_its_window() {
        let throttle = Throttle::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let wait = |token: &[u8], seconds| throttle.wait(token, start + Duration::from_secs(seconds));
        assert_eq!((wait(b"a", 0), wait(b"a", 3), wait(b"a", 4)), (None, None, Some(Duration::from_secs(6))));
        assert_eq!(wait(b"b", 4), None);
        assert_eq!((wait(b"a", 10), wait(b"a", 11), wait(b"a", 12)), (None, None, Some(Duration::from_secs(8))));
    }
}
