//! The operations, one file each.

mod update_incident_task;

pub use update_incident_task::UpdateIncidentTask;
