//! The tasks that the emulator holds, and what time does to them.

mod seed;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

pub(crate) use seed::{documented, generated, parsed};

/// A task, by the names of its properties.
pub(crate) type Task = Map<String, Value>;

/// Tasks by their ID.
pub(crate) struct Store {
    modified_by: String,
    action_delay: SignedDuration,
    read_lag: SignedDuration,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    // By the ID in lower case: a GUID is the same in any casing.
    by_id: BTreeMap<String, Entry>,
    /// The actions under way, with the time at which they end and how.
    actions: Vec<(Timestamp, String, ActionOutcome)>,
}

struct Entry {
    task: Task,
    /// The task before its last change, and when that was.
    before: Option<(Box<Task>, Timestamp)>,
}

/// How a response action ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionOutcome {
    Completed,
    PartiallyCompleted,
    Failed,
}

/// What came of an execution.
#[derive(Debug, PartialEq)]
pub(crate) enum Started {
    Begun,
    AlreadyInProgress,
    NoSuchTask,
}

impl Store {
    pub(crate) fn new(
        tasks: impl IntoIterator<Item = Task>,
        modified_by: String,
        action_delay: SignedDuration,
        read_lag: SignedDuration,
    ) -> Self {
        let store = Self { modified_by, action_delay, read_lag, tasks: Mutex::default() };
        for task in tasks {
            store.put(task);
        }
        store
    }

    /// A task as it is now, or as it was before its last change.
    pub(crate) fn get(&self, id: &str, now: Timestamp, stale: bool) -> Option<Task> {
        let tasks = self.at(now);
        tasks.by_id.get(&id.to_lowercase()).map(|entry| self.seen(entry, now, stale).clone())
    }

    /// What `look` makes of all tasks, by the order of their IDs.
    pub(crate) fn all<T>(&self, now: Timestamp, stale: bool, look: impl FnOnce(Vec<&Task>) -> T) -> T {
        let tasks = self.at(now);
        look(tasks.by_id.values().map(|entry| self.seen(entry, now, stale)).collect())
    }

    /// All tasks as a JSON array.
    pub(crate) fn to_json(&self, now: Timestamp) -> Value {
        self.at(now).by_id.values().map(|entry| Value::Object(entry.task.clone())).collect()
    }

    /// Puts a task in, in place of one with its ID. Without an ID it is left out.
    pub(crate) fn put(&self, task: Task) {
        let Some(id) = task.get("id").and_then(Value::as_str).map(str::to_lowercase) else { return };
        self.lock().by_id.insert(id, Entry { task, before: None });
    }

    /// Sets the properties that `changes` has, and returns the task as it is then.
    pub(crate) fn update(&self, id: &str, changes: Task, now: Timestamp) -> Option<Task> {
        let mut tasks = self.at(now);
        let entry = tasks.by_id.get_mut(&id.to_lowercase())?;
        if !changes.is_empty() {
            self.change(entry, now, changes);
        }
        Some(entry.task.clone())
    }

    /// Starts the action of a task, unless it was started before.
    pub(crate) fn start_action(&self, id: &str, outcome: ActionOutcome, now: Timestamp) -> Started {
        let mut tasks = self.at(now);
        let id = id.to_lowercase();
        let Some(entry) = tasks.by_id.get_mut(&id) else { return Started::NoSuchTask };
        if entry.task.get("actionStatus").is_some_and(|status| status != "notStarted") {
            return Started::AlreadyInProgress;
        }
        self.change(entry, now, Map::from_iter([("actionStatus".to_owned(), "inProgress".into())]));
        let ends = now.checked_add(self.action_delay).unwrap_or(Timestamp::MAX);
        tasks.actions.push((ends, id, outcome));
        Started::Begun
    }

