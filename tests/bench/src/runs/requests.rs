//! Updates one by one: rate, CPU, memory, allocations, instructions.

use std::process::Command;

use bench::implementations::Implementation;
use bench::measure::{Sample, median};
use bench::server::Server;
use bench::table::Results;
use bench::{Error, print_line};

use super::{printed, program_of, sibling};

const IMPLEMENTATIONS: [Implementation; 4] = Implementation::ALL;
/// Many short rounds, so that a temporary slowdown affects few of them.
const ROUNDS: usize = 25;
/// The numbers of updates in flight and of measured updates.
const LOADS: [(usize, usize); 3] = [(1, 2_000), (32, 8_000), (64, 8_000)];

pub(crate) fn run(results: &mut Results) -> Result<(), Error> {
    for (tls, protocol) in [(false, "http/1.1"), (true, "http/2 over TLS")] {
        for (in_flight, count) in LOADS {
            load(results, tls, &format!("{protocol}, {in_flight} in flight"), in_flight, count)?;
        }
        instructions(results, &Server::start(tls, 0)?, protocol)?;
    }
    allocations(results, &Server::start(false, 0)?)
}

/// One implementation's measures of a round.
pub(crate) fn sample(
    server: &Server,
    implementation: Implementation,
    in_flight: usize,
    count: usize,
) -> Result<Sample, Error> {
    Ok(serde_json::from_str(&printed(&mut updating(server, implementation, in_flight, count)?)?)?)
}

fn updating(server: &Server, implementation: Implementation, in_flight: usize, count: usize) -> Result<Command, Error> {
    let mut command = Command::new(program_of(implementation)?);
    let ca = server.target.ca.as_deref().unwrap_or_default();
    command.args([&server.target.url, ca, &count.to_string(), &in_flight.to_string()]);
    Ok(command)
}

fn load(results: &mut Results, tls: bool, condition: &str, in_flight: usize, count: usize) -> Result<(), Error> {
    let server = Server::start(tls, 0)?;
    let mut samples: [Vec<Sample>; IMPLEMENTATIONS.len()] = Default::default();
    let mut of_server: Vec<f64> = Vec::new();
    for round in 0..ROUNDS {
        // The order rotates, so that none always follows the same one.
        for turn in 0..IMPLEMENTATIONS.len() {
            let index = (round + turn) % IMPLEMENTATIONS.len();
            let before = server.cpu_seconds();
            samples[index].push(sample(&server, IMPLEMENTATIONS[index], in_flight, count)?);
            let asked = (count + count / 10 + in_flight) as f64;
            of_server.push((server.cpu_seconds() - before) / asked * 1000.0);
        }
    }
    let [plain, same_request, _, library] = &samples;
    let of = |value: fn(&Sample) -> f64| {
        let medians = samples.each_ref().map(|samples| Some(median(samples.iter().map(value).collect())));
        // The ratio of each round, since a slowdown affects all implementations in a round.
        let ratio = |other: &Vec<Sample>| {
            median(library.iter().zip(other).map(|(library, other)| value(library) / value(other)).collect())
        };
        (medians, ratio(plain), ratio(same_request))
    };
    let server_cpu = Some(median(of_server) * 1000.0);
    let mut row = |budget, what: &str, value: fn(&Sample) -> f64, server| {
        let (values, to_plain, to_same) = of(value);
        results.row(format!("{condition}: {what}"), values, [Some(to_plain), Some(to_same)], server);
        results.measured(budget, condition, to_same);
    };
    row("throughput", "updates/s", |sample| sample.rate, None);
    let cpu = if in_flight == 1 { "cpu of one in flight" } else { "cpu" };
    row(cpu, "CPU ms per 1,000", |sample| sample.cpu * 1000.0, server_cpu);
    row("peak memory", "peak memory, KiB", |sample| sample.peak_memory, None);
    print_line(&format!("measured: {condition}"));
    Ok(())
}

fn allocations(results: &mut Results, server: &Server) -> Result<(), Error> {
    const COUNT: usize = 1_000;
    let program = sibling("bench-allocations")?;
    let of = |implementation: Implementation| -> Result<f64, Error> {
        let mut command = Command::new(&program);
        command.args([&implementation.name(), &server.target.url, "100", &COUNT.to_string()]);
        Ok(printed(&mut command)?.trim().parse::<f64>()? / COUNT as f64)
    };
    let values = each(of)?;
    let [plain, _, _, library] = values;
    row_of_all(results, "allocations an update", values);
    results.measured("more allocations", "http/1.1, 1 in flight", library - plain);
    Ok(())
}

/// Counts instructions by callgrind, independent of the load of the machine; does nothing if it is not installed.
fn instructions(results: &mut Results, server: &Server, protocol: &str) -> Result<(), Error> {
    const COUNTS: [usize; 2] = [200, 1_200];
    const IN_FLIGHT: usize = 32;
    if Command::new("valgrind").arg("--version").output().is_err() {
        print_line("instructions are not measured: valgrind is not installed");
        return Ok(());
    }
    let of = |implementation: Implementation, count: usize| -> Result<f64, Error> {
        let updating = updating(server, implementation, IN_FLIGHT, count)?;
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(updating.get_program());
        let output = command.arg("--silent").args(updating.get_args()).output()?;
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        collected.ok_or_else(|| format!("no instruction count in the output of callgrind: {log}").into())
    };
    let [few, many] = COUNTS;
    // Both include the start.
    let values =
        each(|implementation| Ok((of(implementation, many)? - of(implementation, few)?) / (many - few) as f64))?;
    row_of_all(results, &format!("{protocol}, {IN_FLIGHT} in flight: instructions an update"), values);
    print_line(&format!("measured: instructions, {protocol}"));
    Ok(())
}

/// A value of each implementation.
fn each(of: impl Fn(Implementation) -> Result<f64, Error>) -> Result<[f64; IMPLEMENTATIONS.len()], Error> {
    let mut values = [0.0; IMPLEMENTATIONS.len()];
    for (value, implementation) in values.iter_mut().zip(IMPLEMENTATIONS) {
        *value = of(implementation)?;
    }
    Ok(values)
}

fn row_of_all(results: &mut Results, what: &str, values: [f64; IMPLEMENTATIONS.len()]) {
    let [plain, same_request, _, library] = values;
    results.row(what, values.map(Some), [Some(library / plain), Some(library / same_request)], None);
}
