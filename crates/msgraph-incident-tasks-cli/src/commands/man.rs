//! `incident-tasks man`

use std::io;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::failure::{EXIT_CODES, Failure};
use crate::files::about;
use crate::output::print_text;

const ENVIRONMENT: [(&str, &str); 10] = [
    ("GRAPH_TOKEN", "The access token."),
    ("GRAPH_ENDPOINT", "The base URL of the service, if --endpoint is not given."),
    ("AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET", "An application and its secret."),
    ("AZURE_CLIENT_CERTIFICATE_PATH", "The application's certificate and key in PEM, in place of a secret."),
    ("AZURE_FEDERATED_TOKEN_FILE", "The token of workload identity, in place of a secret."),
    ("IDENTITY_ENDPOINT, MSI_ENDPOINT", "The endpoint of managed identity."),
    ("HTTPS_PROXY, NO_PROXY", "The proxy of requests, and hosts that are reached without it."),
    ("RUST_LOG", "Turns on a log on stderr, such as debug. It never contains a token."),
    ("NO_COLOR", "Turns off colours."),
    ("PAGER, LESS, COLUMNS, TZ", "The pager, its options, the width of tables, the local time zone."),
];

const FILES: [(&str, &str); 4] = [
    ("<file>.journal", "The journal of apply, next to its file: the sent rows and their outcomes."),
    ("<file>.journal.1, <file>.journal.2, ...", "Journals of earlier runs that were completed."),
    ("<state>, <state>.lock, <state>.tasks", "What follow has dealt with, its lock, and what its handlers read."),
    ("<state>.failed", "The tasks that follow has given up, a line of JSON each."),
];

/// Print a manual page, or write all of them to a folder
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks man
  incident-tasks man apply
  incident-tasks man --dir man1

Read one with `man ./man1/incident-tasks-apply.1`.")]
pub(crate) struct Arguments {
    /// Subcommand of the page. Default: the program itself
    #[arg(value_name = "SUBCOMMAND")]
    subcommand: Option<String>,

    /// Write each page to this folder, which is created if needed
    #[arg(long, value_name = "FOLDER", conflicts_with = "subcommand")]
    dir: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self, program: Command) -> Result<(), Failure> {
        // `help` has no page, and exit codes have their own section.
        let mut program = program.disable_help_subcommand(true).after_help(None::<&str>);
        // Gives each subcommand its full name and the global options.
        program.build();
        let subcommands = || program.get_subcommands();
        if let Some(folder) = self.dir {
            std::fs::create_dir_all(&folder).map_err(|error| about(&folder, &error))?;
            for command in [&program].into_iter().chain(subcommands()) {
                let file = folder.join(format!("{}.1", name(command)));
                std::fs::write(&file, page(command)?).map_err(|error| about(&file, &error))?;
            }
            return Ok(());
        }
        let command = match &self.subcommand {
            None => &program,
            Some(name) => program.find_subcommand(name).ok_or_else(|| {
                let names: Vec<_> = subcommands().map(Command::get_name).collect();
                Failure::Usage(format!("unknown subcommand {name:?}: allowed are {}", names.join(", ")))
            })?,
        };
        print_text(&String::from_utf8_lossy(&page(command)?))
    }
}

fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(command.clone()).title(name(command));
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    section("ENVIRONMENT", &ENVIRONMENT).to_writer(&mut page)?;
    section("FILES", &FILES).to_writer(&mut page)?;
    section("EXIT STATUS", &EXIT_CODES).to_writer(&mut page)?;
    if command.get_after_help().is_some() {
        man.render_extra_section(&mut page)?;
    }
    if command.get_version().is_some() {
        man.render_version_section(&mut page)?;
    }
    Ok(page)
}

fn section(title: &str, entries: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (name, text) in entries {
        roff.control("TP", []);
        roff.text([bold(*name)]).text([roman(*text)]);
    }
    roff
}
