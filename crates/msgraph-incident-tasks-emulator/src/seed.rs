//! The initial tasks: the documented ones, those of a file, or generated ones.

use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::spec_validator::SpecValidator;
use crate::task::{Task, id_of};

const DOCUMENTED: &str = include_str!("../seed/incident-tasks.json");
const SENTINEL: &str = "unknownFutureValue";
const SCHEMAS: &str = "/components/schemas";
/// 2023-06-26T00:00:00Z, the day of the documented tasks.
const FIRST_DAY: i64 = 1_687_737_600;
const THREE_YEARS: i64 = 3 * 365 * 86_400;

/// Returns the documented tasks.
pub(crate) fn documented() -> Result<Vec<Task>, String> {
    parse(DOCUMENTED)
}

/// Parses a JSON array of tasks.
pub(crate) fn parse(json: &str) -> Result<Vec<Task>, String> {
    let tasks: Vec<Task> = serde_json::from_str(json).map_err(|error| format!("not a JSON array of tasks: {error}"))?;
    match tasks.iter().position(|task| id_of(task).is_none_or(str::is_empty)) {
        Some(index) => Err(format!("task {index} has no ID")),
        None => Ok(tasks),
    }
}

/// Generates tasks with each kind of action and each status of the spec: the same for the same seed.
pub(crate) fn generated(spec: &SpecValidator, count: usize, seed: u64) -> impl Iterator<Item = Task> {
    let members = |component: &str| -> Vec<String> {
        let listed = spec.texts(&format!("{SCHEMAS}/{component}/anyOf/0/enum"));
        listed.into_iter().filter(|member| *member != SENTINEL).map(str::to_owned).collect()
    };
    let actions = Actions::new(spec, members("incidentTaskActionType"));
    let (statuses, sources) = (members("incidentTaskStatus"), members("incidentTaskSource"));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(move |_| task(&mut random, &actions, &statuses, &sources))
}

fn task(random: &mut ChaCha8Rng, actions: &Actions, statuses: &[String], sources: &[String]) -> Task {
    let pick = |random: &mut ChaCha8Rng, list: &[String]| list.choose(random).cloned().unwrap_or_default();
    let action_type = pick(random, &actions.types);
    let device = format!("device{:04}", random.random_range(0..10_000));
    let created = FIRST_DAY + random.random_range(0..THREE_YEARS);
    let modified = created + random.random_range(0..86_400);
    let id = uuid::Builder::from_random_bytes(random.random()).into_uuid().to_string();
    let task = json!({
        "@odata.type": "#microsoft.graph.security.incidentTask",
        "id": id,
        "incident": { "@odata.type": "#microsoft.graph.security.incident", "id": random.random_range(1..1_000).to_string() },
        "status": pick(random, statuses),
        "source": pick(random, sources),
        "displayName": format!("{action_type} {device}"),
        "description": format!("Defender Experts ask for {action_type} on {device}."),
        "createdDateTime": time(created),
        "createdByDisplayName": "Defender Experts",
        "lastModifiedDateTime": time(modified),
        "lastModifiedByDisplayName": "Defender Experts",
        "actionType": action_type,
        "actionStatus": "notStarted",
        "responseAction": actions.action(&action_type, &device),
    });
    task.as_object().cloned().unwrap_or_default()
}

fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string())
        .unwrap_or_default()
}

/// The action types, and the response action type of each.
struct Actions {
    types: Vec<String>,
    response_actions: Vec<(String, String, bool)>,
}

impl Actions {
    fn new(spec: &SpecValidator, types: Vec<String>) -> Self {
        let components = spec.names(SCHEMAS).into_iter();
        let response_action = |component: &str| {
            let schema = format!("{SCHEMAS}/{component}");
            let action_type = spec.text(&format!("{schema}/x-action-type"))?;
            let name = spec.text(&format!("{schema}/properties/@odata.type/enum/0"))?;
            let isolates = spec.names(&format!("{schema}/properties")).contains(&"isolationType");
            Some((action_type.to_owned(), name.to_owned(), isolates))
        };
        Self { types, response_actions: components.filter_map(response_action).collect() }
    }

    fn action(&self, action_type: &str, device: &str) -> Value {
        let Some((_, name, isolates)) = self.response_actions.iter().find(|(name, ..)| name == action_type) else {
            return Value::Null;
        };
        let mut action = json!({ "@odata.type": name, "identifierValue": device });
        if *isolates {
            action["isolationType"] = "full".into();
        }
        action
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{generated, parse};
    use crate::spec_validator::SpecValidator;

    fn spec() -> SpecValidator {
        SpecValidator::new(msgraph_incident_tasks_api::FRAGMENT).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_tasks_and_another_gives_others() {
        let tasks = |seed| generated(&spec(), 50, seed).collect::<Vec<_>>();
        assert_eq!(tasks(7), tasks(7));
        assert_ne!(tasks(7), tasks(8));
        assert_eq!(tasks(7)[0]["id"].as_str().unwrap().len(), 36);
    }

    #[test]
    fn generated_tasks_match_the_schema_and_have_each_kind_of_action() {
        let spec = spec();
        let (get, _) = spec.operation("GET", "/security/incidentTasks/1").unwrap();
        let mut types = BTreeSet::new();
        for task in generated(&spec, 500, 1) {
            types.insert(task["actionType"].to_string());
            get.check_response(200, &task.into()).unwrap();
        }
        assert_eq!(types.len(), 16);
    }

    #[test]
    fn a_file_without_ids_is_rejected() {
        assert!(parse("[{}]").unwrap_err().contains("task 0 has no ID"));
        assert!(parse("{}").unwrap_err().contains("not a JSON array"));
        assert_eq!(parse("[]").unwrap().len(), 0);
    }
}
