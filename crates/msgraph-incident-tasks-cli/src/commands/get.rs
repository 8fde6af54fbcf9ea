//! `incident-tasks get <id>`

use clap::Args;
use msgraph_incident_tasks::IncidentTaskId;

use super::{Run, Verb};
use crate::exit::Failure;
use crate::session::Session;

/// Print an incident task
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks get 213213
  incident-tasks get 213213 --output json")]
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
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(async move { session.output.task(&session.client.get_incident_task(self.id).send().await?) })
    }
}
