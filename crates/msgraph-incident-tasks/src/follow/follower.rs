//! The polls of a follower, and the comparison with the known versions.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use futures_util::{StreamExt, stream};
use msgraph_core::{Collection, Error, ErrorKind, Item, MalformedItem};
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskCollection};

use super::checkpoint::{Checkpoint, Presence, Progress, Seen, Step, nanoseconds};
use super::reading::{Reading, http_date};
use super::{Change, FollowIncidentTasks, Followed, Poll, Start};

/// The page sizes of a read of the whole list, and of other polls.
const PAGES: [i32; 2] = [500, 100];
/// The number of missing tasks that one poll looks up, and how many concurrently.
const LOOK_UPS: usize = 100;
const CONCURRENCY: usize = 4;
/// The number of removed tasks, and of malformed items, that are remembered.
const MAX_LEFT: usize = 10_000;
const MAX_MALFORMED: usize = 10_000;

pub(super) struct Follower {
    options: FollowIncidentTasks,
    /// The known versions, recorded by the caller or not.
    known: Checkpoint,
    /// Known versions without a change, until they are recorded with the next complete poll.
    quiet: BTreeSet<Box<str>>,
    ready: VecDeque<Result<Followed, Error>>,
    reading: Option<Reading>,
    is_ended: bool,
    due: Option<Instant>,
    failures: u32,
    has_polled: bool,
    /// True if the service accepts the order.
    asks_order: bool,
    /// The time at which the watermark last rose.
    risen: Option<Instant>,
    /// True if nothing older than the watermark can still appear.
    is_settled: bool,
    malformed: HashSet<u64>,
    random: RandomState,
}

/// The next step after a page.
#[derive(PartialEq)]
enum After {
    ReadOn,
    /// The rest is known.
    Stop,
    End,
}

impl Follower {
    pub(super) fn new(mut options: FollowIncidentTasks) -> Self {
        let new = options.new_checkpoint();
        let (known, problem) = match options.checkpoint.take() {
            Some(stored) => {
                let problem = new.check(&stored).err();
                (stored, problem)
            }
            None => (new, None),
        };
        let is_ended = problem.is_some();
        let ready = problem.into_iter().map(|error| Err(error.with_operation("follow_incident_tasks"))).collect();
        Self {
            options,
            known,
            quiet: BTreeSet::new(),
            ready,
            reading: None,
            is_ended,
            due: None,
            failures: 0,
            has_polled: false,
            asks_order: true,
            risen: None,
            is_settled: false,
            malformed: HashSet::new(),
            random: RandomState::new(),
        }
    }

