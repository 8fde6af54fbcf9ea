//! `incident-tasks completions <shell>`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::exit::Failure;
use crate::output::print_text;

/// Print a completion script for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks completions bash > incident-tasks.bash
  incident-tasks completions zsh > _incident-tasks
  incident-tasks completions fish > incident-tasks.fish
  incident-tasks completions powershell > incident-tasks.ps1

bash: source the file in ~/.bashrc. zsh: put it in a folder of $fpath. fish: put it in
~/.config/fish/completions. PowerShell: dot-source it in $PROFILE.")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        let mut command = crate::arguments::Arguments::command();
        clap_complete::generate(self.shell, &mut command, "incident-tasks", &mut script);
        print_text(&String::from_utf8_lossy(&script))
    }
}
