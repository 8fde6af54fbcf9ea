//! The library's own features: generation, and updates in bulk.

use std::time::{Duration, Instant};

use bench::implementations::{Target, library};
use bench::measure::{cpu_seconds, median, peak_memory};
use bench::server::Server;
use bench::table::Results;
use bench::{Error, print_line};
use futures_util::stream;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{OPENAPI_SPEC, StatusUpdate};
use serde::{Deserialize, Serialize};

use super::part;

const BATCH: u32 = 20;
const UPDATES: u32 = 1_000;
const IN_FLIGHT: u32 = 4;
const DELAY: Duration = Duration::from_millis(50);

pub(crate) fn run(results: &mut Results) -> Result<(), Error> {
    let mut seconds = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        msgraph_codegen::generate(OPENAPI_SPEC)?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    let generation = median(seconds);
    results.row("generation, s", [None, None, None, Some(generation)], [None, None], None);
    results.measured("generation", "the spec of incident tasks", generation);

    let server = Server::start(false, u64::try_from(DELAY.as_millis())?)?;
    let seconds =
        median((0..3).map(|_| Ok(bulk_of(&server, UPDATES as usize)?.seconds)).collect::<Result<_, Error>>()?);
    let limit = (DELAY * (UPDATES / BATCH).div_ceil(IN_FLIGHT)).as_secs_f64();
    let ratio = results.pair("bulk of 1,000 at 50 ms, 4 in flight, s (plain: the limit)", limit, seconds);
    results.measured("bulk", "1,000 updates, 50 ms, 4 in flight", ratio);
    print_line("measured: generation and bulk");
    Ok(())
}

/// The cost of updates in bulk.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct BulkSample {
    pub(crate) seconds: f64,
    pub(crate) cpu: f64,
    pub(crate) peak_memory: f64,
}

/// Updates in bulk, in a separate process.
pub(crate) fn bulk_of(server: &Server, count: usize) -> Result<BulkSample, Error> {
    Ok(serde_json::from_str(&part(&["bulk", &server.target.url, &count.to_string()])?)?)
}

/// Updates in bulk, and prints the cost.
pub(crate) async fn bulk(url: &str, count: usize) -> Result<(), Error> {
    let client = library::client(&Target { url: url.to_owned(), ca: None })?;
    let update = |number: usize| StatusUpdate::new(number.to_string(), IncidentTaskStatus::Completed).ok();
    let updates = stream::iter((1..=count).filter_map(update));
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let mut results = client.update_incident_tasks_from(updates).concurrency(IN_FLIGHT as usize).send()?;
    while let Some(update) = results.next().await {
        update.result?;
    }
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    print_line(&serde_json::to_string(&BulkSample { seconds, cpu, peak_memory: peak_memory() })?);
    Ok(())
}
