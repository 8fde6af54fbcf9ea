//! The payloads to decode and encode.

use serde_json::{Value, json};

/// Returns the documented response to an update.
pub const TASK: &str = include_str!("../../conformance/payloads/incidentTask/update-response.json");

/// Returns a page of this many tasks with all action types, an unknown one, and null.
pub fn page(tasks: usize) -> String {
    let types = [
        "collectInvestigationPackage",
        "disableUser",
        "enableUser",
        "forceUserPasswordReset",
        "hardDeleteEmail",
        "isolateDevice",
        "markUserAsCompromised",
        "requireSignIn",
        "restrictAppExecution",
        "runAntivirusScan",
        "softDelete",
        "stopAndQuarantineFile",
        "unIsolateDevice",
        "unRestrictAppExecution",
        "addedLater",
    ];
    let action = |index: usize| match types.get(index % (types.len() + 1)) {
        None => Value::Null,
        Some(name) => json!({
            "@odata.type": format!("#microsoft.graph.security.{name}IncidentTaskResponseAction"),
            "identifierValue": format!("02851525-dc00-438b-83f5-{index:012}"),
        }),
    };
    let task = |index: usize| {
        let mut task: Value = serde_json::from_str(TASK).unwrap_or_default();
        task["id"] = index.to_string().into();
        task["responseAction"] = action(index);
        task
    };
    json!({ "value": (0..tasks).map(task).collect::<Vec<_>>() }).to_string()
}
