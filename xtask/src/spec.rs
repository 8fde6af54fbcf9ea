//! `cargo xtask spec ...`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Subcommand, ValueEnum};
use msgraph_spec::{Bump, Drift, Effect, Upstream, diff, drift, lint};

use crate::output::{eprint_line, exit_code, print_line};
use crate::workspace::{SPEC, read, root};

const DECISIONS: &str = "spec/decisions.toml";
/// The exit code where a comparison could not be made.
const CANT_SAY: u8 = 2;

/// Tools for an API description that changes.
#[derive(Subcommand)]
pub(crate) enum Spec {
    /// Says what a generator, a validator or a reader would stumble over.
    Lint {
        /// The description; the project's own unless given.
        file: Option<PathBuf>,
        /// How findings are written.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Says what each change means on the wire and for Rust users, and which version follows.
    Diff {
        /// The description before: a file or a git revision.
        old: String,
        /// The description after: a file or a git revision; the working copy unless given.
        new: Option<String>,
        /// Writes lines for the changelog.
        #[arg(long)]
        changelog: bool,
    },
    /// Says what Microsoft's own description has and ours has not, and the reverse, less what the ledger decided.
    ///
    /// Ends with 0 where there is nothing, with 1 where there is, and with 2 where it can't be said.
    Drift {
        /// Microsoft's description, in YAML: of a module or of all of Graph.
        #[arg(long)]
        upstream: PathBuf,
        /// Writes JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// A line each.
    Text,
    /// Annotations of a GitHub workflow.
    Github,
}

impl Spec {
    pub(crate) fn run(self) -> ExitCode {
        exit_code(match self {
            Self::Drift { upstream, json } => {
                return drifted(&upstream, json).unwrap_or_else(|message| {
                    eprint_line(&message);
                    CANT_SAY.into()
                });
            }
            Self::Diff { old, new, changelog } => {
                let new = new.map_or_else(|| read(&root().join(SPEC)), |new| text_of(&new));
                new.and_then(|new| compared(&text_of(&old)?, &new, changelog))
            }
            Self::Lint { file, format } => {
                let name = file.as_ref().map_or_else(|| SPEC.to_owned(), |file| file.display().to_string());
                read(&file.unwrap_or_else(|| root().join(SPEC))).and_then(|text| linted(&name, &text, format))
            }
        })
    }
}

fn linted(name: &str, text: &str, format: Format) -> Result<(), String> {
    let mut findings: Vec<_> =
        lint(text).into_iter().map(|finding| (finding.line, finding.pointer, finding.rule, finding.message)).collect();
    // What codegen can't carry is a form that the house does not have.
    if let (true, Err(error)) = (findings.is_empty(), msgraph_codegen::generate(text)) {
        findings.push((1, error.pointer().to_owned(), "form", error.message().to_owned()));
    }
    for (line, pointer, rule, message) in &findings {
        eprint_line(&match format {
            Format::Text => format!("{name}:{line}: {rule} {pointer}: {message}"),
            Format::Github => {
                format!("::error file={name},line={line},title={rule}::{}", escaped(&format!("{pointer}: {message}")))
            }
        });
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(format!("{count} findings")),
    }
}

/// [Workflow commands](https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands) end at the
/// end of a line.
fn escaped(message: &str) -> String {
    message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn compared(old: &str, new: &str, changelog: bool) -> Result<(), String> {
    let generate = |text: &str| {
        msgraph_codegen::generate(text).map(|generated| generated.source).map_err(|error| error.to_string())
    };
    let effects = diff(old, new, generate)?;
    for effect in &effects {
        let Effect { change, side, wire, rust, reason, .. } = effect;
        print_line(&match changelog {
            true => format!("- {change}: {reason}."),
            false => {
                format!("{change}\n    {side} side, wire {wire}, Rust {rust}, version {}: {reason}", effect.bump())
            }
        });
    }
    let bump = effects.iter().map(Effect::bump).max().unwrap_or(Bump::None);
    if !changelog {
        print_line(&format!("{} changes; version: {bump}", effects.len()));
    }
    Ok(())
}

/// The text of a file, or of the description in a git revision.
fn text_of(place: &str) -> Result<String, String> {
    let file = PathBuf::from(place);
    if file.exists() {
        return read(&file);
    }
    let object = format!("{place}:{SPEC}");
    let output = Command::new("git").args(["show", &object]).current_dir(root()).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    match output.status.success() {
        true => String::from_utf8(output.stdout).map_err(|error| format!("{object}: {error}")),
        false => {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(format!("{place} is neither a file nor a revision with a description: {reason}"))
        }
    }
}

fn drifted(upstream: &Path, json: bool) -> Result<ExitCode, String> {
    let ours: serde_json::Value =
        serde_json::from_str(&read(&root().join(SPEC))?).map_err(|error| format!("{SPEC}: {error}"))?;
    let decisions = msgraph_spec::decisions(&read(&root().join(DECISIONS))?)?;
    let decided: Vec<_> = decisions.into_iter().flat_map(|decision| decision.drift).collect();
    let text = read(upstream)?;
    let Drift { differences, stale, .. } = drift(&ours, &Upstream::parse(&text)?, &decided)?;
    if json {
        let list = differences.iter().map(|difference| {
            serde_json::json!({ "fact": difference.fact, "ours": difference.ours, "upstream": difference.upstream })
        });
        print_line(&format!("{:#}", list.collect::<serde_json::Value>()));
    } else {
        differences.iter().for_each(|difference| print_line(&difference.to_string()));
        stale.iter().for_each(|fact| print_line(&format!("stale decision: {fact}")));
        print_line(&format!("{} differences without a decision, {} stale decisions", differences.len(), stale.len()));
    }
    Ok(if differences.is_empty() && stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
