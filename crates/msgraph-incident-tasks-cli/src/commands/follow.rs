//! `incident-tasks follow`

mod handler;
mod jobs;
mod report;
mod run;
mod state;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use msgraph_incident_tasks::Start;
use msgraph_incident_tasks::types::IncidentTaskStatus;

use crate::failure::Failure;
use crate::filters::Filters;
use crate::interrupt::Interruption;
use crate::session::Session;
use crate::values::{self, Members};
use state::Kind;

/// Print each change of incident tasks, or run a command for it
///
/// Polls the list. Without --exec, prints a line of JSON for each change. With --exec, runs the command
/// for each new task: the task's JSON is its stdin, and INCIDENT_TASK_ID, _STATUS, _ACTION_TYPE and _INCIDENT_ID are in
/// its environment, which has no credentials. A handler that exits with another code than 0 is run again.
///
/// With --state a later run continues where this one ends or is killed: no change is missed, and one may be delivered
/// twice if the program was killed between the start of its handler and the write of its end. Every final state of a
/// task is delivered, not every state between two polls. A task never has two handlers at once.
///
/// After Ctrl-C no more handlers start, and the running ones complete; a second Ctrl-C ends them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks follow --status open
  incident-tasks follow --state follow.state --since 24h >> changes.jsonl
  incident-tasks follow --state follow.state --exec ./handler.sh
  incident-tasks follow --state follow.state --claim --on-success completed --exec ./handler.sh
  incident-tasks follow --on created,changed,left --jobs 4 --timeout 600 --exec ./handler.sh
  incident-tasks follow --state follow.state --once --retry-failed --exec ./handler.sh
  incident-tasks follow --emulator --scenario day --exec ./handler.sh")]
pub(crate) struct Arguments {
    #[command(flatten)]
    filters: Filters,

    /// Keep the handled changes in this file, so that a later run continues there. Default: no file
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Where to begin without a state: `now`, `beginning`, a time, a date, or a time ago such as 24h
    #[arg(long, value_name = "now|beginning|TIME", default_value = "now", value_parser = since)]
    since: Start,

    /// Time from one poll to the next
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = values::seconds)]
    interval: Duration,

    /// Delay after which a change is readable
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = values::seconds)]
    overlap: Duration,

    /// Read the whole list every NUMBER polls, for changes without a new time and removed tasks
    #[arg(long, value_name = "POLLS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    full_every: u32,

    /// End after one poll and its handlers, such as for cron
    #[arg(long)]
    once: bool,

    /// Which changes to print or handle, separated by commas. Default: created with --exec, or else all
    #[arg(long, value_name = "CHANGES", value_delimiter = ',')]
    on: Vec<Kind>,

    /// Write metrics to this file after each poll, as OpenMetrics text
    #[arg(long, value_name = "FILE")]
    metrics_file: Option<PathBuf>,

    #[command(flatten)]
    handling: Handling,

    /// With --emulator, let tasks appear and change: `day`, a day of a security operations center, or a JSON file
    #[cfg(feature = "emulator")]
    #[arg(long, value_name = "day|FILE")]
    scenario: Option<PathBuf>,

    /// Speed of the scenario; 60 runs an hour in a minute
    #[cfg(feature = "emulator")]
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, requires = "scenario")]
    speed: f64,
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(next_help_heading = "Handlers")]
struct Handling {
    /// Run this command, with all arguments that follow, for each change
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    exec: Vec<OsString>,

    /// Number of handlers at once
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "exec", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,

    /// End a handler and its children after this time. Default: no limit
    #[arg(long, value_name = "SECONDS", requires = "exec", value_parser = values::seconds)]
    timeout: Option<Duration>,

    /// Number of attempts for a task, with waits that double from 1 s; then it is added to STATE.failed
    #[arg(long, value_name = "NUMBER", default_value_t = 3, requires = "exec", value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,

    /// Set the status inProgress before the handler
    #[arg(long, requires = "exec")]
    claim: bool,

    /// Set this status after the handler succeeded
    #[arg(long, value_name = "STATUS", requires = "exec", value_parser = values::members::<IncidentTaskStatus>())]
    on_success: Option<Members<IncidentTaskStatus>>,

    /// Set this status after the last attempt failed
    #[arg(long, value_name = "STATUS", requires = "exec", value_parser = values::members::<IncidentTaskStatus>())]
    on_failure: Option<Members<IncidentTaskStatus>>,

    /// Handle the tasks of STATE.failed again
    #[arg(long, requires_all = ["exec", "state"])]
    retry_failed: bool,
}

impl Arguments {
    /// Fails if arguments contradict each other.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.filters.check()?;
        for (option, status) in
            [("--on-success", &self.handling.on_success), ("--on-failure", &self.handling.on_failure)]
        {
            if let Some(status) = status {
                // The handler can set an unknown status.
                status.check(option, false, "a handler that sets it")?;
                status.single(option)?;
            }
        }
        Ok(())
    }

    /// Sets the scenario of the emulator inside this process.
    #[cfg(feature = "emulator")]
    pub(crate) fn set_scenario(&self, connection: &mut crate::connection::Connection) -> Result<(), Failure> {
        if self.scenario.is_some() && !connection.uses_emulator() {
            return Err(Failure::Usage("--scenario requires --emulator".to_owned()));
        }
        connection.scenario = self.scenario.clone().map(|scenario| (scenario, self.speed));
        Ok(())
    }

    pub(crate) async fn run(
        self: Box<Self>,
        session: &Session,
        interruption: &mut Interruption,
    ) -> Result<(), Failure> {
        let client = session.polling_client()?;
        // A service is not asked more often than it can change.
        let interval = self.interval.max(Duration::from_millis(10));
        let mut follow = client.follow_incident_tasks().start(self.since.clone()).interval(interval);
        follow = follow.overlap(self.overlap).full_every(self.full_every);
        if let Some(filter) = self.filters.filter() {
            follow = follow.filter(filter);
        }
        if self.state.is_some()
            && let Some(tenant) = session.tenant().await?
        {
            follow = follow.tenant(tenant);
        }
        run::run(&self, follow, session, interruption).await
    }

    fn kinds(&self) -> &[Kind] {
        match self.on.as_slice() {
            [] if self.handling.exec.is_empty() => &[Kind::Created, Kind::Changed, Kind::Left],
            [] => &[Kind::Created],
            kinds => kinds,
        }
    }
}

fn since(text: &str) -> Result<Start, String> {
    match text {
        "now" => Ok(Start::Now),
        "beginning" => Ok(Start::Beginning),
        time => values::time(time).map(|time| Start::Since(time.into())),
    }
}
