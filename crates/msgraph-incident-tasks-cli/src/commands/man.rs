//! `incident-tasks man`

use std::io;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};

use crate::exit::Failure;
use crate::output::print_text;

/// Print a manual page, or write all of them to a folder
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks man
  incident-tasks man apply
  incident-tasks man --dir man1

Read one with `man ./man1/incident-tasks-apply.1`.")]
pub(crate) struct Arguments {
    /// The verb that the page is of; the program's own page without one
    verb: Option<String>,

    /// Write each page to this folder, which is made if it isn't there
    #[arg(long, value_name = "FOLDER", conflicts_with = "verb")]
    dir: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut program = crate::arguments::Arguments::command();
        // Gives each verb its full name, and the options that all have.
        program.build();
        let verbs = program.get_subcommands().filter(|verb| verb.get_name() != "help");
        if let Some(folder) = self.dir {
            std::fs::create_dir_all(&folder)?;
            for command in [&program].into_iter().chain(verbs) {
                let file = folder.join(format!("{}.1", name(command)));
                std::fs::write(&file, page(command)?)?;
            }
            return Ok(());
        }
        let command = match &self.verb {
            None => &program,
            Some(verb) => program.find_subcommand(verb).ok_or_else(|| {
                let names: Vec<_> = verbs.map(Command::get_name).collect();
                Failure::Usage(format!("there is no verb {verb:?}; there are {}", names.join(", ")))
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
    clap_mangen::Man::new(command.clone()).title(name(command)).render(&mut page)?;
    Ok(page)
}
