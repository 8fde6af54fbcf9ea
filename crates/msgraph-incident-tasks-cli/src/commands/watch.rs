//! `incident-tasks watch <id>`

use std::time::Duration;

use clap::Args;
use msgraph_incident_tasks::IncidentTaskId;
use msgraph_incident_tasks::types::IncidentTask;

use super::{Run, Verb};
use crate::exit::Failure;
use crate::output::{Format, one_line, print_on_one_line};
use crate::say;
use crate::session::Session;

/// Read an incident task again and again, until it has a status or time is up
///
/// Says each change on stderr, and prints the task at the end; with --output jsonl it prints the task at each change.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks watch 213213 --until open
  incident-tasks watch 213214 --until-action notStarted --timeout 60 --output jsonl")]
pub(crate) struct Arguments {
    /// The ID of the task: a GUID, or a number such as 213213
    #[arg(allow_hyphen_values = true)]
    id: String,

    /// End when the task has one of these statuses
    #[arg(long, value_name = "STATUS", num_args = 1.., default_values = ["completed", "failed", "notRelevant"])]
    until: Vec<String>,

    /// End when the task's action has one of these statuses, in place of --until
    #[arg(long, value_name = "STATUS", num_args = 1.., conflicts_with = "until")]
    until_action: Vec<String>,

    /// How long to wait from one read to the next
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = super::seconds)]
    interval: Duration,

    /// When to give up, with exit code 10
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = super::seconds)]
    timeout: Duration,
}

pub(crate) struct Watch {
    id: IncidentTaskId,
    until: Until,
    interval: Duration,
    timeout: Duration,
}

enum Until {
    Status(Vec<String>),
    ActionStatus(Vec<String>),
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Watch, Failure> {
        let Self { id, until, until_action, interval, timeout } = self;
        let until = match until_action.is_empty() {
            true => Until::Status(until),
            false => Until::ActionStatus(until_action),
        };
        // A service is not asked more often than it can change.
        let interval = interval.max(Duration::from_millis(100));
        Ok(Watch { id: id.parse()?, until, interval, timeout })
    }
}

impl Verb for Watch {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(async move {
            let mut seen = None;
            match tokio::time::timeout(self.timeout, self.watch(session, &mut seen)).await {
                Ok(done) => done,
                Err(_) => {
                    let last = seen.map_or_else(|| "was not read".to_owned(), |seen| format!("is {seen}"));
                    let waited = self.timeout.as_secs_f64();
                    Err(Failure::TimedOut(format!("task {} {last} after {waited} s", self.id)))
                }
            }
        })
    }
}

impl Watch {
    async fn watch(&self, session: &Session, seen: &mut Option<String>) -> Result<(), Failure> {
        let prints_each = session.output.format == Format::Jsonl;
        loop {
            let task = session.client.get_incident_task(&self.id).send().await?;
            let now = in_words(&task);
            if seen.as_ref() != Some(&now) {
                say(&format!("{}: {now}", self.id));
                if prints_each {
                    print_on_one_line(&task)?;
                }
                *seen = Some(now);
            }
            if self.until.is_reached_by(&task) {
                return if prints_each { Ok(()) } else { session.output.task(&task) };
            }
            tokio::time::sleep(self.interval).await;
        }
    }
}

impl Until {
    fn is_reached_by(&self, task: &IncidentTask) -> bool {
        let (status, wanted) = match self {
            Self::Status(wanted) => (task.status.as_ref().map(AsRef::<str>::as_ref), wanted),
            Self::ActionStatus(wanted) => (task.action_status.as_ref().map(AsRef::<str>::as_ref), wanted),
        };
        status.is_some_and(|status| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(status)))
    }
}

fn in_words(task: &IncidentTask) -> String {
    let status = task.status.as_ref().map_or("without a status", AsRef::as_ref);
    let action =
        task.action_status.as_ref().map_or(String::new(), |status| format!(", its action {}", status.as_ref()));
    one_line(&format!("{status}{action}"))
}
