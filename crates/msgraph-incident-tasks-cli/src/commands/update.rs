//! `incident-tasks update <id>... --status <status>`

use clap::Args;
use msgraph_incident_tasks::IncidentTaskId;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use serde_json::json;

use crate::failure::Failure;
use crate::output::json_line;
use crate::session::{Mode, Session};
use crate::text::eprint_line;
use crate::values::{self, Members};
use crate::warnings;

/// Set the status of incident tasks, and print them
///
/// Several tasks are updated in batches of 20, and printed in the order of the arguments. For many tasks see `apply`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks update 213213 --status completed
  incident-tasks update 213213 213214 --status inProgress
  incident-tasks update 213213 --status completed --dry-run")]
pub(crate) struct Arguments {
    /// ID of the task: a GUID, or a number such as 213213
    #[arg(required = true, value_name = "ID", value_parser = values::id)]
    ids: Vec<IncidentTaskId>,

    /// The new status
    #[arg(long, value_parser = values::members::<IncidentTaskStatus>())]
    status: Members<IncidentTaskStatus>,

    /// Send a status that this version does not know, such as one that Microsoft has added since
    #[arg(long)]
    allow_unknown_status: bool,

    /// Print the requests without the token, and send nothing
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    pub(crate) fn mode(&self) -> Mode {
        Mode::dry_run(self.dry_run)
    }

    /// Fails if the status is not one that can be sent.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.status.check("--status", self.allow_unknown_status, "--allow-unknown-status")?;
        self.status.single("--status").map(drop)
    }

    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let status = self.status.single("--status")?.clone();
        match self.ids.as_slice() {
            [id] => {
                let mut update = session.client.update_incident_task(id).status(status.clone());
                if self.allow_unknown_status {
                    update = update.allow_unknown_status();
                }
                let Some(response) = session.write(update.response()).await? else { return Ok(()) };
                let (task, response) = response.into_parts();
                warnings::of_response(id.as_str(), &response);
                warnings::of_status(id.as_str(), &status, &task);
                session.output.task(&task).map_err(Failure::after_write)
            }
            _ => self.update_several(session, &status).await,
        }
    }

    async fn update_several(&self, session: &Session, status: &IncidentTaskStatus) -> Result<(), Failure> {
        let updates: Vec<_> = self.ids.iter().map(|id| (id.clone(), status.clone())).collect();
        let mut updates = session.client.update_incident_tasks(updates);
        if self.allow_unknown_status {
            updates = updates.allow_unknown_status();
        }
        // Once for all of them.
        session.credential.token().await?;
        session.write_has_begun();
        let mut results = updates.send()?;
        let (mut tasks, mut failed) = (Vec::new(), 0);
        while let Some(update) = results.next().await {
            warnings::of_update(&update);
            match session.unless_dry_run(update.result) {
                Ok(task) => tasks.push((update.index, task)),
                Err(error) => {
                    failed += 1;
                    report(session, &update.input.id, &error.into())?;
                }
            }
        }
        tasks.sort_by_key(|(index, _)| *index);
        if !session.is_dry_run() {
            session.output.tasks(tasks.iter().filter_map(|(_, task)| task.as_ref())).map_err(Failure::after_write)?;
        }
        if failed == 0 { Ok(()) } else { Err(Failure::Partial { failed, all: self.ids.len() }) }
    }
}

fn report(session: &Session, id: &IncidentTaskId, failure: &Failure) -> Result<(), Failure> {
    if session.output.has_json_errors {
        eprint_line(&json_line(&json!({ "id": id.as_str(), "error": failure.to_json() }))?);
    } else {
        eprint_line(&format!("error: {id}: {failure}"));
    }
    Ok(())
}
