//! Where tasks come from: the documentation, a file, or a number.

use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::Task;
use crate::contract::Contract;

const DOCUMENTED: &str = include_str!("../../seed/incident-tasks.json");
const SENTINEL: &str = "unknownFutureValue";
const SCHEMAS: &str = "/components/schemas";
/// 2023-06-26T00:00:00Z, the day of the documented tasks.
const FIRST_DAY: i64 = 1_687_737_600;
const THREE_YEARS: i64 = 3 * 365 * 86_400;

/// The documented tasks.
pub(crate) fn documented() -> Result<Vec<Task>, String> {
    parsed(DOCUMENTED)
}

/// Tasks from a JSON array.
pub(crate) fn parsed(json: &str) -> Result<Vec<Task>, String> {
    let tasks: Vec<Task> = serde_json::from_str(json).map_err(|error| format!("this is no list of tasks: {error}"))?;
    match tasks.iter().position(|task| task.get("id").and_then(Value::as_str).is_none_or(str::is_empty)) {
        Some(index) => Err(format!("task {index} has no ID")),
        None => Ok(tasks),
    }
}

/// As many tasks as wanted, the same for the same seed. They have each kind of action and each status that the
/// description lists.
pub(crate) fn generated(contract: &Contract, count: usize, seed: u64) -> impl Iterator<Item = Task> {
    let members = |component: &str| -> Vec<String> {
        let listed = contract.texts(&format!("{SCHEMAS}/{component}/anyOf/0/enum"));
        listed.into_iter().filter(|member| *member != SENTINEL).map(str::to_owned).collect()
    };
    let actions = Actions::of(contract, members("incidentTaskActionType"));
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
    match task {
        Value::Object(task) => task,
        _ => Task::new(),
    }
}

fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string())
        .unwrap_or_default()
}

/// The action types, and the type of the response action that goes with each.
struct Actions {
    types: Vec<String>,
    of_types: Vec<(String, String, bool)>,
}

impl Actions {
    fn of(contract: &Contract, types: Vec<String>) -> Self {
        let components = contract.names(SCHEMAS).into_iter();
        let of_type = |component: &str| {
            let place = format!("{SCHEMAS}/{component}");
            let action_type = contract.text(&format!("{place}/x-action-type"))?;
            let name = contract.text(&format!("{place}/properties/@odata.type/enum/0"))?;
            let isolates = contract.names(&format!("{place}/properties")).contains(&"isolationType");
            Some((action_type.to_owned(), name.to_owned(), isolates))
        };
        Self { types, of_types: components.filter_map(of_type).collect() }
    }

    fn action(&self, action_type: &str, device: &str) -> Value {
        let Some((_, name, isolates)) = self.of_types.iter().find(|(of, ..)| of == action_type) else {
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

    use super::{generated, parsed};
    use crate::Contract;

    fn contract() -> Contract {
        Contract::new(msgraph_incident_tasks_api::FRAGMENT).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_tasks_and_another_gives_others() {
        let tasks = |seed| generated(&contract(), 50, seed).collect::<Vec<_>>();
        assert_eq!(tasks(7), tasks(7));
        assert_ne!(tasks(7), tasks(8));
        // So that a release of the random numbers that changes them is noticed.
        assert_eq!(tasks(7)[0]["id"].as_str().unwrap().len(), 36);
    }

    #[test]
    fn generated_tasks_are_what_the_description_says_and_have_each_kind_of_action() {
        let contract = contract();
        let (get, _) = contract.operation("GET", "/security/incidentTasks/1").unwrap();
        let mut types = BTreeSet::new();
        for task in generated(&contract, 500, 1) {
            types.insert(task["actionType"].to_string());
            get.check_response(200, &task.into()).unwrap();
        }
        assert_eq!(types.len(), 16);
    }

    #[test]
    fn a_file_without_ids_is_refused() {
        assert!(parsed("[{}]").unwrap_err().contains("task 0 has no ID"));
        assert!(parsed("{}").unwrap_err().contains("no list of tasks"));
        assert_eq!(parsed("[]").unwrap().len(), 0);
    }
}
