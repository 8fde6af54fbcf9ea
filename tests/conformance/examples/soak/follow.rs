//! `incident-tasks follow`: killed at random moments, through a day, and of very many tasks.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use msgraph_incident_tasks_emulator::{Emulator, Fault, Limits};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::kill::program;
use crate::{Error, Server, peak_memory, print_line};

const TASKS: usize = 2_000;
const KILLS: usize = 100;
/// The time in which the tasks appear, in seconds.
const SECONDS: f64 = 90.0;
const FAULTS: [(Fault, f64); 9] = [
    (Fault::GatewayBad, 0.02),
    (Fault::GatewayTimeout, 0.01),
    (Fault::ServerErrorAfter, 0.01),
    (Fault::Reset, 0.01),
    (Fault::ResetAfter, 0.01),
    (Fault::TruncatedBody, 0.01),
    (Fault::StaleRead, 0.02),
    (Fault::OrderIgnored, 0.02),
    (Fault::ThrottledPastDate, 0.02),
];
const HANDLER: &str = "#!/bin/sh\necho \"start $INCIDENT_TASK_ID $RUN\" >> log\ncat > /dev/null\necho \"end $INCIDENT_TASK_ID $RUN\" >> log\n";
const SPEED: u32 = 600;
const DAY: u32 = 86_400;

pub(crate) async fn run() -> Result<(), Error> {
    killed().await?;
    day().await?;
    many().await
}

fn follow(folder: &Path, endpoint: &str, arguments: &str) -> Result<Command, Error> {
    let mut command = Command::new(program()?);
    command.args(["follow", "--endpoint", endpoint]).args(arguments.split(' ')).current_dir(folder);
    command.env("GRAPH_TOKEN", "soak").stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.recorded_requests = 1_000_000;
    limits
}

/// Starts it again after each kill, until each task is handled.
async fn killed() -> Result<(), Error> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let event = |number: usize| {
        let at = SECONDS * number as f64 / TASKS as f64;
        json!({ "at": at, "create": { "id": (1_000 + number).to_string(), "status": "open" } })
    };
    let events: Vec<_> = (0..TASKS).map(event).collect();
    let builder = Emulator::builder().tasks([]).scenario_json(json!(events).to_string()).limits(limits());
    let builder = FAULTS.into_iter().fold(builder, |builder, (fault, rate)| builder.fault_rate(fault, rate));
    let emulator = builder.start().await?;
    let folder = tempfile::tempdir()?;
    let handler = folder.path().join("handler.sh");
    std::fs::write(&handler, HANDLER)?;
    std::fs::set_permissions(&handler, std::fs::Permissions::from_mode(0o755))?;
    let arguments = "--state state --since beginning --interval 0.2 --overlap 5 --jobs 4 --attempts 20 --claim \
                     --on-success completed --exec ./handler.sh";
    let start = |run: usize| -> Result<Child, Error> {
        let errors = std::fs::File::create(folder.path().join("errors"))?;
        let mut command = follow(folder.path(), &emulator.url(), arguments)?;
        Ok(command.env("RUN", run.to_string()).stderr(errors).spawn()?)
    };
    let started = Instant::now();
    let mut unfinished = HashSet::new();
    for run in 0..KILLS {
        let mut process = start(run)?;
        tokio::time::sleep(Duration::from_secs_f64(random.random_range(0.0..1.6))).await;
        if let Some(status) = process.try_wait()? {
            let errors = std::fs::read_to_string(folder.path().join("errors"))?;
            return Err(format!("run {run} ended without a kill: {status}: {errors}").into());
        }
        process.kill()?;
        process.wait()?;
        let running = running(&folder.path().join("state"))?;
        unfinished.extend(running.into_iter().map(|id| (run.to_string(), id)));
    }
    let mut process = start(KILLS)?;
    let limit = Instant::now() + Duration::from_secs(300);
    let all_done = || {
        let tasks: Vec<Value> = serde_json::from_str(&emulator.dump()).unwrap_or_default();
        tasks.len() == TASKS && tasks.iter().all(|task| task["status"] == "completed")
    };
    while !all_done() && Instant::now() < limit {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    process.kill()?;
    process.wait()?;
    let log = std::fs::read_to_string(folder.path().join("log"))?;
    let seconds = started.elapsed().as_secs();
    print_line(&format!(
        "{KILLS} kills in {seconds} s with {} requests: {}",
        emulator.requests().len(),
        handled(&log, &unfinished)?
    ));
    emulator.shutdown().await?;
    Ok(())
}

/// Returns the tasks whose handlers have not ended by a state file.
fn running(state: &Path) -> Result<HashSet<String>, Error> {
    // A run may be killed before it has a state, or in the middle of a line.
    let text = std::fs::read_to_string(state).unwrap_or_default();
    let Some((header, lines)) = text.split_once('\n') else { return Ok(HashSet::new()) };
    let header: Value = serde_json::from_str(header)?;
    let mut jobs: HashMap<String, Value> = serde_json::from_value(header["jobs"].clone())?;
    for line in lines.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let line: Value = serde_json::from_str(line)?;
        if let Some(id) = line["job"][0].as_str() {
            jobs.insert(id.to_owned(), line["job"][1].clone());
        }
    }
    Ok(jobs.into_iter().filter(|(_, job)| job["stage"] == "running").map(|(id, _)| id).collect())
}

