//! `incident-tasks list`

use clap::Args;
use msgraph_incident_tasks::{Error, ErrorKind, Filter};

use super::{Run, Verb};
use crate::exit::Failure;
use crate::session::Session;

/// Print incident tasks
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks list --status open
  incident-tasks list --incident 28282 --output csv > tasks.csv
  incident-tasks list --filter \"status eq 'open' or status eq 'inProgress'\" --top 20
  incident-tasks list --all --output jsonl > tasks.jsonl")]
pub(crate) struct Arguments {
    /// Those with this status
    #[arg(long)]
    status: Option<String>,

    /// Those of this incident
    #[arg(long, value_name = "ID")]
    incident: Option<String>,

    /// Those that ask for this action, such as isolateDevice
    #[arg(long, value_name = "TYPE")]
    action_type: Option<String>,

    /// Those in an OData filter, as it is; joined to the others by `and`
    #[arg(long, value_name = "EXPRESSION")]
    filter: Option<String>,

    /// Stop after this many
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,

    /// Print all there are
    #[arg(long, conflicts_with = "top")]
    all: bool,
}

pub(crate) struct List {
    filter: Option<Filter>,
    limit: Option<u32>,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<List, Failure> {
        let Self { status, incident, action_type, filter, top, all } = self;
        let filters = [
            status.map(Filter::status),
            incident.map(Filter::incident_id),
            action_type.map(Filter::action_type),
            filter.map(Filter::raw),
        ];
        let filter = filters.into_iter().flatten().reduce(Filter::and);
        Ok(List { filter, limit: (!all).then_some(top) })
    }
}

impl Verb for List {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(async move {
            let mut list = session.client.list_incident_tasks();
            if let Some(filter) = self.filter {
                list = list.filter(filter);
            }
            if let Some(size) = self.limit.and_then(|limit| i32::try_from(limit).ok()).filter(|size| *size < 500) {
                list = list.top(size);
            }
            let limit = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
            let mut printer = session.output.task_printer();
            let (mut printed, mut unreadable): (usize, Option<Error>) = (0, None);
            let mut items = list.items();
            while printed < limit
                && let Some(item) = items.next().await
            {
                match item {
                    Ok(task) => {
                        printer.print(&task)?;
                        printed += 1;
                    }
                    Err(error) if error.kind() == ErrorKind::InvalidItem => unreadable = Some(error),
                    Err(error) => return Err(error.into()),
                }
            }
            printer.end()?;
            // What could be read is printed; that something could not must not go unnoticed.
            unreadable.map_or(Ok(()), |error| Err(error.into()))
        })
    }
}
