//! A poll in progress.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use msgraph_core::Pages;
use msgraph_incident_tasks_api::types::IncidentTaskCollection;

/// A poll in progress.
pub(super) struct Reading {
    pub(super) pages: Pages<IncidentTaskCollection>,
    pub(super) began: Instant,
    pub(super) wait: Duration,
    /// True to read to the end.
    pub(super) is_full: bool,
    /// Older tasks are known.
    pub(super) bound: Option<i64>,
    pub(super) pages_read: u32,
    pub(super) ids: HashSet<Box<str>>,
    pub(super) is_ordered: bool,
    /// The time of the previous task, and the latest of all.
    pub(super) last: Option<i64>,
    pub(super) newest: Option<i64>,
}

impl Reading {
    /// Records the time of a task. One in the future, by the service's own clock, is ignored.
    pub(super) fn check_order(&mut self, modified: Option<i64>, latest: Option<i64>) {
        if modified.is_none() || self.last.is_some_and(|last| modified > Some(last)) {
            self.is_ordered = false;
        }
        self.last = modified.or(self.last);
        if latest.is_none_or(|latest| modified <= Some(latest)) {
            self.newest = self.newest.max(modified);
        }
    }
}

/// Returns the time of a `Date` header in nanoseconds since 1970, at the end of its second.
pub(super) fn http_date(text: &str) -> Option<i64> {
    let time = msgraph_core::jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    i64::try_from(time.as_nanosecond()).ok()?.checked_add(999_999_999)
}
