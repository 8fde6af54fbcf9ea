//! The command line.

use std::sync::LazyLock;

use clap::{CommandFactory, Parser, Subcommand};
use msgraph_incident_tasks::{SPEC_SHA256, SPEC_VERSION};

use crate::commands::{apply, completions, doctor, execute, follow, get, list, man, update, watch, whoami};
use crate::connection::Connection;
use crate::failure::{EXIT_CODES, Failure};
use crate::interrupt::Interruption;
use crate::output::{self, Output};
use crate::session::{Mode, Session};

/// Read and act on the incident tasks of Microsoft Defender XDR
///
/// Incident tasks are a beta resource of Microsoft Graph, in the global service only. RUST_LOG, such as `debug`, turns
/// on a log on stderr, which never contains a token.
#[derive(Debug, Parser)]
#[command(name = "incident-tasks", version = version(), after_help = exit_codes(), max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    pub(crate) output: output::Arguments,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Get(get::Arguments),
    Update(update::Arguments),
    Execute(execute::Arguments),
    Watch(watch::Arguments),
    Follow(Box<follow::Arguments>),
    Apply(apply::Arguments),
    #[cfg(feature = "login")]
    Login(crate::commands::login::Arguments),
    #[cfg(feature = "login")]
    Logout(crate::commands::login::LogoutArguments),
    Whoami(whoami::Arguments),
    Doctor(doctor::Arguments),
    #[cfg(feature = "emulator")]
    Emulator(crate::commands::emulator::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Returns the version of this program and of its spec.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let program = env!("CARGO_PKG_VERSION");
        format!("{program} (spec {SPEC_VERSION}, sha256 {SPEC_SHA256})")
    });
    &VERSION
}

fn exit_codes() -> String {
    let lines = EXIT_CODES.iter().map(|(code, meaning)| format!("\n  {code:<3}  {meaning}"));
    format!("Exit codes:{}", lines.collect::<String>())
}

impl Cli {
    /// Returns the log filter that is used if `RUST_LOG` is not set.
    pub(crate) fn default_log(&self) -> Option<&'static str> {
        match self.command {
            #[cfg(feature = "emulator")]
            Command::Emulator(_) => Some("msgraph_incident_tasks_emulator=info"),
            _ => None,
        }
    }

    pub(crate) async fn run(self, output: Output, interruption: &mut Interruption) -> Result<(), Failure> {
        self.command.check()?;
        let Self { mut connection, command, .. } = self;
        let command = match command {
            #[cfg(feature = "emulator")]
            Command::Emulator(arguments) => return arguments.run(interruption).await,
            #[cfg(feature = "login")]
            Command::Login(arguments) => {
                return interruption.unless(arguments.run(connection.tenant(), output)).await;
            }
            #[cfg(feature = "login")]
            Command::Logout(arguments) => return interruption.unless(arguments.run(output)).await,
            Command::Completions(arguments) => return arguments.run(Self::command()),
            Command::Man(arguments) => return arguments.run(Self::command()),
            command => command,
        };
        if connection.token_stdin && matches!(&command, Command::Apply(apply) if apply.reads_stdin()) {
            return Err(Failure::Usage(
                "--token-stdin cannot be used if the rows are read from stdin: pass them as a file".to_owned(),
            ));
        }
        // `watch` has its own retries, and reports them.
        connection.no_retry |= matches!(command, Command::Watch(_));
        #[cfg(feature = "emulator")]
        if let Command::Follow(follow) = &command {
            follow.set_scenario(&mut connection)?;
        }
        let session = match Session::start(&connection, output, command.mode()).await {
            Err(failure) if matches!(command, Command::Doctor(_)) => return doctor::not_started(&failure, output),
            session => session?,
        };
        let result = command.run(&session, interruption).await;
        session.end().await?;
        result
    }
}

impl Command {
    /// Fails if arguments contradict each other.
    fn check(&self) -> Result<(), Failure> {
        match self {
            Self::List(arguments) => arguments.check(),
            Self::Update(arguments) => arguments.check(),
            Self::Execute(arguments) => arguments.check(),
            Self::Watch(arguments) => arguments.check(),
            Self::Follow(arguments) => arguments.check(),
            Self::Apply(arguments) => arguments.check(),
            _ => Ok(()),
        }
    }

    fn mode(&self) -> Mode {
        match self {
            Self::Update(arguments) => arguments.mode(),
            Self::Execute(arguments) => arguments.mode(),
            Self::Apply(arguments) => arguments.mode(),
            _ => Mode::Send,
        }
    }

    async fn run(self, session: &Session, interruption: &mut Interruption) -> Result<(), Failure> {
        let command = match self {
            // These handle the interruption themselves.
            Self::Apply(arguments) => return arguments.run(session, interruption).await,
            Self::Follow(arguments) => return arguments.run(session, interruption).await,
            command => command,
        };
        let run = async {
            match command {
                Self::List(arguments) => arguments.run(session).await,
                Self::Get(arguments) => arguments.run(session).await,
                Self::Update(arguments) => arguments.run(session).await,
                Self::Execute(arguments) => arguments.run(session).await,
                Self::Watch(arguments) => arguments.run(session).await,
                Self::Whoami(arguments) => arguments.run(session).await,
                Self::Doctor(arguments) => arguments.run(session).await,
                // These have run without a session.
                _ => Ok(()),
            }
        };
        tokio::select! {
            result = run => result,
            signal = interruption.next() => Err(Failure::Interrupted { signal, write: session.write_outcome() }),
        }
    }
}
