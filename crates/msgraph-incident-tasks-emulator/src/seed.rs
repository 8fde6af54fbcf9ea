//! The initial tasks: the documented ones, those of a file, or generated ones.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::spec_validator::SpecValidator;
use crate::task::{Task, id_of, is_task_id};

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
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    serde_json::from_str(json).map_err(|error| format!("invalid tasks: not a JSON array of objects: {error}"))
}

/// Checks tasks: each must have a unique ID and match the schema. An error contains the index. Unchecked tasks only need
/// an ID.
pub(crate) fn check(spec: &SpecValidator, unchecked: bool, tasks: &[Task]) -> Result<(), String> {
    let mut ids = BTreeMap::new();
    for (index, task) in tasks.iter().enumerate() {
        check_task(spec, unchecked, task).map_err(|error| format!("invalid task at /{index}: {error}"))?;
        let id = id_of(task).unwrap_or_default();
        if let (Some(first), false) = (ids.insert(id.to_lowercase(), index), unchecked) {
            return Err(format!("invalid task at /{index}: the ID {id:?} is a duplicate of the task at /{first}"));
        }
    }
    Ok(())
}

/// Checks a task.
pub(crate) fn check_task(spec: &SpecValidator, unchecked: bool, task: &Task) -> Result<(), String> {
    let id = id_of(task).filter(|id| !id.is_empty()).ok_or("it has no ID")?;
    if unchecked {
        return Ok(());
    }
    if !is_task_id(id) {
        return Err(format!("the ID {id:?} is neither a GUID nor digits"));
    }
    spec.check_schema("incidentTask", &Value::Object(task.clone())).map_err(|error| error.to_string())
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

    use super::{DOCUMENTED, check, generated, parse};
    use crate::spec_validator::SpecValidator;

    fn spec() -> SpecValidator {
        SpecValidator::new(msgraph_incident_tasks_api::OPENAPI_SPEC).unwrap()
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
        let document: serde_json::Value = serde_json::from_str(msgraph_incident_tasks_api::OPENAPI_SPEC).unwrap();
        let members = &document["components"]["schemas"]["incidentTaskActionType"]["anyOf"][0]["enum"];
        // All but the sentinel.
        assert_eq!(types.len(), members.as_array().unwrap().len() - 1);
    }

    #[test]
    fn an_invalid_seed_file_is_rejected_with_its_index_unless_unchecked() {
        let check = |json: &str, unchecked| parse(json).and_then(|tasks| check(&spec(), unchecked, &tasks));
        for (json, expected) in [
            ("{}", "line 1 column"),
            ("[{},", "line 1 column"),
            (r#"[{"id":"1"},{}]"#, "/1: it has no ID"),
            (r#"[{"id":7}]"#, "/0: it has no ID"),
            (r#"[{"id":"1"},{"id":"x y"}]"#, "/1: the ID \"x y\" is neither"),
            (
                r#"[{"id":"02851525-dc00-438b-83f5-3b2947bf4a48"},{"id":"02851525-DC00-438b-83f5-3b2947bf4a48"}]"#,
                "task at /0",
            ),
            (r#"[{"id":"1","createdDateTime":"soon"}]"#, "\"createdDateTime\""),
            (r#"[{"id":"1","displayName":7}]"#, "\"displayName\""),
        ] {
            let error = check(json, false).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
        assert_eq!(check(r#"[{"id":"x"},{"id":"x","displayName":7}]"#, true), Ok(()));
        assert!(check("[{}]", true).is_err());
        assert_eq!(check(&format!("\u{feff}{DOCUMENTED}"), false), Ok(()));
    }
}