    pub(super) async fn next(&mut self) -> Option<Result<Followed, Error>> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if self.is_ended {
                return None;
            }
            let mut reading = match self.reading.take() {
                Some(reading) => reading,
                None => {
                    let wait = self.due.map(|due| due.saturating_duration_since(self.now()));
                    self.options.client.transport().wait(wait.unwrap_or_default()).await;
                    self.begin()
                }
            };
            let after = match reading.pages.next().await {
                Some(Ok(page)) => self.read(&mut reading, page),
                Some(Err(error)) => {
                    self.fail(&reading, error);
                    continue;
                }
                None => After::End,
            };
            if after == After::ReadOn {
                self.reading = Some(reading);
            } else if let Err(error) = self.complete(&mut reading, after).await {
                self.fail(&reading, error);
            }
        }
    }

    fn now(&self) -> Instant {
        self.options.client.transport().now()
    }

    fn begin(&mut self) -> Reading {
        let began = self.now();
        self.risen.get_or_insert(began);
        let progress = self.known.progress;
        let is_full = progress.is_none_or(|progress| progress.until_full == 0 || !progress.is_ordered);
        let overlap =
            if self.is_settled { 0 } else { i64::try_from(self.options.overlap.as_nanos()).unwrap_or(i64::MAX) };
        let watermark = progress.and_then(|progress| progress.watermark);
        let mut list = self.options.client.list_incident_tasks();
        list = list.top(self.options.top.unwrap_or(PAGES[usize::from(!is_full)]));
        if self.asks_order {
            list = list.orderby("lastUpdateDateTime desc");
        }
        if let Some(filter) = &self.options.filter {
            list = list.filter(filter.clone());
        }
        Reading {
            pages: list.pages(),
            began,
            wait: self.options.interval.mul_f64(0.9 + 0.2 * self.random()),
            is_full,
            bound: watermark.map(|watermark| watermark.saturating_sub(overlap)),
            pages_read: 0,
            ids: HashSet::new(),
            is_ordered: true,
            last: None,
            newest: None,
        }
    }

    /// Returns a random number from 0 to 1.
    fn random(&self) -> f64 {
        f64::from(self.random.hash_one(self.now()) as u32) / f64::from(u32::MAX)
    }

    /// Compares a page with the known versions. Its changes are in the order of their times.
    fn read(&mut self, reading: &mut Reading, page: IncidentTaskCollection) -> After {
        reading.pages_read += 1;
        let is_last = page.next_link().is_none_or(|link| link.trim().is_empty());
        let latest = reading.pages.header("date").and_then(http_date);
        let mut changes = Vec::new();
        for item in page.into_items() {
            match item {
                Item::Read(task) => {
                    let Some(id) = task.id.as_deref().map(Box::<str>::from) else { continue };
                    let seen = Seen::of(&task);
                    // A task that moved to a later page during the poll is out of order.
                    if reading.ids.insert(id.clone()) {
                        reading.check_order(seen.modified, latest);
                    }
                    changes.extend(self.compare(id, seen, task));
                }
                Item::Malformed(item) => {
                    let id = serde_json::from_str::<serde_json::Value>(item.json()).unwrap_or_default();
                    reading.ids.extend(id["id"].as_str().map(Box::from));
                    changes.extend(self.malformed(item));
                }
            }
        }
        self.ready.extend(changes.into_iter().rev().map(Ok));
        reading.is_full |= !reading.is_ordered;
        let is_seen = reading.last.zip(reading.bound).is_some_and(|(last, bound)| last < bound);
        if is_last {
            After::End
        } else if is_seen && !reading.is_full {
            After::Stop
        } else {
            After::ReadOn
        }
    }

    fn compare(&mut self, id: Box<str>, seen: Seen, task: IncidentTask) -> Option<Followed> {
        let task = Box::new(task);
        let change = match self.known.tasks.get(&id) {
            // A stale read.
            Some(known) if seen.is_before(known) => return None,
            Some(known) if known.presence == Presence::Left => Change::Created(task),
            Some(known) if known.digest == seen.digest => {
                if known.presence == Presence::Missing {
                    self.see(id, seen);
                }
                return None;
            }
            Some(known) => Change::Changed { before: known.status(), after: task },
            None => match self.is_news(&task, &seen) {
                Some(change) => change(task),
                None => {
                    self.see(id, seen);
                    return None;
                }
            },
        };
        Some(self.followed(id, seen, change))
    }

    /// Returns the change of an unknown task; `None` if it is from before the start.
    fn is_news(&self, task: &IncidentTask, seen: &Seen) -> Option<fn(Box<IncidentTask>) -> Change> {
        if self.known.progress.is_some() {
            return Some(Change::Created);
        }
        let since = match &self.options.start {
            Start::Now => return None,
            Start::Beginning => return Some(Change::Created),
            Start::Since(since) => nanoseconds(since),
        };
        let is_before = |time: Option<i64>| time.zip(since).is_some_and(|(time, since)| time < since);
        if is_before(seen.modified) {
            return None;
        }
        let created = task.created_date_time.as_ref().and_then(nanoseconds);
        Some(if is_before(created) { |after| Change::Changed { before: None, after } } else { Change::Created })
    }

    fn malformed(&mut self, item: MalformedItem) -> Option<Followed> {
        if self.malformed.len() > MAX_MALFORMED {
            self.malformed.clear();
        }
        let is_new = self.malformed.insert(self.random.hash_one(item.json()));
        is_new.then(|| Followed { change: Change::Malformed(item), step: Step::default() })
    }

    fn see(&mut self, id: Box<str>, seen: Seen) {
        self.known.tasks.insert(id.clone(), seen);
        self.quiet.insert(id);
    }

    fn followed(&mut self, id: Box<str>, seen: Seen, change: Change) -> Followed {
        self.known.tasks.insert(id.clone(), seen.clone());
        Followed { change, step: Step { set: vec![(id, seen)], ..Step::default() } }
    }

    async fn complete(&mut self, reading: &mut Reading, after: After) -> Result<(), Error> {
        let is_full = after == After::End;
        let start = Progress { watermark: None, until_full: 0, is_ordered: true };
        let mut progress = self.known.progress.unwrap_or(start);
        if reading.newest > progress.watermark {
            progress.watermark = reading.newest;
            self.risen = Some(self.now());
            self.is_settled = false;
        } else if self.risen.is_some_and(|risen| reading.began >= risen + self.options.overlap) {
            self.is_settled = true;
        }
        progress.until_full = progress.until_full.saturating_sub(1);
        let mut removed = Vec::new();
        if is_full {
            progress.until_full = self.options.full_every.saturating_sub(1);
            progress.is_ordered = reading.is_ordered && self.asks_order;
            if self.find_left(reading).await? {
                progress.until_full = 0;
            }
            removed = self.forget_left(reading);
        }
        self.known.progress = Some(progress);
        (self.failures, self.has_polled) = (0, true);
        let due = reading.began + reading.wait;
        self.due = Some(due);
        let (pages, is_ordered) = (reading.pages_read, progress.is_ordered);
        let poll = Poll { pages, is_full, is_ordered, wait: due.saturating_duration_since(self.now()) };
        // As they are now: a change since then is not undone.
        let now = |id| Some((self.known.tasks.get(&id)?.clone(), id));
        let set = std::mem::take(&mut self.quiet).into_iter().filter_map(now).map(|(seen, id)| (id, seen)).collect();
        let step = Step { set, removed, progress: Some(progress) };
        self.ready.push_back(Ok(Followed { change: Change::Polled(poll), step }));
        Ok(())
    }

    /// Reads the tasks that this full list and the one before did not have, and reports removed ones. Returns true if
    /// another full list is needed, since a task that is missing for the first time may have moved.
    async fn find_left(&mut self, reading: &mut Reading) -> Result<bool, Error> {
        let missing = self.known.tasks.iter();
        let missing = missing.filter(|(id, seen)| seen.presence != Presence::Left && !reading.ids.contains(*id));
        let missing: Vec<_> = missing.map(|(id, seen)| (id.clone(), seen.clone())).collect();
        let (again, first): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|(_, seen)| seen.presence == Presence::Missing);
        let has_more = !first.is_empty() || again.len() > LOOK_UPS;
        for (id, seen) in first {
            self.see(id, seen.with(Presence::Missing));
        }
        let client = self.options.client.clone();
        let read = again.into_iter().take(LOOK_UPS).map(|(id, seen)| {
            let get = client.get_incident_task(&*id);
            async move { (id, seen, get.send().await) }
        });
        let mut read = stream::iter(read).buffered(CONCURRENCY);
        while let Some((id, known, task)) = read.next().await {
            let followed = match task {
                Ok(task) => {
                    let seen = Seen::of(&task);
                    // A stale or an unchanged task was not removed.
                    if seen.is_before(&known) || seen.digest == known.digest {
                        continue;
                    }
                    let task = Box::new(task);
                    if self.options.filter.is_none() {
                        self.followed(id, seen, Change::Changed { before: known.status(), after: task })
                    } else {
                        let change = Change::Left { id: id.to_string(), task: Some(task) };
                        self.followed(id, seen.with(Presence::Left), change)
                    }
                }
                Err(error) if is_absent(&error) => {
                    let change = Change::Left { id: id.to_string(), task: None };
                    self.followed(id, known.with(Presence::Left), change)
                }
                Err(error) => return Err(error),
            };
            self.ready.push_back(Ok(followed));
        }
        Ok(has_more)
    }

    /// Forgets the first removed tasks if there are very many. Until then a stale read cannot show one again.
    fn forget_left(&mut self, reading: &Reading) -> Vec<Box<str>> {
        let left = self.known.tasks.iter();
        let left = left.filter(|(id, seen)| seen.presence == Presence::Left && !reading.ids.contains(*id));
        let mut left: Vec<_> = left.map(|(id, seen)| (seen.modified, id.clone())).collect();
        let old = left.len().saturating_sub(MAX_LEFT);
        left.sort_unstable();
        left.truncate(old);
        for (_, id) in &left {
            self.known.tasks.remove(id);
        }
        left.into_iter().map(|(_, id)| id).collect()
    }

    fn fail(&mut self, reading: &Reading, error: Error) {
        if error.status() == Some(400) && self.asks_order && reading.pages_read == 0 {
            // The order may not be supported: then each poll reads the whole list.
            self.asks_order = false;
            if let Some(progress) = &mut self.known.progress {
                progress.is_ordered = false;
            }
            self.due = None;
            return;
        }
        // A link to a page may have expired; the list can be read anew.
        let has_expired = reading.pages_read > 0 && matches!(error.status(), Some(400 | 404 | 410));
        if !has_expired && !may_pass(&error, self.has_polled) {
            self.is_ended = true;
            self.ready.push_back(Err(error));
            return;
        }
        let backoff = reading.wait.saturating_mul(1 << self.failures.min(4));
        self.failures = self.failures.saturating_add(1);
        let wait = backoff.max(error.retry_after().unwrap_or_default());
        self.due = Some(self.now() + wait);
        self.ready.push_back(Ok(Followed { change: Change::Failed { error, wait }, step: Step::default() }));
    }
}

/// Returns true if there is no task with the ID, or none can have it.
fn is_absent(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidInput || matches!(error.status(), Some(400 | 404 | 410))
}

/// Returns true if a later poll may succeed.
fn may_pass(error: &Error, has_polled: bool) -> bool {
    match (error.kind(), error.status()) {
        (ErrorKind::Configuration | ErrorKind::InvalidInput | ErrorKind::DryRun, _) => false,
        // A source of tokens that worked before may work again.
        (ErrorKind::Credential, _) | (_, Some(401)) => has_polled,
        (_, Some(408 | 429)) => true,
        (_, Some(status)) => !(300..500).contains(&status),
        _ => true,
    }
}
