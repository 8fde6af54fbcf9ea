//! `incident-tasks update <id> --status <status>`

use std::io::{self, Write};

use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskUpdate};
use msgraph_incident_tasks::{Client, Error, ErrorKind, IncidentTaskId};

use crate::arguments;
use crate::exit::Failure;

pub(crate) struct Update {
    id: IncidentTaskId,
    status: String,
    allow_unknown_status: bool,
}

impl Update {
    pub(crate) fn checked(arguments: &arguments::Update) -> Result<Self, Failure> {
        let id = arguments.id.parse()?;
        let arguments::Update { status, allow_unknown_status, .. } = arguments;
        let mut body = IncidentTaskUpdate::new().status(status.as_str());
        if *allow_unknown_status {
            body = body.allow_unknown_values();
        }
        body.check().map_err(|refused| Error::new(ErrorKind::InvalidInput, refused.to_string()))?;
        Ok(Self { id, status: status.clone(), allow_unknown_status: *allow_unknown_status })
    }

    pub(crate) async fn run(self, client: &Client) -> Result<(), Failure> {
        let mut update = client.update_incident_task(self.id).status(self.status.as_str());
        if self.allow_unknown_status {
            update = update.allow_unknown_status();
        }
        Ok(print(&update.send().await?)?)
    }
}

/// Prints a task as JSON. A reader that has gone away is no failure.
fn print(task: &IncidentTask) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let json = serde_json::to_string_pretty(task)?;
    match writeln!(stdout, "{json}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
