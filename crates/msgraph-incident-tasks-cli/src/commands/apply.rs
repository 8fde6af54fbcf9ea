//! `incident-tasks apply <file>`

mod input;
mod journal;
mod report;
mod run;
mod updates;

use std::path::PathBuf;

use clap::Args;

use super::{Run, Verb, mode, status};
use crate::exit::Failure;
use crate::session::{Mode, Session};
use input::{InputFormat, Rules, Source};

/// Set the status of many incident tasks, as a file says
///
/// The file has a row for each task, with `id` and `status`: CSV with a header, or JSON Lines, such as `list --output
/// jsonl` prints. A file is checked as a whole before anything is sent. Prints a result for each row, in the order of
/// the rows.
///
/// What becomes of each row is kept in a journal, beside the file unless told otherwise. After a crash, Ctrl-C or
/// failures, --resume finishes the rest: what was applied is not sent again, and what may have been applied is looked
/// up first. Ctrl-C lets what is under way end; a second one doesn't.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks apply updates.csv --dry-run
  incident-tasks apply updates.csv
  incident-tasks apply updates.csv --resume --output jsonl
  incident-tasks list -o jsonl | incident-tasks apply - --status inProgress
  incident-tasks apply - --journal my.journal < updates.csv
  incident-tasks apply updates.csv --no-journal --max-errors 10")]
pub(crate) struct Arguments {
    /// The file; - for stdin
    file: PathBuf,

    /// The form of the file; unless set it is told by its name, or else by how it begins
    #[arg(long, value_name = "FORMAT")]
    input: Option<InputFormat>,

    /// Set this status in each row, whatever the row says
    #[arg(long)]
    status: Option<String>,

    /// Send statuses that this program doesn't know, as those that Microsoft has added since
    #[arg(long)]
    allow_unknown_status: bool,

    /// How many batches of 20 are on their way at once
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,

    /// Send each update by a request of its own, for tenants in which batches are refused
    #[arg(long)]
    one_by_one: bool,

    /// Read no more rows after so many have failed
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    max_errors: Option<u64>,

    /// Where to keep what becomes of each row; unless set beside the file, with `.journal` after its name, and nowhere for stdin
    #[arg(long, value_name = "JOURNAL", conflicts_with = "no_journal")]
    journal: Option<PathBuf>,

    /// Keep no journal: the run can't be resumed
    #[arg(long)]
    no_journal: bool,

    /// Finish what earlier runs have left, by their journal; begins where there is none
    #[arg(long, conflicts_with_all = ["no_journal", "dry_run"])]
    resume: bool,

    /// Print the requests, without the token, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// A run whose arguments can be used.
pub(crate) struct Apply {
    source: Source,
    rules: Rules,
    concurrency: usize,
    one_by_one: bool,
    max_errors: Option<u64>,
    journal: Option<PathBuf>,
    resume: bool,
    dry_run: bool,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Apply, Failure> {
        let source = if self.file.as_os_str() == "-" { Source::Stdin } else { Source::File(self.file) };
        let text = self.status.as_deref();
        let status = text.map(|text| status(text, self.allow_unknown_status)).transpose()?;
        let journal = match (&source, self.journal) {
            _ if self.no_journal || self.dry_run => None,
            (_, Some(journal)) => Some(journal),
            (Source::File(file), None) => {
                let mut name = file.clone().into_os_string();
                name.push(".journal");
                Some(name.into())
            }
            (Source::Stdin, None) => None,
        };
        if self.resume && journal.is_none() {
            return Err(Failure::Usage("--resume of stdin needs --journal".to_owned()));
        }
        Ok(Apply {
            source,
            rules: Rules { format: self.input, status, allow_unknown_status: self.allow_unknown_status },
            concurrency: usize::from(self.concurrency),
            one_by_one: self.one_by_one,
            max_errors: self.max_errors,
            journal,
            resume: self.resume,
            dry_run: self.dry_run,
        })
    }
}

impl Verb for Apply {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(run::run(*self, session))
    }

    fn mode(&self) -> Mode {
        mode(self.dry_run)
    }

    fn reads_stdin(&self) -> bool {
        self.source == Source::Stdin
    }

    fn handles_interruption(&self) -> bool {
        true
    }
}
