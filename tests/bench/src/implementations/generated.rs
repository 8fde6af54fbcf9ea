//! The generated crate, without the library.

use msgraph_core::{Endpoint, StaticToken, Transport};
use msgraph_incident_tasks_api::operations::UpdateIncidentTask;
use msgraph_incident_tasks_api::types::{IncidentTaskStatus, IncidentTaskUpdate};

use super::{TASK, TOKEN, Target, Update};
use crate::Error;

/// Returns the update in its README.
///
/// # Errors
///
/// If the client cannot be built.
pub fn set_up(target: &Target) -> Result<Update, Error> {
    let endpoint = Endpoint::new_allowing_loopback_http(&target.url)?;
    let builder = Transport::builder(StaticToken::new(TOKEN)?);
    let builder = target.ca.iter().fold(builder, |builder, ca| builder.root_certificates(ca.as_bytes()));
    let transport = builder.build(endpoint)?;
    Ok(Box::new(move || {
        let transport = transport.clone();
        Box::pin(async move {
            let body = IncidentTaskUpdate::new().status(IncidentTaskStatus::Completed);
            transport.send(&UpdateIncidentTask::new(TASK, body)).await?;
            Ok(())
        })
    }))
}
