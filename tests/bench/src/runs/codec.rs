//! Decoding and encoding of a task and of a page.

use std::hint::black_box;
use std::time::Instant;

use bench::implementations::plain::{Page, Task};
use bench::measure::median;
use bench::table::Results;
use bench::{Error, payloads, print_line};
use msgraph_core::Operation;
use msgraph_incident_tasks_api::operations::{GetIncidentTask, ListIncidentTasks};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const ROUNDS: usize = 15;
const TASKS: usize = 500;

pub(crate) fn run(results: &mut Results) -> Result<(), Error> {
    let page = payloads::page(TASKS);
    both::<Task, _>(results, "a task", &GetIncidentTask::new("213213"), payloads::TASK, 20_000)?;
    let ratio = both::<Page, _>(results, "a page of 500", &ListIncidentTasks::new(), &page, 40)?;
    results.measured("page decode", "500 tasks, all action types", ratio);
    print_line("measured: decoding and encoding");
    Ok(())
}

/// Measures `json` as a struct written by hand, as `Value`, and as the generated type; returns how much faster the
/// generated type is decoded than the struct.
fn both<Hand: DeserializeOwned + Serialize, Ours: Operation<Response: DeserializeOwned + Serialize>>(
    results: &mut Results,
    what: &str,
    operation: &Ours,
    json: &str,
    times: usize,
) -> Result<f64, Error> {
    let decode: [&dyn Fn() -> Result<(), Error>; 3] =
        [&|| decoded::<Hand>(json), &|| decoded::<Value>(json), &|| decoded_as_the_library_does(operation, json)];
    let (hand, value, ours): (Hand, Value, Ours::Response) =
        (serde_json::from_str(json)?, serde_json::from_str(json)?, serde_json::from_str(json)?);
    let encode: [&dyn Fn() -> Result<(), Error>; 3] = [&|| encoded(&hand), &|| encoded(&value), &|| encoded(&ours)];
    let decoding = micros(decode, times)?;
    let encoding = micros(encode, times)?;
    for (doing, [hand, value, ours]) in [("decode", decoding), ("encode", encoding)] {
        results.pair(format!("{doing} {what}, µs (plain: by hand)"), hand, ours);
        results.pair(format!("{doing} {what}, µs (plain: Value)"), value, ours);
    }
    Ok(decoding[0] / decoding[2])
}

/// Decodes from bytes, as from the wire.
fn decoded<T: DeserializeOwned>(json: &str) -> Result<(), Error> {
    black_box(serde_json::from_slice::<T>(black_box(json.as_bytes()))?);
    Ok(())
}

fn decoded_as_the_library_does(operation: &impl Operation, json: &str) -> Result<(), Error> {
    black_box(operation.decode(black_box(json.as_bytes()))?);
    Ok(())
}

fn encoded(value: &impl Serialize) -> Result<(), Error> {
    black_box(serde_json::to_string(black_box(value))?);
    Ok(())
}

/// Returns the median time of each, in microseconds; they take turns.
fn micros(doings: [&dyn Fn() -> Result<(), Error>; 3], times: usize) -> Result<[f64; 3], Error> {
    let mut measured: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (doing, measured) in doings.iter().zip(&mut measured) {
            let started = Instant::now();
            for _ in 0..times {
                doing()?;
            }
            measured.push(started.elapsed().as_secs_f64() / times as f64 * 1e6);
        }
    }
    Ok(measured.map(median))
}
