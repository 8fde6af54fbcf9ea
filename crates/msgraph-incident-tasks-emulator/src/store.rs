//! The tasks that the emulator holds.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

const SEED: &str = include_str!("../seed/incident-tasks.json");

/// Tasks by their ID.
pub(crate) struct Store(Mutex<BTreeMap<String, Map<String, Value>>>);

impl Store {
    /// A store with the documented task.
    pub(crate) fn seeded() -> Result<Self, String> {
        let tasks: Vec<Map<String, Value>> =
            serde_json::from_str(SEED).map_err(|error| format!("the seed is not a list of tasks: {error}"))?;
        let by_id = tasks.into_iter().filter_map(|task| Some((task.get("id")?.as_str()?.to_owned(), task)));
        Ok(Self(Mutex::new(by_id.collect())))
    }

    /// A task as it is.
    pub(crate) fn get(&self, id: &str) -> Option<Map<String, Value>> {
        self.lock().get(id).cloned()
    }

    /// Each task, by the order of IDs.
    pub(crate) fn all(&self) -> Vec<Map<String, Value>> {
        self.lock().values().cloned().collect()
    }

    /// Starts the action of a task, unless it was started before.
    pub(crate) fn start_action(&self, id: &str) -> bool {
        let mut tasks = self.lock();
        let Some(task) = tasks.get_mut(id) else { return false };
        let is_new = task.get("actionStatus").is_none_or(|status| status == "notStarted");
        if is_new {
            task.insert("actionStatus".to_owned(), "inProgress".into());
        }
        is_new
    }

    /// Sets the properties that `changes` has, and returns the task as it is then.
    pub(crate) fn update(&self, id: &str, changes: Map<String, Value>) -> Option<Value> {
        let mut tasks = self.lock();
        let task = tasks.get_mut(id)?;
        task.extend(changes);
        Some(Value::Object(task.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Map<String, Value>>> {
        // A task is replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
