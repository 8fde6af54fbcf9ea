//! Measures of this process and of others.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::implementations::Update;

/// The cost of a number of updates.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Sample {
    /// Updates per second.
    pub rate: f64,
    /// CPU seconds of the client for 1,000 updates.
    pub cpu: f64,
    /// The peak memory of the client, in KiB.
    pub peak_memory: f64,
}

/// Measured updates, after a tenth of their number as warm-up.
pub struct Updates {
    /// The number of measured updates.
    pub count: usize,
    /// The number of updates in flight.
    pub in_flight: usize,
}

impl Updates {
    /// Runs the updates.
    ///
    /// # Errors
    ///
    /// If an update fails.
    pub async fn run(self, update: &Update) -> Result<Sample, Error> {
        repeat(update, self.count / 10 + self.in_flight, self.in_flight).await?;
        let (started, cpu) = (Instant::now(), cpu_seconds());
        repeat(update, self.count, self.in_flight).await?;
        let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let count = self.count as f64;
        Ok(Sample { rate: count / seconds, cpu: cpu / count * 1000.0, peak_memory: peak_memory() })
    }
}

/// Updates without output, for measurements from outside or by a `counter` of allocations.
pub struct Counted<C> {
    /// The number of updates before the first count.
    pub warm_up: usize,
    /// The number of updates between the first and the second count.
    pub count: usize,
    /// The number of updates in flight.
    pub in_flight: usize,
    /// Returns the current count.
    pub counter: C,
}

impl<C: Fn() -> u64> Counted<C> {
    /// Runs the updates, and returns the difference of the counts.
    ///
    /// # Errors
    ///
    /// If an update fails.
    pub async fn run(self, update: &Update) -> Result<u64, Error> {
        repeat(update, self.warm_up, self.in_flight).await?;
        let before = (self.counter)();
        repeat(update, self.count, self.in_flight).await?;
        Ok((self.counter)() - before)
    }
}

async fn repeat(update: &Update, count: usize, in_flight: usize) -> Result<(), Error> {
    let mut updates = stream::iter(0..count).map(|_| update()).buffer_unordered(in_flight);
    while let Some(done) = updates.next().await {
        done?;
    }
    Ok(())
}

/// Returns the CPU time of this process, in seconds.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Returns the CPU time of another process, in seconds; 0 if the system does not report it.
pub fn cpu_seconds_of(process: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let of_task = |task: std::fs::DirEntry| -> Option<f64> {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    tasks.filter_map(of_task).sum::<f64>() / 1e9
}

/// Returns the CPU time of the children that this process has waited for, in seconds.
pub fn cpu_seconds_of_children() -> f64 {
    /// The clock ticks per second on Linux.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may contain spaces; the fields after it are counted from 3.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(16) + ticks(17)) / TICKS
}

/// Returns the peak memory of this process, in KiB; 0 if the system does not report it.
pub fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Returns the median; 0 without values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