/// Counts the lines that the handlers wrote. A task may be handled again only if its run was killed before the end of
/// its handler was in the state.
fn handled(log: &str, unfinished: &HashSet<(String, String)>) -> Result<String, Error> {
    let mut of: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    for line in log.lines() {
        let [what, id, run] = line.split(' ').collect::<Vec<_>>().try_into().map_err(|_| "an odd line")?;
        of.entry(id).or_default().push((what, run));
    }
    let never = TASKS - of.len();
    let (mut repeats, mut explained, mut overlapping) = (0, 0, 0);
    for (id, lines) in &of {
        let is_alternating = lines.chunks(2).all(|pair| matches!(pair, [("start", a), ("end", b)] if a == b));
        overlapping += usize::from(!is_alternating);
        let runs: Vec<_> = lines.iter().filter(|(what, _)| *what == "start").map(|(_, run)| *run).collect();
        let before_a_repeat = &runs[..runs.len() - 1];
        repeats += before_a_repeat.len();
        let is_explained = |run: &&&str| unfinished.contains(&((**run).to_owned(), (*id).to_owned()));
        explained += before_a_repeat.iter().filter(is_explained).count();
    }
    let text = format!(
        "{never} of {TASKS} tasks never handled, {repeats} handled again, {explained} of them after a kill between the start of \
         the handler and the write of its end, {overlapping} at two handlers at once"
    );
    if never + overlapping > 0 || explained < repeats { Err(text.into()) } else { Ok(text) }
}

/// Returns the versions of each task, in order.
type Versions = BTreeMap<String, Vec<(Value, Value)>>;

fn add(versions: &mut Versions, task: &Value) {
    let version = (task["status"].clone(), task["description"].clone());
    let of = versions.entry(task["id"].as_str().unwrap_or_default().to_owned()).or_default();
    if of.last() != Some(&version) {
        of.push(version);
    }
}

/// Returns the history of the day, by an emulator whose clock is advanced.
async fn history() -> Result<Versions, Error> {
    let seconds = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&seconds);
    let builder = Emulator::builder().tasks([]).scenario_day().clock(move || clock.load(Ordering::Relaxed));
    let emulator = builder.start().await?;
    let mut versions = Versions::new();
    for second in (0..=i64::from(DAY)).step_by(10) {
        seconds.store(second, Ordering::Relaxed);
        let tasks: Vec<Value> = serde_json::from_str(&emulator.dump())?;
        tasks.iter().for_each(|task| add(&mut versions, task));
    }
    Ok(versions)
}

async fn day() -> Result<(), Error> {
    let history = history().await?;
    let emulator = Emulator::builder().tasks([]).scenario_day().speed(SPEED.into()).limits(limits()).start().await?;
    let folder = tempfile::tempdir()?;
    let interval = 30.0 / f64::from(SPEED);
    let arguments = format!("--state state --since beginning --interval {interval} --overlap {}", interval * 10.0);
    let lines = std::fs::File::create(folder.path().join("lines"))?;
    let mut process = follow(folder.path(), &emulator.url(), &arguments)?.stdout(lines).spawn()?;
    let length = Duration::from_secs((DAY / SPEED + 4).into());
    tokio::time::sleep(length).await;
    let memory = peak_memory(&process.id().to_string());
    process.kill()?;
    process.wait()?;
    let mut delivered = Versions::new();
    let mut count = 0;
    for line in BufReader::new(std::fs::File::open(folder.path().join("lines"))?).lines() {
        add(&mut delivered, &serde_json::from_str::<Value>(&line?)?["task"]);
        count += 1;
    }
    let last =
        |versions: &Versions| -> Vec<_> { versions.iter().map(|(id, of)| (id.clone(), of.last().cloned())).collect() };
    let size = |versions: &Versions| versions.values().map(Vec::len).sum::<usize>();
    if last(&delivered) != last(&history) {
        return Err("a final state of the day was not delivered".into());
    }
    print_line(&format!(
        "a day at {SPEED} times its speed: {} requests for {:.0} polls due, {count} lines, {} versions delivered of {} in \
         the history and each last one, {memory}",
        emulator.requests().len(),
        length.as_secs_f64() / interval,
        size(&delivered),
        size(&history)
    ));
    emulator.shutdown().await?;
    Ok(())
}

/// Measures the memory for 100,000 tasks, all or none of them new.
async fn many() -> Result<(), Error> {
    let server = Server::start("emulator 100000")?;
    for since in ["now", "beginning"] {
        let folder = tempfile::tempdir()?;
        let arguments = format!("--state state --since {since} --interval 600 --metrics-file metrics");
        let started = Instant::now();
        let mut process = follow(folder.path(), &server.endpoint, &arguments)?.spawn()?;
        let metrics: PathBuf = folder.path().join("metrics");
        let is_done = || std::fs::read_to_string(&metrics).is_ok_and(|text| text.contains("polls_total 1"));
        while !is_done() && process.try_wait()?.is_none() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let (seconds, memory) = (started.elapsed().as_secs_f64(), peak_memory(&process.id().to_string()));
        process.kill()?;
        process.wait()?;
        let size = std::fs::metadata(folder.path().join("state"))?.len() >> 20;
        print_line(&format!("100,000 tasks since {since}: {seconds:.1} s, {memory}, a state of {size} MiB"));
    }
    Ok(())
}
