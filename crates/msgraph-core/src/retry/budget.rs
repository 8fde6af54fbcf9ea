//! The retry budget that all clones of a client share.

use std::sync::atomic::{AtomicU64, Ordering};

const TENTHS_OF_A_RETRY: u64 = 10;

/// A reserve that retries draw on and successes refill.
#[derive(Debug)]
pub(crate) struct Budget {
    capacity: u64,
    left: AtomicU64,
}

impl Budget {
    pub(crate) fn new(retries: u32) -> Self {
        let capacity = u64::from(retries) * TENTHS_OF_A_RETRY;
        Self { capacity, left: AtomicU64::new(capacity) }
    }

    /// Takes a retry from the reserve, if there is one.
    pub(crate) fn take(&self) -> bool {
        let less = |left: u64| left.checked_sub(TENTHS_OF_A_RETRY);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// Returns a tenth of a retry to the reserve.
    pub(crate) fn succeeded(&self) {
        // The reserve is usually full: then nothing is written, and no cache line moves between cores.
        let more = |left: u64| (left < self.capacity).then_some(left + 1);
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn ten_successes_refill_one_retry() {
        let budget = Budget::new(2);
        assert!(budget.take() && budget.take() && !budget.take());
        for _ in 0..9 {
            budget.succeeded();
        }
        assert!(!budget.take());
        budget.succeeded();
        assert!(budget.take() && !budget.take());
    }

    #[test]
    fn a_full_reserve_stays_full() {
        let budget = Budget::new(1);
        budget.succeeded();
        assert!(budget.take() && !budget.take());
    }
}
