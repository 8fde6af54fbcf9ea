//! The tasks of the emulator, and the actions that progress over time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Map;

use crate::scenario::{Effect, Event};
use crate::task::{Task, id_of};

/// Tasks by their ID.
pub(crate) struct Store {
    modified_by: String,
    action_delay: SignedDuration,
    read_lag: SignedDuration,
    initial: Vec<Arc<Task>>,
    /// In the order of their times.
    scenario: Vec<Event>,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    /// By the ID in lower case: the case of a GUID has no meaning.
    by_id: BTreeMap<String, Entry>,
    /// The actions in progress, by the time at which they end.
    actions: BTreeMap<(Timestamp, String), ActionOutcome>,
    /// When the scenario began, and the number of its events so far; `None` without one.
    scenario: Option<(Timestamp, usize)>,
    /// The number of changes so far, and the IDs of the last changed tasks, the latest first.
    revision: u64,
    changed: VecDeque<String>,
}

/// The last changed tasks, followed by others up to the requested number.
pub(crate) struct Recent {
    pub(crate) revision: u64,
    pub(crate) count: usize,
    pub(crate) tasks: Vec<Arc<Task>>,
}

/// The number of changed tasks that are remembered.
const MAX_CHANGED: usize = 100;

struct Entry {
    task: Arc<Task>,
    /// The task before its last change, if there was one, and the time of that change.
    before: Option<(Option<Arc<Task>>, Timestamp)>,
}

/// How a response action ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionOutcome {
    Completed,
    PartiallyCompleted,
    Failed,
}

