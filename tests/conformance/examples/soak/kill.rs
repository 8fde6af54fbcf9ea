//! `incident-tasks apply` of many updates, killed at random moments and resumed, against an emulator with faults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use msgraph_incident_tasks_emulator::{Emulator, Fault, Limits};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value};

use crate::{Error, print_line};

const ROWS: usize = 2_000;
const ROUNDS: u64 = 50;
/// The maximum number of resumes of a run.
const RESUMES: usize = 10;
const FAULTS: [Fault; 6] = [
    Fault::GatewayBad,
    Fault::GatewayTimeout,
    Fault::ServerErrorAfter,
    Fault::Reset,
    Fault::ResetAfter,
    Fault::BatchMissing,
];
const RATE: f64 = 0.002;

pub(crate) async fn run() -> Result<(), Error> {
    let whole = Round::start(0).await?.whole().await?;
    print_line(&format!("an apply of {ROWS} rows with faults that is not killed takes {:.2} s", whole.as_secs_f64()));
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut sums = Sums::default();
    for number in 1..=ROUNDS {
        let moment = whole.mul_f64(random.random());
        Round::start(number).await?.killed_at(moment, &mut sums).await?;
    }
    let Sums { killed, resumes, reported, twice, patches, left } = sums;
    print_line(&format!(
        "{ROUNDS} rounds, {killed} killed by SIGKILL before they ended, {resumes} resumes: {patches} updates sent for {} rows, \
         {twice} rows sent more than once, {reported} reports of an unknown outcome, {left} rows left in another status and \
         reported; none unreported, none sent more often than it was reported unknown, and once",
        ROUNDS * ROWS as u64
    ));
    Ok(())
}

#[derive(Default)]
struct Sums {
    killed: usize,
    resumes: usize,
    reported: usize,
    twice: usize,
    patches: usize,
    left: usize,
}

/// Starts an emulator, and writes a file with an update for each of its tasks.
struct Round {
    emulator: Emulator,
    folder: tempfile::TempDir,
    ids: Vec<String>,
}

impl Round {
    async fn start(seed: u64) -> Result<Self, Error> {
        let mut limits = Limits::default();
        limits.recorded_requests = 1_000_000;
        let builder = Emulator::builder().generated_tasks(ROWS - 2).seed(seed).limits(limits);
        let builder = FAULTS.into_iter().fold(builder, |builder, fault| builder.fault_rate(fault, RATE));
        let emulator = builder.start().await?;
        let tasks: Vec<Map<String, Value>> = serde_json::from_str(&emulator.dump())?;
        for mut task in tasks.clone() {
            // No update is applied before it is sent.
            task.insert("status".to_owned(), "open".into());
            emulator.put_task(task)?;
        }
        let ids: Vec<_> = tasks.iter().filter_map(|task| Some(task["id"].as_str()?.to_owned())).collect();
        let folder = tempfile::tempdir()?;
        let rows: String = ids.iter().map(|id| format!("{id},notRelevant\n")).collect();
        std::fs::write(folder.path().join("updates.csv"), format!("id,status\n{rows}"))?;
        Ok(Self { emulator, folder, ids })
    }

    /// Returns the duration of an undisturbed run.
    async fn whole(self) -> Result<Duration, Error> {
        let started = Instant::now();
        waited(self.apply(&[])?).await?;
        Ok(started.elapsed())
    }

    async fn killed_at(self, moment: Duration, sums: &mut Sums) -> Result<(), Error> {
        let mut process = self.apply(&[])?;
        tokio::time::sleep(moment).await;
        sums.killed += usize::from(process.try_wait()?.is_none());
        // SIGKILL, which it cannot handle.
        process.kill()?;
        process.wait()?;
        for _ in 0..RESUMES {
            sums.resumes += 1;
            match waited(self.apply(&["--resume"])?).await? {
                Some(0) => break,
                Some(3) => {}
                code => return Err(format!("a resumed run ended with {code:?}").into()),
            }
        }
        self.check(sums)
    }

    fn apply(&self, arguments: &[&str]) -> Result<Child, Error> {
        let mut command = Command::new(program()?);
        command.args(["apply", "updates.csv", "--output", "jsonl", "--endpoint", &self.emulator.url()]).args(arguments);
        let command = command.current_dir(self.folder.path()).env("GRAPH_TOKEN", "soak");
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    fn check(&self, sums: &mut Sums) -> Result<(), Error> {
        let (unknown, last) = reports(&self.folder.path().join("updates.csv.journal"))?;
        let sent = self.updates_sent();
        for id in &self.ids {
            let (sent, unknown) = (count(&sent, id), count(&unknown, id));
            if sent > 1 + unknown {
                return Err(format!("{id} was sent {sent} times, and reported unknown {unknown} times").into());
            }
            let status = self.emulator.task(id).and_then(|task| Some(task.get("status")?.as_str()?.to_owned()));
            if status.as_deref() != Some("notRelevant") {
                match last.get(id).map(String::as_str) {
                    Some("unknown" | "notApplied" | "notSent") => sums.left += 1,
                    state => return Err(format!("{id} is {status:?}, but the journal has {state:?}").into()),
                }
            }
            sums.patches += sent;
            sums.twice += usize::from(sent > 1);
            sums.reported += unknown;
        }
        Ok(())
    }

    /// Returns the number of updates of each task that the emulator received.
    fn updates_sent(&self) -> HashMap<String, usize> {
        let mut sent = HashMap::new();
        let mut add = |url: &str| *sent.entry(url.rsplit('/').next().unwrap_or_default().to_owned()).or_default() += 1;
        for request in self.emulator.requests() {
            // The last row of a group is sent by itself if no others are ready.
            if request.method == "PATCH" {
                add(&request.path);
            }
            let batch: Value = serde_json::from_str(&request.body).unwrap_or_default();
            let items = batch["requests"].as_array().into_iter().flatten();
            items
                .filter(|item| item["method"] == "PATCH")
                .for_each(|item| add(item["url"].as_str().unwrap_or_default()));
        }
        sent
    }
}

fn count(counts: &HashMap<String, usize>, id: &str) -> usize {
    counts.get(id).copied().unwrap_or_default()
}

type Reports = (HashMap<String, usize>, HashMap<String, String>);

/// Returns how often each row was reported unknown, and its last state.
fn reports(journal: &Path) -> Result<Reports, Error> {
    let (mut unknown, mut last) = (HashMap::new(), HashMap::new());
    for line in std::fs::read_to_string(journal)?.lines().skip(1) {
        let entry: Value = serde_json::from_str(line)?;
        let (Some(id), Some(state)) = (entry["id"].as_str(), entry["state"].as_str()) else { continue };
        if state == "unknown" {
            *unknown.entry(id.to_owned()).or_default() += 1;
        }
        last.insert(id.to_owned(), state.to_owned());
    }
    Ok((unknown, last))
}

/// Returns the exit code; the emulator in this process continues.
async fn waited(mut process: Child) -> Result<Option<i32>, Error> {
    Ok(tokio::task::spawn_blocking(move || process.wait()).await??.code())
}

/// Returns the path of the CLI, which `cargo xtask soak` builds next to this program.
pub(crate) fn program() -> Result<PathBuf, Error> {
    let folder = std::env::current_exe()?.parent().and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
    let program = folder.join("incident-tasks").with_extension(std::env::consts::EXE_EXTENSION);
    if program.exists() { Ok(program) } else { Err(format!("{} is not built", program.display()).into()) }
}
