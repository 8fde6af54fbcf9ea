//! Measures of this process and of others.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::implementations::Update;

/// What a number of updates took.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Sample {
    /// Updates a second.
    pub rate: f64,
    /// CPU seconds of the client for 1,000 updates.
    pub cpu: f64,
    /// The most memory that the client has had, in KiB.
    pub peak_memory: f64,
}

/// Updates as many times as asked, so many at once, after a tenth as many that are not measured.
pub struct Updates {
    /// How many are measured.
    pub count: usize,
    /// How many are on their way at once.
    pub in_flight: usize,
}

impl Updates {
    /// Does it.
    ///
    /// # Errors
    ///
    /// Where an update fails.
    pub async fn run(self, update: &Update) -> Result<Sample, Error> {
        repeat(update, self.count / 10 + self.in_flight, self.in_flight).await?;
        let (started, cpu) = (Instant::now(), cpu_seconds());
        repeat(update, self.count, self.in_flight).await?;
        let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let count = self.count as f64;
        Ok(Sample { rate: count / seconds, cpu: cpu / count * 1000.0, peak_memory: peak_memory() })
    }
}

/// Updates so often, and says nothing: for who measures from outside, or counts allocations by `counter`.
pub struct Counted<C> {
    /// How many come before the first count.
    pub warm_up: usize,
    /// How many come between the first count and the second.
    pub count: usize,
    /// How many are on their way at once.
    pub in_flight: usize,
    /// What is counted.
    pub counter: C,
}

impl<C: Fn() -> u64> Counted<C> {
    /// Does it, and says how much was counted.
    ///
    /// # Errors
    ///
    /// Where an update fails.
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

/// The CPU time of this process, in seconds.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The CPU time of another process, in seconds; 0 where the system doesn't say.
pub fn cpu_seconds_of(process: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let of_task = |task: std::fs::DirEntry| -> Option<f64> {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    tasks.filter_map(of_task).sum::<f64>() / 1e9
}

/// The CPU time of the children that this process has waited for, in seconds.
pub fn cpu_seconds_of_children() -> f64 {
    /// Of Linux, on all machines that matter here.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold spaces; the fields after it are counted from 3.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(16) + ticks(17)) / TICKS
}

/// The most memory that this process has had, in KiB; 0 where the system doesn't say.
pub fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// The middle one; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
