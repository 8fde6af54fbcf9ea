//! Tasks that appear and change over time.

use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;
use serde_json::{Map, json};

use crate::seed;
use crate::spec_validator::SpecValidator;
use crate::task::{Task, id_of};

/// The events after the start.
#[derive(Clone, Debug)]
pub(crate) enum Scenario {
    /// The shipped day of a security operations center.
    Day,
    /// A JSON array of events.
    Json(String),
}

/// An event, at a time after the start.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) at: Duration,
    pub(crate) effect: Effect,
}

#[derive(Clone, Debug)]
pub(crate) enum Effect {
    Create(Task),
    /// The changed properties of the task with this ID.
    Change(String, Task),
    /// The changed properties, without a new `lastModifiedDateTime`.
    ChangeSilently(String, Task),
    Remove(String),
}

/// An event in the form of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    at: f64,
    create: Option<Task>,
    change: Option<Task>,
    remove: Option<String>,
    #[serde(default)]
    silent: bool,
}

const DAY: u32 = 24 * 3_600;
const DAY_TASKS: usize = 120;
/// The first tasks of the day, in seconds, so that something happens soon.
const FIRST: [u32; 3] = [5, 12, 20];

impl Scenario {
    /// Returns the events in the order of their times, divided by a speed. An error contains the index in the file.
    pub(crate) fn events(&self, spec: &SpecValidator, unchecked: bool, speed: f64) -> Result<Vec<Event>, String> {
        let mut events = match self {
            Self::Day => day(spec),
            Self::Json(json) => parse(spec, unchecked, json)?,
        };
        if !(speed.is_finite() && speed > 0.0) {
            return Err(format!("invalid speed {speed}; allowed: more than 0"));
        }
        for event in &mut events {
            let at = Duration::try_from_secs_f64(event.at.as_secs_f64() / speed);
            event.at = at.map_err(|error| format!("invalid speed {speed}: {error}"))?;
        }
        events.sort_by_key(|event| event.at);
        Ok(events)
    }
}

fn parse(spec: &SpecValidator, unchecked: bool, json: &str) -> Result<Vec<Event>, String> {
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    let entries: Vec<Entry> =
        serde_json::from_str(json).map_err(|error| format!("invalid scenario: not a JSON array of events: {error}"))?;
    let check = |task: Task| seed::check_task(spec, unchecked, &task).map(|()| task);
    let event = |entry: Entry| {
        let at = Duration::try_from_secs_f64(entry.at).map_err(|error| error.to_string())?;
        let effect = match (entry.create, entry.change, entry.remove) {
            (Some(task), None, None) => Effect::Create(check(task)?),
            (None, Some(task), None) => {
                let mut task = check(task)?;
                let id = id_of(&task).unwrap_or_default().to_owned();
                task.remove("id");
                if entry.silent { Effect::ChangeSilently(id, task) } else { Effect::Change(id, task) }
            }
            (None, None, Some(id)) => Effect::Remove(id),
            _ => return Err("it must have one of create, change and remove".to_owned()),
        };
        Ok(Event { at, effect })
    };
    let events = entries.into_iter().enumerate();
    events.map(|(index, entry)| event(entry).map_err(|error| format!("invalid event at /{index}: {error}"))).collect()
}

/// Returns a day of 120 tasks, most of them in the daytime. Analysts start and complete many of them, and the experts
/// change the text of some.
fn day(spec: &SpecValidator) -> Vec<Event> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut events = Vec::new();
    for (index, mut task) in seed::generated(spec, DAY_TASKS, 1).enumerate() {
        let created = FIRST.get(index).copied().unwrap_or_else(|| {
            let (daytime, any) = (random.random_range(8 * 3_600..18 * 3_600), random.random_range(0..DAY));
            if random.random_bool(0.7) { daytime } else { any }
        });
        let id = id_of(&task).unwrap_or_default().to_owned();
        task.retain(|name, _| !name.ends_with("DateTime"));
        task.insert("status".to_owned(), "open".into());
        let text = task.get("description").and_then(|text| text.as_str()).unwrap_or_default();
        let text = format!("{text} Do it before the end of the shift.");
        events.push((created, Effect::Create(task)));
        let mut later = |probability, after: std::ops::Range<u32>, name: &str, value: &str| {
            let at = created + random.random_range(after);
            if random.random_bool(probability) && at < DAY {
                let changes = Map::from_iter([(name.to_owned(), json!(value))]);
                events.push((at, Effect::Change(id.clone(), changes)));
            }
        };
        later(0.3, 1_800..7_200, "description", &text);
        later(0.5, 300..3_600, "status", "inProgress");
        later(0.4, 3_700..14_400, "status", "completed");
    }
    events.into_iter().map(|(at, effect)| Event { at: Duration::from_secs(at.into()), effect }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Effect, Scenario};
    use crate::spec_validator::SpecValidator;

    fn spec() -> SpecValidator {
        SpecValidator::new(msgraph_incident_tasks_api::OPENAPI_SPEC).unwrap()
    }

    #[test]
    fn an_invalid_scenario_is_rejected_with_its_index() {
        for (json, expected) in [
            ("{}", "not a JSON array"),
            (r#"[{"at":1,"remove":"1"},{"at":1}]"#, "/1: it must have one of"),
            (r#"[{"at":1,"remove":"1","create":{"id":"1"}}]"#, "/0: it must have one of"),
            (r#"[{"at":-1,"remove":"1"}]"#, "/0: "),
            (r#"[{"at":1,"create":{"status":"open"}}]"#, "/0: it has no ID"),
            (r#"[{"at":1,"change":{"id":"1","createdDateTime":"soon"}}]"#, "\"createdDateTime\""),
            (r#"[{"at":1,"delete":"1"}]"#, "unknown field `delete`"),
        ] {
            let error = Scenario::Json(json.to_owned()).events(&spec(), false, 1.0).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
        assert!(Scenario::Day.events(&spec(), false, 0.0).unwrap_err().contains("invalid speed 0"));
    }

    #[test]
    fn the_day_is_the_same_each_time_begins_soon_and_is_divided_by_the_speed() {
        let day = |speed| Scenario::Day.events(&spec(), false, speed).unwrap();
        assert_eq!(format!("{:?}", day(1.0)), format!("{:?}", day(1.0)));
        let created = day(60.0).iter().filter(|event| matches!(event.effect, Effect::Create(_))).count();
        assert_eq!((created, day(10.0)[0].at.as_millis()), (120, 500));
        assert!(day(600.0).last().unwrap().at.as_secs() <= 144);
    }
}
