//! Warnings about a success that is not quite what was asked for.

use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskStatus};
use msgraph_incident_tasks::{BulkResult, Response, StatusUpdate};

use crate::text::{eprint_line, one_line};

/// The most repaired values that are named.
const MAX_NAMED: usize = 10;

/// Prints what the service warns of, and what was repaired in its response; `about` is what it is about.
pub(crate) fn of_response(about: &str, response: &Response<()>) {
    response.warnings().for_each(|warning| of_service(about, warning));
    of_repairs(about, response.repaired());
}

/// Prints a warning of the service.
pub(crate) fn of_service(about: &str, warning: &str) {
    warn(about, &format!("the service warns: {warning}"));
}

/// Prints which values were repaired.
pub(crate) fn of_repairs(about: &str, repaired: &[String]) {
    if !repaired.is_empty() {
        let named = repaired.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if repaired.len() > MAX_NAMED { ", ..." } else { "" };
        let rule = "has a character or number that JSON cannot have; it was replaced or made a text";
        warn(about, &format!("{named}{more} {rule}"));
    }
}

/// Prints what is odd about the result of an update.
pub(crate) fn of_update(update: &BulkResult<StatusUpdate, IncidentTask>) {
    let id = update.input.id.as_str();
    update.response.iter().for_each(|response| of_response(id, response));
    update.result.iter().for_each(|task| of_status(id, &update.input.status, task));
}

/// Prints that an update has returned another status than it has set.
pub(crate) fn of_status(about: &str, set: &IncidentTaskStatus, task: &IncidentTask) {
    match &task.status {
        Some(status) if status == set => {}
        Some(status) => warn(about, &format!("the response has the status {}, not {}", status.as_ref(), set.as_ref())),
        None => warn(about, &format!("the response has no status; {} was set", set.as_ref())),
    }
}

/// Prints a warning.
pub(crate) fn warn(about: &str, text: &str) {
    eprint_line(&format!("warning: {about}: {}", one_line(text)));
}
