//! `incident-tasks execute <id>`

use clap::Args;
use msgraph_incident_tasks::{Client, Error, ErrorKind, IncidentTaskId};

use super::{Run, Verb, print};
use crate::exit::Failure;

/// Execute the response action of an incident task, and print the task
///
/// Something happens to a device, a user or a message. The task is read first: nothing is sent where its action
/// can't be executed.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The ID of the task: a GUID, or a number such as 213213
    #[arg(allow_hyphen_values = true)]
    id: String,

    /// Execute it; without this nothing is done
    #[arg(long)]
    yes: bool,
}

pub(crate) struct Execute {
    id: IncidentTaskId,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Execute, Failure> {
        let id = self.id.parse()?;
        if !self.yes {
            let message = "execute acts on a device, a user or a message, and was not confirmed; confirm it with --yes";
            return Err(Error::new(ErrorKind::InvalidInput, message).into());
        }
        Ok(Execute { id })
    }
}

impl Verb for Execute {
    fn run<'a>(self: Box<Self>, client: &'a Client) -> Run<'a> {
        Box::pin(async move {
            let task = client.get_incident_task(&self.id).send().await?;
            client.execute_response_action(&self.id).checked_against(&task).send().await?;
            Ok(print(&client.get_incident_task(&self.id).send().await?)?)
        })
    }
}
