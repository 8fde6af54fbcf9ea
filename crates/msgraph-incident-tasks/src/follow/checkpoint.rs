//! The last known version of each task, so that a follower continues after a crash.

use std::collections::BTreeMap;

use msgraph_core::{Error, Timestamp};
use msgraph_incident_tasks_api::types::{IncidentTask, IncidentTaskStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const VERSION: u32 = 1;

/// The handled changes of a list, to be stored by the caller: a few bytes for each task.
///
/// [`record`](Self::record) takes the [`Step`] of each handled change. Steps can also be stored one by one,
/// and recorded in the same order after a crash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    version: u32,
    endpoint: String,
    filter: Option<String>,
    tenant: Option<String>,
    /// `None` until a poll is complete.
    pub(super) progress: Option<Progress>,
    pub(super) tasks: BTreeMap<Box<str>, Seen>,
}

/// The step of one change, for a [`Checkpoint`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) set: Vec<(Box<str>, Seen)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) removed: Vec<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<Progress>,
}

/// The progress of the polls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Progress {
    /// The latest time of a task.
    pub(super) watermark: Option<i64>,
    /// The number of polls until everything is listed again.
    pub(super) until_full: u32,
    /// True if the service orders the list as requested.
    pub(super) is_ordered: bool,
}

/// The last known version of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seen {
    /// In nanoseconds since 1970; `None` if the task has no readable time.
    pub(super) modified: Option<i64>,
    pub(super) digest: u64,
    pub(super) status: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Presence::is_listed")]
    pub(super) presence: Presence,
}

/// The presence of a task in the last full list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Presence {
    #[default]
    Listed,
    /// It was missing once: it was removed, or moved while the pages were read.
    Missing,
    /// Its removal was reported. Kept so that a stale read does not show it again.
    Left,
}

impl Presence {
    fn is_listed(&self) -> bool {
        *self == Self::Listed
    }
}

impl Checkpoint {
    pub(super) fn new(endpoint: &str, filter: Option<String>, tenant: Option<String>) -> Self {
        let endpoint = endpoint.to_owned();
        Self { version: VERSION, endpoint, filter, tenant, progress: None, tasks: BTreeMap::new() }
    }

    /// Records that a change and all before it were handled.
    pub fn record(&mut self, step: &Step) {
        for id in &step.removed {
            self.tasks.remove(id);
        }
        for (id, seen) in &step.set {
            self.tasks.insert(id.clone(), seen.clone());
        }
        self.progress = step.progress.or(self.progress);
    }

    /// Returns the number of known tasks.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Returns true if no task is known.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Checks that another checkpoint is of the same list as this one.
    pub(super) fn check(&self, other: &Self) -> Result<(), Error> {
        let differ = |name: &str, one: Option<&str>, other: Option<&str>| {
            let shown = |text: Option<&str>| text.map_or("none".to_owned(), |text| format!("{text:?}"));
            let message = format!("the checkpoint is for {name} {}, but this list is for {}", shown(other), shown(one));
            if one == other { Ok(()) } else { Err(Error::invalid_input(message)) }
        };
        if other.version != VERSION {
            let message =
                format!("the checkpoint has format version {}, but this build supports only {VERSION}", other.version);
            return Err(Error::invalid_input(message));
        }
        differ("endpoint", Some(&self.endpoint), Some(&other.endpoint))?;
        differ("filter", self.filter.as_deref(), other.filter.as_deref())?;
        match (&self.tenant, &other.tenant) {
            (Some(one), Some(two)) => differ("tenant", Some(one), Some(two)),
            _ => Ok(()),
        }
    }
}

impl Seen {
    pub(super) fn of(task: &IncidentTask) -> Self {
        Self {
            modified: task.last_modified_date_time.as_ref().and_then(nanoseconds),
            digest: digest(task),
            status: task.status.as_ref().map(|status| status.as_ref().into()),
            presence: Presence::Listed,
        }
    }

