//! `incident-tasks get <id>`

use clap::Args;
use msgraph_incident_tasks::{Client, IncidentTaskId};

use super::{Run, Verb, print};
use crate::exit::Failure;

/// Print an incident task
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The ID of the task: a GUID, or a number such as 213213
    #[arg(allow_hyphen_values = true)]
    id: String,
}

pub(crate) struct Get {
    id: IncidentTaskId,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Get, Failure> {
        Ok(Get { id: self.id.parse()? })
    }
}

impl Verb for Get {
    fn run<'a>(self: Box<Self>, client: &'a Client) -> Run<'a> {
        Box::pin(async move { Ok(print(&client.get_incident_task(self.id).send().await?)?) })
    }
}
