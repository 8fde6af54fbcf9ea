//! The operations, one file for each.

mod execute_response_action;
mod get_incident_task;
mod list_incident_tasks;
mod update_incident_task;
mod update_incident_tasks;

pub use execute_response_action::ExecuteResponseAction;
pub use get_incident_task::GetIncidentTask;
pub use list_incident_tasks::ListIncidentTasks;
pub use update_incident_task::UpdateIncidentTask;
pub use update_incident_tasks::UpdateIncidentTasks;
