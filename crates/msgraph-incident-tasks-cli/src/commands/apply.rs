//! `incident-tasks apply <file>`

mod check;
mod input;
mod journal;
mod look_up;
mod previous_run;
mod producer;
mod report;
mod rows;
mod run;

use std::path::PathBuf;

use clap::Args;
use msgraph_incident_tasks::types::IncidentTaskStatus;

use crate::failure::Failure;
use crate::interrupt::Interruption;
use crate::session::{Mode, Session};
use crate::text::eprint_line;
use crate::token_claims;
use crate::values::{self, Members};
use input::Input;
use journal::Identity;
use report::Shown;
use rows::{InputFormat, RowOptions};
use run::Setup;

/// Set the status of many incident tasks, from a file
///
/// The file has a row for each task, with `id` and `status`: CSV with a header, JSON Lines, or a JSON array, such as
/// `list` prints. It is checked as a whole before anything is sent; stdin is kept in a temporary file first. Prints a
/// result for each row, in the order of the rows.
///
/// The outcome of each row is kept in a journal next to the file. After a crash, Ctrl-C or failures, --resume finishes
/// the rest: rows that were applied are not sent again, and rows that may have been applied are looked up first. Ctrl-C
/// waits for the requests in flight; a second one does not. The run stops if the service rejects the sign-in (401, 403).
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks apply updates.csv --dry-run
  incident-tasks apply updates.csv
  incident-tasks apply updates.csv --resume --output jsonl
  incident-tasks list --all -o jsonl | incident-tasks apply - --status inProgress
  incident-tasks apply - --journal my.journal < updates.csv
  incident-tasks apply updates.csv --no-journal --max-errors 10 --failures-only")]
pub(crate) struct Arguments {
    /// The file; - for stdin
    file: PathBuf,

    /// Format of the file. Default: detected by its name, or else by its beginning
    #[arg(long, value_name = "FORMAT")]
    input: Option<InputFormat>,

    /// Largest input, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
    max_input: u64,

    /// Set this status in each row, in place of the row's own
    #[arg(long, value_parser = values::members::<IncidentTaskStatus>())]
    status: Option<Members<IncidentTaskStatus>>,

    /// Send statuses that this version does not know, such as those that Microsoft has added since
    #[arg(long)]
    allow_unknown_status: bool,

    /// Number of batches of 20 in flight at once
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,

    /// Send each update as its own request, for tenants that reject batches
    #[arg(long, alias = "one-by-one")]
    unbatched: bool,

    /// Send no more rows after this many have failed
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    max_errors: Option<u64>,

    /// Print no results and no progress, only the summary
    #[arg(long, short, conflicts_with = "failures_only")]
    quiet: bool,

    /// Print only the results of rows that failed
    #[arg(long)]
    failures_only: bool,

    /// Journal of the run. Default: the file's name and `.journal`; none for stdin
    #[arg(long, value_name = "JOURNAL", conflicts_with = "no_journal")]
    journal: Option<PathBuf>,

    /// Do not keep a journal: the run cannot be resumed
    #[arg(long)]
    no_journal: bool,

    /// Finish an earlier run by its journal; without a journal, start a run
    #[arg(long, conflicts_with_all = ["no_journal", "dry_run"])]
    resume: bool,

    /// Resume a run that was started with another tenant's token
    #[arg(long, requires = "resume")]
    other_tenant: bool,

    /// Print the requests without the token, and send nothing
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    pub(crate) fn mode(&self) -> Mode {
        Mode::dry_run(self.dry_run)
    }

    pub(crate) fn reads_stdin(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    /// Fails if the arguments contradict each other.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if let Some(status) = &self.status {
            status.check("--status", self.allow_unknown_status, "--allow-unknown-status")?;
            status.single("--status")?;
        }
        if self.resume && self.journal_path().is_none() {
            return Err(Failure::Usage("--resume requires --journal if the rows are read from stdin".to_owned()));
        }
        Ok(())
    }

    pub(crate) async fn run(self, session: &Session, interruption: &mut Interruption) -> Result<(), Failure> {
        let status = self.status.as_ref().map(|status| status.single("--status").cloned()).transpose()?;
        let options = RowOptions { format: self.input, status, allow_unknown_status: self.allow_unknown_status };
        let input = tokio::select! {
            input = Input::open(&self.file, self.max_input) => input?,
            signal = interruption.next() => {
                let path = self.file.display();
                eprint_line(&format!("interrupted while reading {path}: the rest was not read, and nothing was sent"));
                return Err(Failure::Interrupted { signal, write: None });
            }
        };
        let path = self.journal_path();
        let identity = if path.is_some() { Some(identity(session).await?) } else { None };
        let journal = path.as_ref().zip(identity.as_ref());
        // Nothing is written before the whole file is checked.
        let inspected =
            journal.map(|(path, identity)| journal::inspect(path, identity, self.resume, self.other_tenant));
        let (start, previous) = inspected.transpose()?.unzip();
        let rows = check::check(&input, &options, previous.as_ref())?;
        if identity.is_none() {
            // Once for all rows.
            let token = session.credential.token();
            interruption.unless(token).await?;
        }
        let journal = start.zip(journal).map(|(start, (path, identity))| start.begin(path, identity)).transpose()?;
        let setup = Setup {
            session,
            input,
            options,
            rows,
            previous: previous.unwrap_or_default(),
            journal,
            concurrency: self.concurrency.into(),
            unbatched: self.unbatched,
            max_errors: self.max_errors,
            shown: self.shown(),
        };
        run::run(setup, interruption).await
    }

    fn shown(&self) -> Shown {
        match (self.quiet, self.failures_only) {
            (true, _) => Shown::Nothing,
            (_, true) => Shown::Failures,
            _ => Shown::All,
        }
    }

    fn journal_path(&self) -> Option<PathBuf> {
        if self.no_journal || self.dry_run {
            return None;
        }
        self.journal.clone().or_else(|| {
            let mut name = (!self.reads_stdin()).then(|| self.file.clone().into_os_string())?;
            name.push(".journal");
            Some(name.into())
        })
    }
}

async fn identity(session: &Session) -> Result<Identity, Failure> {
    let token = session.credential.token().await?;
    let claims = token_claims::of(&token);
    let claim = |name: &str| claims.as_ref()?.text(name).map(str::to_owned);
    Ok(Identity {
        endpoint: session.client.endpoint().to_owned(),
        tenant: claim("tid"),
        client: claim("appid").or_else(|| claim("azp")),
    })
}
