//! `incident-tasks get <id>`

use clap::Args;
use msgraph_incident_tasks::IncidentTaskId;

use crate::failure::Failure;
use crate::session::Session;
use crate::values;

/// Print an incident task
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks get 213213
  incident-tasks get 213213 --output json")]
pub(crate) struct Arguments {
    /// ID of the task: a GUID, or a number such as 213213
    #[arg(allow_hyphen_values = true, value_parser = values::id)]
    id: IncidentTaskId,
}

impl Arguments {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        session.output.task(&session.get(&self.id).await?)
    }
}
