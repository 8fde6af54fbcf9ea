//! `incident-tasks update <id> --status <status>`

use clap::Args;
use msgraph_incident_tasks::types::IncidentTaskUpdate;
use msgraph_incident_tasks::{Client, Error, ErrorKind, IncidentTaskId};

use super::{Run, Verb, print};
use crate::exit::Failure;

/// Set the status of an incident task, and print the task
#[derive(Args, Debug)]
#[command(name = "update")]
pub(crate) struct Arguments {
    /// The ID of the task: a GUID, or a number such as 213213
    #[arg(allow_hyphen_values = true)]
    id: String,

    /// The new status: open, inProgress, completed, failed or notRelevant
    #[arg(long)]
    status: String,

    /// Send a status that this program doesn't know, as one that Microsoft has added since
    #[arg(long)]
    allow_unknown_status: bool,
}

pub(crate) struct Update {
    id: IncidentTaskId,
    status: String,
    allow_unknown_status: bool,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Update, Failure> {
        let Self { id, status, allow_unknown_status } = self;
        let id = id.parse()?;
        let mut body = IncidentTaskUpdate::new().status(status.as_str());
        if allow_unknown_status {
            body = body.allow_unknown_values();
        }
        body.check().map_err(|refused| Error::new(ErrorKind::InvalidInput, refused.to_string()))?;
        Ok(Update { id, status, allow_unknown_status })
    }
}

impl Verb for Update {
    fn run<'a>(self: Box<Self>, client: &'a Client) -> Run<'a> {
        Box::pin(async move {
            let mut update = client.update_incident_task(self.id).status(self.status.as_str());
            if self.allow_unknown_status {
                update = update.allow_unknown_status();
            }
            Ok(print(&update.send().await?)?)
        })
    }
}
