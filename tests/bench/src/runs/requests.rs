//! Updates one by one: rate, CPU, memory, allocations, instructions.

use std::process::Command;

use bench::contestants::Contestant;
use bench::measure::{Sample, median};
use bench::server::Server;
use bench::table::Results;
use bench::{Error, say};
use clap::ValueEnum;

use super::{part, printed};

const CONTESTANTS: [Contestant; 3] = [Contestant::Plain, Contestant::Generated, Contestant::Library];
const ROUNDS: usize = 9;
/// How many are on their way at once, and how many are measured.
const LOADS: [(usize, usize); 3] = [(1, 4_000), (32, 16_000), (64, 16_000)];

pub(crate) fn run(results: &mut Results) -> Result<(), Error> {
    for (tls, protocol) in [(false, "http/1.1"), (true, "http/2 over TLS")] {
        for (in_flight, count) in LOADS {
            load(results, tls, &format!("{protocol}, {in_flight} in flight"), in_flight, count)?;
        }
    }
    let server = Server::start(false, 0)?;
    allocations(results, &server)?;
    instructions(results, &server)
}

/// One contestant's measures of a round.
pub(crate) fn sample(server: &Server, contestant: Contestant, in_flight: usize, count: usize) -> Result<Sample, Error> {
    let (count, in_flight) = (count.to_string(), in_flight.to_string());
    let ca = server.target.ca.as_deref().unwrap_or_default();
    let name = name_of(contestant);
    Ok(serde_json::from_str(&part(&["update", &name, &server.target.url, ca, &count, &in_flight])?)?)
}

fn load(results: &mut Results, tls: bool, condition: &str, in_flight: usize, count: usize) -> Result<(), Error> {
    let server = Server::start(tls, 0)?;
    let mut samples: [Vec<Sample>; 3] = Default::default();
    let mut of_server: Vec<f64> = Vec::new();
    for round in 0..ROUNDS {
        // Who is first changes, so that nobody always comes after the same one.
        for turn in 0..CONTESTANTS.len() {
            let index = (round + turn) % CONTESTANTS.len();
            let before = server.cpu_seconds();
            samples[index].push(sample(&server, CONTESTANTS[index], in_flight, count)?);
            let asked = (count + count / 10 + in_flight) as f64;
            of_server.push((server.cpu_seconds() - before) / asked * 1000.0);
        }
    }
    let of = |value: fn(&Sample) -> f64| {
        let medians = [0, 1, 2].map(|index| Some(median(samples[index].iter().map(value).collect())));
        // Each round's own ratio: what slows a round down slows down all in it.
        let ratio =
            median(samples[2].iter().zip(&samples[0]).map(|(library, plain)| value(library) / value(plain)).collect());
        (medians, ratio)
    };
    let server_cpu = Some(median(of_server) * 1000.0);
    let (values, ratio) = of(|sample| sample.rate);
    results.row(format!("{condition}: updates/s"), values, Some(ratio), None);
    results.measured("throughput", condition, ratio);
    let (values, ratio) = of(|sample| sample.cpu * 1000.0);
    results.row(format!("{condition}: CPU ms per 1,000"), values, Some(ratio), server_cpu);
    results.measured("cpu", condition, ratio);
    let (values, ratio) = of(|sample| sample.peak_memory);
    results.row(format!("{condition}: peak memory, KiB"), values, Some(ratio), None);
    results.measured("peak memory", condition, ratio);
    say(&format!("measured: {condition}"));
    Ok(())
}

fn allocations(results: &mut Results, server: &Server) -> Result<(), Error> {
    const COUNT: usize = 1_000;
    let program =
        std::env::current_exe()?.with_file_name("bench-allocations").with_extension(std::env::consts::EXE_EXTENSION);
    let of = |contestant: Contestant| -> Result<f64, Error> {
        let mut command = Command::new(&program);
        command.args([&name_of(contestant), &server.target.url, "100", &COUNT.to_string()]);
        Ok(printed(&mut command)?.trim().parse::<f64>()? / COUNT as f64)
    };
    let [plain, generated, library] = [of(CONTESTANTS[0])?, of(CONTESTANTS[1])?, of(CONTESTANTS[2])?];
    results.row("allocations an update", [Some(plain), Some(generated), Some(library)], Some(library / plain), None);
    results.measured("more allocations", "http/1.1, 1 in flight", library - plain);
    Ok(())
}

/// By callgrind, which counts the same whatever else the machine does; nothing where it isn't installed.
fn instructions(results: &mut Results, server: &Server) -> Result<(), Error> {
    const COUNTS: [usize; 2] = [200, 700];
    if Command::new("valgrind").arg("--version").output().is_err() {
        say("instructions are not measured: valgrind is not installed");
        return Ok(());
    }
    let of = |contestant: Contestant, count: usize| -> Result<f64, Error> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?);
        let output = command.args(["silent", &name_of(contestant), &server.target.url, &count.to_string()]).output()?;
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        collected.ok_or_else(|| format!("callgrind does not say what it has collected: {log}").into())
    };
    let mut values = [0.0; 3];
    for (value, contestant) in values.iter_mut().zip(CONTESTANTS) {
        let [few, many] = COUNTS;
        // What the start takes is in both.
        *value = (of(contestant, many)? - of(contestant, few)?) / (many - few) as f64;
    }
    results.row("instructions an update", values.map(Some), Some(values[2] / values[0]), None);
    Ok(())
}

/// The name by which a contestant is asked for.
fn name_of(contestant: Contestant) -> String {
    contestant.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