    /// Returns true if this version is stale, since a later one is known.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.modified.zip(other.modified).is_some_and(|(this, other)| this < other)
    }

    pub(super) fn status(&self) -> Option<IncidentTaskStatus> {
        self.status.as_ref().map(|status| IncidentTaskStatus::from(String::from(status.clone())))
    }

    pub(super) fn with(&self, presence: Presence) -> Self {
        Self { presence, ..self.clone() }
    }
}

/// Returns a time in nanoseconds since 1970.
pub(super) fn nanoseconds(time: &Timestamp) -> Option<i64> {
    let time = time.to_jiff().ok()?.as_nanosecond();
    // Times outside of the years 1678 to 2262 are not ordered.
    i64::try_from(time).ok()
}

/// Returns a digest of all properties in any order, except annotations that differ between a list and a read.
fn digest(task: &IncidentTask) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    // A task that was read can be written.
    hash.value(&serde_json::to_value(task).unwrap_or_default());
    hash.0
}

/// [FNV-1a](https://datatracker.ietf.org/doc/draft-eastlake-fnv/) with 64 bits, which is the same in each build.
struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(object) => {
                let mut members: Vec<_> = object.iter().filter(|(name, _)| !is_annotation(name)).collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                self.bytes(b"{");
                for (name, value) in members {
                    self.bytes(name.as_bytes());
                    self.bytes(b"\0");
                    self.value(value);
                }
                self.bytes(b"}");
            }
            Value::Array(items) => {
                self.bytes(b"[");
                items.iter().for_each(|item| self.value(item));
                self.bytes(b"]");
            }
            other => {
                self.bytes(other.to_string().as_bytes());
                self.bytes(b"\0");
            }
        }
    }
}

/// Returns true for what a service may add to one response and not to another, such as `@odata.type`.
fn is_annotation(name: &str) -> bool {
    name.contains('@')
}

#[cfg(test)]
mod tests {
    use msgraph_incident_tasks_api::types::IncidentTask;

    use super::{Checkpoint, Seen};

    fn digest(json: &str) -> u64 {
        Seen::of(&serde_json::from_str::<IncidentTask>(json).unwrap()).digest
    }

    #[test]
    fn a_digest_has_each_value_and_neither_order_nor_annotations() {
        let task = r#"{"id":"1","status":"open","later":{"a":1,"b":[null,2]}}"#;
        assert_eq!(
            digest(task),
            digest(r##"{"@odata.type":"#x","@odata.etag":"x","later":{"b":[null,2],"a":1},"status":"open","id":"1"}"##)
        );
        for other in [
            r#"{"id":"1","status":"failed","later":{"a":1,"b":[null,2]}}"#,
            r#"{"id":"1","status":"open","later":{"a":1,"b":[2,null]}}"#,
            r#"{"id":"1","status":"open","later":{"a":1,"b":[null,2]},"description":null}"#,
        ] {
            assert_ne!(digest(task), digest(other), "{other}");
        }
        // Stored checkpoints depend on it.
        assert_eq!(digest(r#"{"id":"1"}"#), 12_879_105_795_506_338_457);
    }

    #[test]
    fn a_checkpoint_of_another_list_is_rejected_and_both_are_named() {
        let checkpoint = |endpoint: &str, filter: Option<&str>, tenant: Option<&str>| {
            Checkpoint::new(endpoint, filter.map(str::to_owned), tenant.map(str::to_owned))
        };
        let this = checkpoint("https://a", Some("x eq 1"), Some("t"));
        for (other, names) in [
            (checkpoint("https://b", Some("x eq 1"), Some("t")), ["\"https://a\"", "\"https://b\""]),
            (checkpoint("https://a", None, Some("t")), ["\"x eq 1\"", "filter none"]),
            (checkpoint("https://a", Some("x eq 1"), Some("u")), ["\"t\"", "\"u\""]),
            (Checkpoint { version: 2, ..this.clone() }, ["version 2", "supports only 1"]),
        ] {
            let error = this.check(&other).unwrap_err().to_string();
            assert!(names.iter().all(|name| error.contains(name)), "{error}");
        }
        this.check(&checkpoint("https://a", Some("x eq 1"), None)).unwrap();
    }
}