/// The result of starting a response action.
#[derive(Debug, PartialEq)]
pub(crate) enum StartAction {
    Started,
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
        let initial = tasks.into_iter().map(Arc::new).collect();
        let (scenario, tasks) = (Vec::new(), Mutex::default());
        let store = Self { modified_by, action_delay, read_lag, initial, scenario, tasks };
        store.replace(store.initial.iter().cloned());
        store
    }

    /// Adds events that happen from `now` on, in the order of their times.
    pub(crate) fn with_scenario(mut self, scenario: Vec<Event>, now: Timestamp) -> Self {
        self.scenario = scenario;
        self.reset(now);
        self
    }

    /// Restores the initial tasks, and begins the scenario anew.
    pub(crate) fn reset(&self, now: Timestamp) {
        self.replace(self.initial.iter().cloned());
        self.lock().scenario = Some((now, 0));
    }

    /// Replaces all tasks, and ends the scenario.
    pub(crate) fn replace(&self, tasks: impl IntoIterator<Item = Arc<Task>>) {
        let with_id = |task: Arc<Task>| Some((id_of(&task)?.to_lowercase(), Entry { task, before: None }));
        let by_id = tasks.into_iter().filter_map(with_id).collect();
        let mut tasks = self.lock();
        *tasks = Tasks { by_id, revision: tasks.revision + 1, ..Tasks::default() };
    }

    /// Returns a task as it is now, or, if `stale`, as it was before its last change.
    pub(crate) fn get(&self, id: &str, now: Timestamp, stale: bool) -> Option<Arc<Task>> {
        self.at(now).by_id.get(&id.to_lowercase()).and_then(|entry| self.visible(entry, now, stale))
    }

    /// Returns all tasks in the order of their IDs.
    pub(crate) fn all(&self, now: Timestamp, stale: bool) -> Vec<Arc<Task>> {
        self.at(now).by_id.values().filter_map(|entry| self.visible(entry, now, stale)).collect()
    }

    /// Returns all tasks without read lag, as a dump has them.
    pub(crate) fn dump(&self, now: Timestamp) -> Vec<Arc<Task>> {
        self.at(now).by_id.values().map(|entry| Arc::clone(&entry.task)).collect()
    }

    /// Adds a task or replaces the one with its ID. A task without an ID is left out.
    pub(crate) fn put(&self, task: Task) {
        let Some(id) = id_of(&task).map(str::to_lowercase) else { return };
        let mut tasks = self.lock();
        tasks.by_id.insert(id.clone(), Entry { task: Arc::new(task), before: None });
        tasks.changed(id);
    }

    /// Returns the number of tasks.
    pub(crate) fn len(&self) -> usize {
        self.lock().by_id.len()
    }

    /// Returns the number of changes so far.
    pub(crate) fn revision(&self, now: Timestamp) -> u64 {
        self.at(now).revision
    }

    /// Returns the last changed tasks, followed by others.
    pub(crate) fn recent(&self, now: Timestamp, limit: usize) -> Recent {
        let tasks = self.at(now);
        let changed = tasks.changed.iter().filter_map(|id| tasks.by_id.get(id));
        let others = tasks.by_id.iter().filter(|(id, _)| !tasks.changed.contains(id)).map(|(_, entry)| entry);
        let recent = changed.chain(others).take(limit).map(|entry| Arc::clone(&entry.task)).collect();
        Recent { revision: tasks.revision, count: tasks.by_id.len(), tasks: recent }
    }

    /// Sets properties and returns the changed task.
    pub(crate) fn update(&self, id: &str, changes: Task, now: Timestamp) -> Option<Arc<Task>> {
        let mut tasks = self.at(now);
        let id = id.to_lowercase();
        let entry = tasks.by_id.get_mut(&id)?;
        if changes.is_empty() {
            return Some(Arc::clone(&entry.task));
        }
        self.change(entry, now, changes);
        let task = Arc::clone(&entry.task);
        tasks.changed(id);
        Some(task)
    }

    /// Starts the action of a task, unless it was started before.
    pub(crate) fn start_action(&self, id: &str, outcome: ActionOutcome, now: Timestamp) -> StartAction {
        let mut tasks = self.at(now);
        let id = id.to_lowercase();
        let Some(entry) = tasks.by_id.get_mut(&id) else { return StartAction::NoSuchTask };
        if entry.task.get("actionStatus").is_some_and(|status| status != "notStarted") {
            return StartAction::AlreadyInProgress;
        }
        self.change(entry, now, Map::from_iter([("actionStatus".to_owned(), "inProgress".into())]));
        let ends = now.checked_add(self.action_delay).unwrap_or(Timestamp::MAX);
        tasks.actions.insert((ends, id.clone()), outcome);
        tasks.changed(id);
        StartAction::Started
    }

    fn visible(&self, entry: &Entry, now: Timestamp, stale: bool) -> Option<Arc<Task>> {
        match &entry.before {
            Some((before, changed)) if stale || now.duration_since(*changed) < self.read_lag => before.clone(),
            _ => Some(Arc::clone(&entry.task)),
        }
    }

    fn change(&self, entry: &mut Entry, now: Timestamp, changes: Task) {
        entry.before = Some((Some(Arc::clone(&entry.task)), now));
        let task = Arc::make_mut(&mut entry.task);
        task.extend(changes);
        task.insert("lastModifiedDateTime".to_owned(), time_text(now).into());
        task.insert("lastModifiedByDisplayName".to_owned(), self.modified_by.as_str().into());
    }

    /// Locks the tasks after all that is due: the events of the scenario, and the ends of actions.
    fn at(&self, now: Timestamp) -> MutexGuard<'_, Tasks> {
        let mut tasks = self.lock();
        while let Some((began, done)) = tasks.scenario
            && let Some(event) = self.scenario.get(done)
            && let Ok(at) = began.checked_add(event.at)
            && at <= now
        {
            self.end_actions(&mut tasks, at);
            tasks.scenario = Some((began, done + 1));
            self.happen(&mut tasks, at, event.effect.clone());
        }
        self.end_actions(&mut tasks, now);
        tasks
    }

    /// Applies an event of the scenario. What is about a task that does not exist has no effect.
    fn happen(&self, tasks: &mut Tasks, at: Timestamp, effect: Effect) {
        let id = match effect {
            Effect::Create(mut task) => {
                for name in ["createdDateTime", "lastModifiedDateTime"] {
                    task.entry(name).or_insert_with(|| time_text(at).into());
                }
                let Some(id) = id_of(&task).map(str::to_lowercase) else { return };
                tasks.by_id.insert(id.clone(), Entry { task: Arc::new(task), before: Some((None, at)) });
                id
            }
            Effect::Change(id, changes) => {
                let id = id.to_lowercase();
                let Some(entry) = tasks.by_id.get_mut(&id) else { return };
                self.change(entry, at, changes);
                id
            }
            Effect::ChangeSilently(id, changes) => {
                let id = id.to_lowercase();
                let Some(entry) = tasks.by_id.get_mut(&id) else { return };
                entry.before = Some((Some(Arc::clone(&entry.task)), at));
                Arc::make_mut(&mut entry.task).extend(changes);
                id
            }
            Effect::Remove(id) => {
                let id = id.to_lowercase();
                tasks.by_id.remove(&id);
                id
            }
        };
        tasks.changed(id);
    }

    fn end_actions(&self, tasks: &mut Tasks, now: Timestamp) {
        while let Some(first) = tasks.actions.first_entry().filter(|first| first.key().0 <= now) {
            let ((ends, id), outcome) = first.remove_entry();
            let (action_status, status) = match outcome {
                ActionOutcome::Completed => ("completed", None),
                ActionOutcome::PartiallyCompleted => ("partiallyCompleted", None),
                // https://learn.microsoft.com/graph/api/security-incidenttask-update?view=graph-rest-beta:
                // a failed action sets the status of its task to failed as well.
                ActionOutcome::Failed => ("failed", Some("failed")),
            };
            let mut changes = Map::from_iter([("actionStatus".to_owned(), action_status.into())]);
            changes.extend(status.map(|status| ("status".to_owned(), status.into())));
            if let Some(entry) = tasks.by_id.get_mut(&id) {
                self.change(entry, ends, changes);
                tasks.changed(id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        // A task is replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a time as Graph writes it, with seven digits.
fn time_text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

impl Tasks {
    fn changed(&mut self, id: String) {
        self.revision += 1;
        self.changed.retain(|other| *other != id);
        self.changed.push_front(id);
        self.changed.truncate(MAX_CHANGED);
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    use std::time::Duration;

    use super::{ActionOutcome, StartAction, Store};
    use crate::scenario::{Effect, Event};

    fn store(read_lag: i64) -> Store {
        let task =
            |id| json!({ "id": id, "status": "open", "actionStatus": "notStarted" }).as_object().unwrap().clone();
        let lag = SignedDuration::from_secs(read_lag);
        Store::new([task("1"), task("2")], "me".to_owned(), SignedDuration::from_secs(5), lag)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn an_update_stamps_who_and_when_and_an_empty_one_does_not() {
        let store = store(0);
        let unchanged = store.update("1", Default::default(), at(0)).unwrap();
        assert_eq!(unchanged.get("lastModifiedByDisplayName"), None);
        let changes = json!({ "status": "completed" }).as_object().unwrap().clone();
        let task = store.update("1", changes, at(0)).unwrap();
        assert_eq!((&task["status"], &task["lastModifiedByDisplayName"]), (&json!("completed"), &json!("me")));
        assert_eq!(task["lastModifiedDateTime"], "2023-11-14T22:13:20.0000000Z");
    }

    #[test]
    fn an_action_goes_from_not_started_through_in_progress_to_its_end() {
        for (outcome, action_status, status) in [
            (ActionOutcome::Completed, "completed", "open"),
            (ActionOutcome::PartiallyCompleted, "partiallyCompleted", "open"),
            (ActionOutcome::Failed, "failed", "failed"),
        ] {
            let store = store(0);
            let action = |second| store.get("2", at(second), false).unwrap()["actionStatus"].clone();
            assert_eq!(action(0), "notStarted");
            assert_eq!(store.start_action("2", outcome, at(1)), StartAction::Started);
            assert_eq!(store.start_action("2", outcome, at(2)), StartAction::AlreadyInProgress);
            assert_eq!((action(5), action(6)), ("inProgress".into(), action_status.into()));
            assert_eq!(store.get("2", at(6), false).unwrap()["status"], status);
            assert_eq!(store.start_action("2", outcome, at(9)), StartAction::AlreadyInProgress);
        }
        assert_eq!(store(0).start_action("7", ActionOutcome::Failed, at(0)), StartAction::NoSuchTask);
    }

    #[test]
    fn a_read_within_the_lag_returns_the_task_before_its_change() {
        let store = store(3);
        let changes = json!({ "status": "completed" }).as_object().unwrap().clone();
        store.update("1", changes, at(0)).unwrap();
        let status = |second, stale| store.get("1", at(second), stale).unwrap()["status"].clone();
        assert_eq!(
            (status(2, false), status(3, false), status(3, true)),
            ("open".into(), "completed".into(), "open".into())
        );
    }
    #[test]
    fn events_happen_at_their_times_before_the_lag_hides_them() {
        let task = |json: serde_json::Value| json.as_object().unwrap().clone();
        let event = |seconds, effect| Event { at: Duration::from_secs(seconds), effect };
        let scenario = vec![
            event(5, Effect::Create(task(json!({ "id": "7", "status": "open" })))),
            event(8, Effect::Change("7".to_owned(), task(json!({ "status": "failed" })))),
            event(9, Effect::ChangeSilently("7".to_owned(), task(json!({ "displayName": "x" })))),
            event(20, Effect::Remove("7".to_owned())),
        ];
        let store = store(1).with_scenario(scenario, at(0));
        let read = |second| store.get("7", at(second), false);
        assert_eq!((read(5), read(6).unwrap()["status"].clone()), (None, "open".into()));
        assert_eq!(read(6).unwrap()["lastModifiedDateTime"], "2023-11-14T22:13:25.0000000Z");
        assert_eq!(
            (read(8).unwrap()["status"].clone(), read(9).unwrap()["status"].clone()),
            ("open".into(), "failed".into())
        );
        let changed = read(10).unwrap();
        assert_eq!(
            (&changed["displayName"], &changed["lastModifiedDateTime"]),
            (&json!("x"), &json!("2023-11-14T22:13:28.0000000Z"))
        );
        assert_eq!(read(20), None);
        store.reset(at(100));
        assert_eq!((read(105), read(106).is_some()), (None, true));
        store.replace([]);
        assert_eq!(read(300), None);
    }
}
