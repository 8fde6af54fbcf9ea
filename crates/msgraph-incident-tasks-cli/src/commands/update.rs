//! `incident-tasks update <id>... --status <status>`

use clap::Args;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Error, IncidentTaskId};
use serde_json::json;

use super::{Run, Verb, mode, status, unless_dry_run};
use crate::exit::{Failure, of_graph};
use crate::say;
use crate::session::{Mode, Session};

/// Set the status of incident tasks, and print them
///
/// Several tasks are updated in batches of 20, and printed in the order of their IDs here. For many see `apply`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks update 213213 --status completed
  incident-tasks update 213213 213214 --status inProgress
  incident-tasks update 213213 --status completed --dry-run")]
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

    /// Print the requests, without the token, and send nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) struct Update {
    ids: Vec<IncidentTaskId>,
    status: IncidentTaskStatus,
    allow_unknown_status: bool,
    dry_run: bool,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Update, Failure> {
        let Self { ids, status: text, allow_unknown_status, dry_run } = self;
        let ids = ids.iter().map(|id| id.parse()).collect::<Result<_, Error>>()?;
        let status = status(&text, allow_unknown_status)?;
        Ok(Update { ids, status, allow_unknown_status, dry_run })
    }
}

impl Verb for Update {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(async move {
            match self.ids.as_slice() {
                [id] => self.one(session, id).await,
                _ => self.several(session).await,
            }
        })
    }

    fn mode(&self) -> Mode {
        mode(self.dry_run)
    }
}

impl Update {
    async fn one(&self, session: &Session, id: &IncidentTaskId) -> Result<(), Failure> {
        let mut update = session.client.update_incident_task(id).status(self.status.clone());
        if self.allow_unknown_status {
            update = update.allow_unknown_status();
        }
        let task = unless_dry_run(session, update.send().await)?;
        task.map_or(Ok(()), |task| session.output.task(&task))
    }

    async fn several(&self, session: &Session) -> Result<(), Failure> {
        let updates = self.ids.iter().map(|id| (id.clone(), self.status.clone()));
        let mut updates = session.client.update_incident_tasks(updates);
        if self.allow_unknown_status {
            updates = updates.allow_unknown_status();
        }
        let mut results = updates.send()?;
        let (mut tasks, mut failed) = (Vec::new(), 0);
        while let Some(update) = results.next().await {
            match unless_dry_run(session, update.result) {
                Ok(task) => tasks.push((update.index, task)),
                Err(error) => {
                    failed += 1;
                    match session.output.wants_json_errors() {
                        true => say(&json!({ "id": update.input.0.as_str(), "error": of_graph(&error) }).to_string()),
                        false => say(&format!("error: {}: {error}", update.input.0)),
                    }
                }
            }
        }
        tasks.sort_by_key(|(index, _)| *index);
        if !session.is_dry_run() {
            session.output.tasks(tasks.iter().filter_map(|(_, task)| task.as_ref()))?;
        }
        match failed {
            0 => Ok(()),
            _ => Err(Failure::Partial { failed, all: self.ids.len() }),
        }
    }
}
