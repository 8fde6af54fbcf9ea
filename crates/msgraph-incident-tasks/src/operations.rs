//! The operations, one file each.

mod get_incident_task;
mod update_incident_task;

pub use get_incident_task::GetIncidentTask;
pub use update_incident_task::UpdateIncidentTask;
