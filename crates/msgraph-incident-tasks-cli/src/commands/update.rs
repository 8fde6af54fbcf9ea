//! `incident-tasks update <id>... --status <status>`

use clap::Args;
use msgraph_incident_tasks::types::{IncidentTaskStatus, IncidentTaskUpdate};
use msgraph_incident_tasks::{Client, Error, ErrorKind, IncidentTaskId};

use super::{Run, Verb, print};
use crate::exit::Failure;
use crate::say;

/// Set the status of incident tasks, and print them
///
/// Several tasks are updated in batches of 20, and printed as a JSON array in the order of their IDs here.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The ID of the task: a GUID, or a number such as 213213
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// The new status: open, inProgress, completed, failed or notRelevant
    #[arg(long)]
    status: String,

    /// Send a status that this program doesn't know, as one that Microsoft has added since
    #[arg(long)]
    allow_unknown_status: bool,
}

pub(crate) struct Update {
    ids: Vec<IncidentTaskId>,
    status: IncidentTaskStatus,
    allow_unknown_status: bool,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Update, Failure> {
        let Self { ids, status, allow_unknown_status } = self;
        let ids = ids.iter().map(|id| id.parse()).collect::<Result<_, Error>>()?;
        let status = IncidentTaskStatus::from(status);
        let mut body = IncidentTaskUpdate::new().status(status.clone());
        if allow_unknown_status {
            body = body.allow_unknown_values();
        }
        body.check().map_err(|refused| Error::new(ErrorKind::InvalidInput, refused.to_string()))?;
        Ok(Update { ids, status, allow_unknown_status })
    }
}

impl Verb for Update {
    fn run<'a>(self: Box<Self>, client: &'a Client) -> Run<'a> {
        Box::pin(async move {
            match self.ids.as_slice() {
                [id] => self.one(client, id).await,
                _ => self.several(client).await,
            }
        })
    }
}

impl Update {
    async fn one(&self, client: &Client, id: &IncidentTaskId) -> Result<(), Failure> {
        let mut update = client.update_incident_task(id).status(self.status.clone());
        if self.allow_unknown_status {
            update = update.allow_unknown_status();
        }
        Ok(print(&update.send().await?)?)
    }

    async fn several(&self, client: &Client) -> Result<(), Failure> {
        let mut updates = client.update_incident_tasks(self.ids.iter().map(|id| (id.clone(), self.status.clone())));
        if self.allow_unknown_status {
            updates = updates.allow_unknown_status();
        }
        let mut results = updates.send()?;
        let (mut tasks, mut failed) = (Vec::new(), 0);
        while let Some(update) = results.next().await {
            match update.result {
                Ok(task) => tasks.push((update.index, task)),
                Err(error) => {
                    failed += 1;
                    say(&format!("error: {}: {error}", update.input.0));
                }
            }
        }
        tasks.sort_by_key(|(index, _)| *index);
        print(&tasks.iter().map(|(_, task)| task).collect::<Vec<_>>())?;
        match failed {
            0 => Ok(()),
            _ => Err(Failure::Partial { failed, all: self.ids.len() }),
        }
    }
}