    fn seen<'a>(&self, entry: &'a Entry, now: Timestamp, stale: bool) -> &'a Task {
        match &entry.before {
            Some((before, changed)) if stale || now.duration_since(*changed) < self.read_lag => before,
            _ => &entry.task,
        }
    }

    fn change(&self, entry: &mut Entry, now: Timestamp, changes: Task) {
        entry.before = Some((Box::new(entry.task.clone()), now));
        entry.task.extend(changes);
        // As Graph writes it: seven digits.
        let time = now.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string();
        entry.task.insert("lastModifiedDateTime".to_owned(), time.into());
        entry.task.insert("lastModifiedByDisplayName".to_owned(), self.modified_by.as_str().into());
    }

    /// The tasks, with each action ended whose time has come.
    fn at(&self, now: Timestamp) -> MutexGuard<'_, Tasks> {
        let mut tasks = self.lock();
        while let Some(index) = tasks.actions.iter().position(|(ends, ..)| *ends <= now) {
            let (ends, id, outcome) = tasks.actions.remove(index);
            if let Some(entry) = tasks.by_id.get_mut(&id) {
                let (action_status, status) = match outcome {
                    ActionOutcome::Completed => ("completed", None),
                    ActionOutcome::PartiallyCompleted => ("partiallyCompleted", None),
                    // The update page: a failure of the action sets the task's status to failed as well.
                    ActionOutcome::Failed => ("failed", Some("failed")),
                };
                let mut changes = Map::from_iter([("actionStatus".to_owned(), action_status.into())]);
                changes.extend(status.map(|status| ("status".to_owned(), status.into())));
                self.change(entry, ends, changes);
            }
        }
        tasks
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        // A task is replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use super::{ActionOutcome, Started, Store, documented};

    fn store(read_lag: i64) -> Store {
        let lag = SignedDuration::from_secs(read_lag);
        Store::new(documented().unwrap(), "me".to_owned(), SignedDuration::from_secs(5), lag)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn an_update_stamps_who_and_when_and_an_empty_one_does_not() {
        let store = store(0);
        let unchanged = store.update("213213", Default::default(), at(0)).unwrap();
        assert_eq!(unchanged["lastModifiedByDisplayName"], "bealfasi");
        let changes = json!({ "status": "completed" }).as_object().unwrap().clone();
        let task = store.update("213213", changes, at(0)).unwrap();
        assert_eq!((&task["status"], &task["lastModifiedByDisplayName"]), (&json!("completed"), &json!("me")));
        assert_eq!(task["lastModifiedDateTime"], "2023-11-14T22:13:20.0000000Z");
    }

    #[test]
    fn an_action_goes_from_not_started_by_in_progress_to_its_end() {
        for (outcome, action_status, status) in [
            (ActionOutcome::Completed, "completed", "open"),
            (ActionOutcome::PartiallyCompleted, "partiallyCompleted", "open"),
            (ActionOutcome::Failed, "failed", "failed"),
        ] {
            let store = store(0);
            let action = |second| store.get("213214", at(second), false).unwrap()["actionStatus"].clone();
            assert_eq!(action(0), "notStarted");
            assert_eq!(store.start_action("213214", outcome, at(1)), Started::Begun);
            assert_eq!(store.start_action("213214", outcome, at(2)), Started::AlreadyInProgress);
            assert_eq!((action(5), action(6)), ("inProgress".into(), action_status.into()));
            assert_eq!(store.get("213214", at(6), false).unwrap()["status"], status);
            assert_eq!(store.start_action("213214", outcome, at(9)), Started::AlreadyInProgress);
        }
        assert_eq!(store(0).start_action("7", ActionOutcome::Failed, at(0)), Started::NoSuchTask);
    }

    #[test]
    fn a_read_within_the_lag_sees_the_task_before_its_change() {
        let store = store(3);
        let changes = json!({ "status": "completed" }).as_object().unwrap().clone();
        store.update("213213", changes, at(0)).unwrap();
        let status = |second, stale| store.get("213213", at(second), stale).unwrap()["status"].clone();
        assert_eq!(
            (status(2, false), status(3, false), status(3, true)),
            ("open".into(), "completed".into(), "open".into())
        );
    }
}
