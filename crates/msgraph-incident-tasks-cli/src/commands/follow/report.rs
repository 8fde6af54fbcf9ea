//! Reports the progress of a run: at most one line per minute on stderr, and a file of metrics.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::files::{about, replace, temporary};
use crate::text::eprint_line;

/// The minimum time between two lines.
const INTERVAL: Duration = Duration::from_secs(60);

/// Each counter: its name, its description, and the label of its series if it has several.
const COUNTERS: [(&str, &str, Option<&str>); 7] = [
    ("polls", "Polls that were complete.", None),
    ("failed_polls", "Polls that failed.", None),
    ("changes", "Changes of tasks, without those by this program.", Some("change")),
    ("handled", "Tasks whose handler has ended for the last time.", Some("result")),
    ("attempts", "Handlers that were started.", None),
    ("malformed", "Items of the list that do not match the schema.", None),
    ("own_changes", "Changes that were updates by this program, and not delivered.", None),
];

pub(super) struct Report {
    file: Option<PathBuf>,
    counts: RefCell<Counts>,
}

#[derive(Default)]
struct Counts {
    counters: BTreeMap<(&'static str, &'static str), u64>,
    running: u32,
    queued: usize,
    last_poll: Option<SystemTime>,
    printed: Option<Instant>,
    metrics_failed: bool,
}

impl Report {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file, counts: RefCell::default() }
    }

    /// Counts, by the name of a counter and the value of its label.
    pub(super) fn count(&self, counter: &'static str, label: &'static str) {
        *self.counts.borrow_mut().counters.entry((counter, label)).or_default() += 1;
    }

    pub(super) fn get(&self, counter: &'static str, label: &'static str) -> u64 {
        self.counts.borrow().counters.get(&(counter, label)).copied().unwrap_or_default()
    }

    pub(super) fn polled(&self) {
        self.count("polls", "");
        self.counts.borrow_mut().last_poll = Some(SystemTime::now());
    }

    pub(super) fn running(&self, change: i32) {
        let mut counts = self.counts.borrow_mut();
        counts.running = counts.running.saturating_add_signed(change);
    }

    pub(super) fn queued(&self, tasks: usize) {
        self.counts.borrow_mut().queued = tasks;
    }

    /// Prints a line if it is due, the first one at once, and writes the metrics. A failure of that is printed once.
    pub(super) fn show(&self, is_end: bool) {
        let is_due = self.counts.borrow().printed.is_none_or(|printed| printed.elapsed() >= INTERVAL);
        if is_due || is_end {
            eprint_line(&self.line());
            self.counts.borrow_mut().printed = Some(Instant::now());
        }
        let written = self.file.as_ref().map_or(Ok(()), |path| self.write_metrics(path));
        let had_failed = std::mem::replace(&mut self.counts.borrow_mut().metrics_failed, written.is_err());
        if let (Err(error), false) = (written, had_failed) {
            eprint_line(&format!("the metrics are not written: {error}"));
        }
    }

    fn write_metrics(&self, path: &Path) -> io::Result<()> {
        let file = replace(path, temporary(path)?, self.metrics().as_bytes())?;
        // The collector runs as another user.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .map_err(|error| about(path, &error))?;
        Ok(())
    }

    fn line(&self) -> String {
        let total = |name: &str| {
            self.counts
                .borrow()
                .counters
                .iter()
                .filter(|((counter, _), _)| *counter == name)
                .map(|(_, n)| n)
                .sum::<u64>()
        };
        let counts = self.counts.borrow();
        let handled = format!("{} handled, {} of them failed", total("handled"), self.get("handled", "failed"));
        format!(
            "{} polls, {} failed; {} changes; {handled}; {} handlers running, {} tasks queued",
            total("polls"),
            total("failed_polls"),
            total("changes"),
            counts.running,
            counts.queued
        )
    }

    /// Returns the text in the [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/) format.
    fn metrics(&self) -> String {
        let counts = self.counts.borrow();
        let mut text = String::new();
        // Writing to a string does not fail.
        for (name, help, label) in COUNTERS {
            let _ = writeln!(text, "# TYPE incident_tasks_{name} counter\n# HELP incident_tasks_{name} {help}");
            let series = counts.counters.iter().filter(|((counter, _), _)| *counter == name);
            for ((_, value), number) in series {
                let label = label.map_or(String::new(), |label| format!("{{{label}=\"{value}\"}}"));
                let _ = writeln!(text, "incident_tasks_{name}_total{label} {number}");
            }
            if label.is_none() && !counts.counters.contains_key(&(name, "")) {
                let _ = writeln!(text, "incident_tasks_{name}_total 0");
            }
        }
        let last_poll = counts.last_poll.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        for (name, help, value) in [
            ("handlers_running", "Handlers that are running.", f64::from(counts.running)),
            ("tasks_queued", "Tasks that are to be handled.", counts.queued as f64),
            (
                "last_poll_timestamp_seconds",
                "When the last poll was complete; 0 if none was.",
                last_poll.unwrap_or_default().as_secs_f64().floor(),
            ),
        ] {
            let _ = writeln!(text, "# TYPE incident_tasks_{name} gauge\n# HELP incident_tasks_{name} {help}");
            let _ = writeln!(text, "incident_tasks_{name} {value}");
        }
        text + "# EOF\n"
    }
}
