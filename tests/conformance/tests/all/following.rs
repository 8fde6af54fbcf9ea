//! Each final state arrives, in order, for any history of the tasks and any faults of service and follower.

use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use conformance::TOKEN;
use msgraph_incident_tasks::types::IncidentTask;
use msgraph_incident_tasks::{
    Change, Checkpoint, Client, Filter, FollowIncidentTasks, Sleep, Start, StaticToken, Timer,
};
use msgraph_incident_tasks_emulator::{Emulator, EmulatorBuilder, Fault, Injection};
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

/// A clock that each wait advances immediately, in milliseconds.
#[derive(Clone)]
struct Clock(Arc<AtomicU64>, Instant);

const START: i64 = 1_700_000_000;

impl Clock {
    fn new() -> Self {
        Self(Arc::default(), Instant::now())
    }

    fn seconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed) / 1_000
    }

    fn pass(&self, duration: Duration) {
        self.0.fetch_add(u64::try_from(duration.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Timer for Clock {
    fn now(&self) -> Instant {
        self.1 + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn wait(&self, duration: Duration) -> Sleep<'_> {
        self.pass(duration);
        Box::pin(ready(()))
    }

    fn timeout(&self, _: Duration) -> Sleep<'_> {
        Box::pin(pending())
    }
}

async fn start(emulator: EmulatorBuilder, clock: &Clock) -> (Emulator, Client) {
    let time = clock.clone();
    let emulator = emulator.clock(move || START + i64::try_from(time.seconds()).unwrap());
    let emulator = emulator.tasks([]).start().await.unwrap();
    let client = Client::builder(StaticToken::new(TOKEN).unwrap()).endpoint(emulator.url()).allow_loopback_http();
    let client = client.timer(clock.clone()).build().unwrap();
    (emulator, client)
}

const FAULTS: [Fault; 8] = [
    Fault::GatewayBad,
    Fault::Reset,
    Fault::ThrottledFraction,
    Fault::TruncatedBody,
    Fault::EmptyPage,
    Fault::OrderIgnored,
    Fault::BrokenItem,
    Fault::StaleRead,
];

/// A random history: each version of a task has its number in `displayName`.
struct History {
    random: ChaCha8Rng,
    events: Vec<Value>,
    versions: BTreeMap<String, u32>,
    /// True if there are no silent changes, which cannot be distinguished from stale reads.
    is_silent: bool,
}

/// The length of the history, in seconds.
const LENGTH: u64 = 600;

impl History {
    fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let is_silent = random.random_bool(0.3);
        let mut history = Self { random, events: Vec::new(), versions: BTreeMap::new(), is_silent };
        let mut times: Vec<_> =
            (0..history.random.random_range(5..50)).map(|_| history.random.random_range(0..LENGTH)).collect();
        // A burst in one second, as by an update of many tasks.
        let burst = history.random.random_range(0..LENGTH);
        times.extend(std::iter::repeat_n(burst, history.random.random_range(0..15)));
        times.sort_unstable();
        let mut changed = BTreeMap::new();
        times.into_iter().for_each(|at| history.event(at, &mut changed));
        history
    }

    /// Adds an event. Without silent changes a task changes at most once in a second: versions of one time have no order.
    fn event(&mut self, at: u64, changed: &mut BTreeMap<String, u64>) {
        let ids: Vec<_> = self.versions.keys().filter(|id| changed.get(*id) != Some(&at)).cloned().collect();
        let kind = self.random.random_range(0..10);
        let id = ids.choose(&mut self.random).filter(|_| kind > 3).cloned();
        let id = id.unwrap_or_else(|| (1_000 + self.versions.len()).to_string());
        let is_new = !self.versions.contains_key(&id);
        let version = self.versions.entry(id.clone()).or_insert(0);
        *version += 1;
        let status = ["open", "open", "inProgress", "completed"].choose(&mut self.random).unwrap();
        let task = json!({ "id": id, "displayName": version.to_string(), "status": status });
        self.events.push(match kind {
            _ if is_new => json!({ "at": at, "create": task }),
            4 if self.random.random_bool(0.3) => json!({ "at": at, "remove": id }),
            5 if self.is_silent => json!({ "at": at, "change": task, "silent": true }),
            _ => json!({ "at": at, "change": task }),
        });
        changed.insert(id, at);
    }
}

fn version(task: &IncidentTask) -> u32 {
    task.display_name.as_ref().unwrap().parse().unwrap()
}

/// The caller's view of a task: the last version, and whether it was removed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Delivered {
    version: u32,
    has_left: bool,
}

