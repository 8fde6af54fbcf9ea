//! The generated crate alone.

use std::sync::Arc;

use msgraph_core::{AccessToken, Endpoint, StaticToken, Transport};
use msgraph_incident_tasks_api::Client;
use msgraph_incident_tasks_api::types::{IncidentTaskStatus, IncidentTaskUpdate};

use super::{TASK, TOKEN, Target, Update};
use crate::Error;

/// As its README has it.
///
/// # Errors
///
/// Where the client can't be built.
pub fn set_up(target: &Target) -> Result<Update, Error> {
    let endpoint = Endpoint::new_allowing_loopback_http(&target.url)?;
    let builder = Transport::builder(endpoint, StaticToken::new(AccessToken::new(TOKEN)?));
    let builder = target.ca.iter().fold(builder, |builder, ca| builder.root_certificates(ca.as_bytes()));
    let client = Arc::new(Client::with_transport(builder.build()?));
    Ok(Box::new(move || {
        let client = Arc::clone(&client);
        Box::pin(async move {
            let body = IncidentTaskUpdate::new().status(IncidentTaskStatus::Completed);
            client.update_incident_task(TASK, &body).await?;
            Ok(())
        })
    }))
}
