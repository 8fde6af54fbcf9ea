//! The library with everything on.

use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Client, IncidentTaskId, StaticToken};

use super::{TASK, TOKEN, Target, Update};
use crate::Error;

/// As its README has it.
///
/// # Errors
///
/// Where the client can't be built.
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

/// The library's client to a target.
///
/// # Errors
///
/// Where it can't be built.
pub fn client(target: &Target) -> Result<Client, Error> {
    let builder = Client::builder(StaticToken::new(TOKEN)?).endpoint(&target.url);
    Ok(match &target.ca {
        Some(ca) => builder.root_certificates(ca.as_bytes()).build()?,
        None => builder.allow_loopback_http().build()?,
    })
}