struct Run<'a> {
    emulator: &'a Emulator,
    faults: Vec<Fault>,
    seed: u64,
    random: ChaCha8Rng,
    delivered: BTreeMap<String, Delivered>,
    /// The same view in the checkpoint.
    recorded: BTreeMap<String, Delivered>,
    polls: usize,
}

impl Run<'_> {
    fn see(&mut self, id: &str, version: Option<u32>, has_left: bool) {
        let before = self.delivered.get(id).cloned().unwrap_or_default();
        let version = version.unwrap_or(before.version);
        let seed = self.seed;
        assert!(version >= before.version, "seed {seed}: {id} is {version} after {before:?}");
        let now = Delivered { version, has_left };
        assert_ne!(before, now, "seed {seed}: {id} was delivered twice");
        self.delivered.insert(id.to_owned(), now);
    }

    /// Follows until a kill, or until the time is over and `polls` more polls are complete.
    async fn follow(
        &mut self,
        follow: FollowIncidentTasks,
        checkpoint: &mut Checkpoint,
        clock: &Clock,
        polls: usize,
    ) -> bool {
        let mut changes = follow.checkpoint(checkpoint.clone()).changes();
        loop {
            // The last polls have no faults, so that each final state must arrive.
            if let Some(fault) = self.faults.choose(&mut self.random)
                && clock.seconds() < LENGTH + 200
                && self.random.random_bool(0.3)
            {
                self.emulator.inject(Injection::once(*fault));
            }
            let followed = changes.next().await.unwrap().unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
            match &followed.change {
                Change::Created(task) => self.see(task.id.as_ref().unwrap(), Some(version(task)), false),
                Change::Changed { after, .. } => self.see(after.id.as_ref().unwrap(), Some(version(after)), false),
                Change::Left { id, task } => self.see(id, task.as_deref().map(version), true),
                Change::Polled(_) if clock.seconds() > LENGTH + 400 => self.polls += 1,
                _ => {}
            }
            let is_over = self.polls >= polls;
            // Killed before the checkpoint is stored.
            if !is_over && clock.seconds() < LENGTH && self.random.random_bool(0.03) {
                self.delivered = self.recorded.clone();
                return false;
            }
            checkpoint.record(&followed.step);
            self.recorded.clone_from(&self.delivered);
            if is_over || clock.seconds() < LENGTH && self.random.random_bool(0.03) {
                return is_over;
            }
        }
    }
}

async fn case(seed: u64) {
    let history = History::new(seed);
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0xfeed);
    let clock = Clock::new();
    let mut builder = Emulator::builder().scenario_json(json!(history.events).to_string()).seed(seed);
    builder = builder.read_lag(Duration::from_secs(*[0, 0, 3, 40].choose(&mut random).unwrap()));
    let faults = FAULTS.into_iter().filter(|fault| *fault != Fault::StaleRead || !history.is_silent);
    let faults: Vec<_> = faults.filter(|_| random.random_bool(0.4)).collect();
    let (emulator, client) = start(builder, &clock).await;
    let filter = random.random_bool(0.5).then(|| Filter::status("open").or(Filter::status("inProgress")));
    let (top, full_every, interval) =
        (random.random_range(2..9), random.random_range(1..7), random.random_range(10..60));
    let follow = || {
        let follow = client.follow_incident_tasks().start(Start::Beginning).overlap(Duration::from_secs(90));
        let follow = follow.top(top).full_every(full_every).interval(Duration::from_secs(interval));
        filter.clone().map_or(follow.clone(), |filter| follow.filter(filter))
    };
    let empty = BTreeMap::new();
    let mut run =
        Run { emulator: &emulator, faults, seed, random, delivered: empty.clone(), recorded: empty, polls: 0 };
    let mut checkpoint = follow().new_checkpoint();
    // Faults may hide a task from some of the last polls.
    let polls = 2 * full_every as usize + 12;
    while !run.follow(follow(), &mut checkpoint, &clock, polls).await {
        let stored = serde_json::to_string(&checkpoint).unwrap();
        checkpoint = serde_json::from_str(&stored).unwrap();
    }
    let tasks: Vec<Value> = serde_json::from_str(&emulator.dump()).unwrap();
    for (id, last) in &history.versions {
        let task = tasks.iter().find(|task| task["id"] == **id);
        let is_listed = task.is_some_and(|task| filter.is_none() || task["status"] != "completed");
        let seen = run.delivered.get(id);
        // A task that appears and disappears between two polls may be missed.
        let expected = if is_listed {
            seen.is_some_and(|seen| seen.version == *last && !seen.has_left)
        } else {
            seen.is_none_or(|seen| seen.has_left)
        };
        assert!(expected, "seed {seed}: {id} is {task:?}, delivered was {seen:?}");
    }
}

