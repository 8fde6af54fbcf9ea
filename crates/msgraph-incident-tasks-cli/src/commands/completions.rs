//! `incident-tasks completions <shell>`

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Failure;
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
    pub(crate) fn run(self, mut program: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "incident-tasks", &mut script);
        let mut script = String::from_utf8_lossy(&script).into_owned();
        if self.shell == Shell::Bash {
            // Subcommands of a program with a hyphen in its name get two labels
            // (https://github.com/clap-rs/clap/issues/6421).
            script = script.replace("incident__subcmd__tasks", "incident__tasks");
        }
        print_text(&script)
    }
}
