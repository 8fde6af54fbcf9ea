//! The limits of an emulator.

use std::time::Duration;

/// The limits of an emulator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The body of a request, in bytes. A larger one gets 413. Default: 1 MiB.
    pub body_bytes: usize,
    /// The head of a request, in bytes, at least 8,192. Default: 64 KiB.
    pub head_bytes: usize,
    /// The number of concurrent connections; others wait. Default: 1,024.
    pub connections: usize,
    /// The number of tasks in the store. Default: 1,000,000.
    pub tasks: usize,
    /// The time for the head of a request and for an idle connection; a longer one is closed. Default: 15 s.
    pub head_timeout: Duration,
    /// The number of requests that are kept for [`Emulator::requests`](crate::Emulator::requests). Default: 1,000.
    pub recorded_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            head_bytes: 1 << 16,
            connections: 1_024,
            tasks: 1_000_000,
            head_timeout: Duration::from_secs(15),
            recorded_requests: 1_000,
        }
    }
}