#[tokio::test]
async fn every_final_state_arrives_in_order() {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (first, cases) = (number("FOLLOW_SEED", 0), number("FOLLOW_CASES", 15));
    for seed in first..first + cases {
        case(seed).await;
    }
}

/// Follows until a number of polls is complete or has failed; returns the waits of those that failed.
async fn polls(follow: FollowIncidentTasks, number: usize) -> Vec<Duration> {
    let (mut changes, mut waits, mut polls) = (follow.changes(), Vec::new(), 0);
    while polls < number {
        match changes.next().await.unwrap().unwrap().change {
            Change::Polled(_) => polls += 1,
            Change::Failed { wait, .. } => {
                waits.push(wait);
                polls += 1;
            }
            change => panic!("nothing has changed: {change:?}"),
        }
    }
    waits
}

#[tokio::test]
async fn a_quiet_interval_costs_one_request_and_throttling_is_waited_for() {
    let clock = Clock::new();
    let (emulator, client) = start(Emulator::builder().generated_tasks(700), &clock).await;
    let follow = client.follow_incident_tasks();
    polls(follow.clone(), 20).await;
    // The first poll reads the whole list, of two pages.
    assert_eq!(emulator.requests().len(), 21);
    assert!((30 * 17..30 * 21).contains(&clock.seconds()), "{} s", clock.seconds());
    emulator.clear_requests();
    // Each attempt of the first poll, so that it fails, and then the second.
    emulator.inject(Injection::once(Fault::ThrottledSeconds).times(8));
    let waits = polls(follow.clone().interval(Duration::from_secs(1)), 3).await;
    assert!(waits.len() == 2 && waits[0] >= Duration::from_secs(10) && waits[1] >= waits[0], "{waits:?}");
    assert_eq!(emulator.requests().len(), 10);
}

#[tokio::test]
async fn what_no_poll_can_pass_ends_the_changes() {
    let clock = Clock::new();
    let (emulator, client) = start(Emulator::builder(), &clock).await;
    let follow = client.follow_incident_tasks();
    let filtered = follow.clone().filter(Filter::status("open"));
    let other = filtered.new_checkpoint();
    for (follow, fault, expected) in [
        (follow.clone().checkpoint(other), None, "filter \"status eq 'open'\", but this list is for none"),
        (follow.clone().filter(Filter::status("unknownFutureValue")), None, "unknownFutureValue"),
        (follow.clone(), Some(Fault::Forbidden), "HTTP 403"),
    ] {
        fault.into_iter().for_each(|fault| emulator.inject(Injection::once(fault)));
        let mut changes = follow.changes();
        let error = changes.next().await.unwrap().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(changes.next().await.is_none());
    }
}

#[tokio::test]
async fn without_support_for_the_order_each_poll_reads_the_whole_list() {
    let clock = Clock::new();
    let mut spec = conformance::spec();
    let options = spec.pointer_mut("/paths/~1security~1incidentTasks/get/parameters").unwrap();
    for option in options.as_array_mut().unwrap() {
        option.as_object_mut().unwrap().remove("x-sortable");
    }
    let builder = Emulator::builder().spec(spec.to_string()).generated_tasks(700);
    let (emulator, client) = start(builder, &clock).await;
    let waits = polls(client.follow_incident_tasks(), 3).await;
    // One is rejected; then each poll has two pages.
    assert_eq!((waits.len(), emulator.requests().len()), (0, 7));
}
