//! The library with default settings.

use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Client, IncidentTaskId, StaticToken};

use super::{TASK, TOKEN, Target, Update};
use crate::Error;

/// Returns the update in its README.
///
/// # Errors
///
/// If the client cannot be built.
pub fn set_up(target: &Target) -> Result<Update, Error> {
    let client = client(target)?;
    let id: IncidentTaskId = TASK.parse()?;
    Ok(Box::new(move || {
        let update = client.update_incident_task(&id).status(IncidentTaskStatus::Completed);
        Box::pin(async move {
            update.send().await?;
            Ok(())
        })
    }))
}

/// Returns the library's client of a target.
///
/// # Errors
///
/// If it cannot be built.
pub fn client(target: &Target) -> Result<Client, Error> {
    let builder = Client::builder(StaticToken::new(TOKEN)?).endpoint(&target.url);
    Ok(match &target.ca {
        Some(ca) => builder.root_certificates(ca.as_bytes()).build()?,
        None => builder.allow_loopback_http().build()?,
    })
}
