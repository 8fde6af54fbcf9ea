//! `cargo xtask spec ...`.

mod compare;
mod enlarge;
mod pull;
mod slice;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use msgraph_spec::{WireImpact, lint};

use crate::output::{eprint_line, exit_code};
use crate::workspace::{Spec as OwnSpec, read, root};

/// The exit code if a comparison could not be made.
const NOT_COMPARED: u8 = 2;

/// Checks and compares specs.
#[derive(Subcommand)]
pub(crate) enum Spec {
    /// Reports mistakes in a spec.
    Lint {
        /// The spec. Default: each of the project's own.
        file: Option<PathBuf>,
        /// The format of the findings.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Reports the impact of each change on the wire and on Rust users, and the version that follows.
    ///
    /// Exit codes: 0; 1 if --fail-on or --check-version found something; 2 if the specs could not be compared; 3 if no
    /// code can be generated from the new spec.
    Diff {
        /// The spec before: a file or a git revision.
        old: String,
        /// The spec after: a file or a git revision. Default: the working copy.
        new: Option<String>,
        /// Prints lines for the changelog.
        #[arg(long, conflicts_with = "json")]
        changelog: bool,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
        /// Fails if a change has this impact on the wire, or a stronger one.
        #[arg(long, value_enum)]
        fail_on: Option<FailOn>,
        /// Fails if info.version was not raised as the changes require.
        #[arg(long)]
        check_version: bool,
    },
    /// Reports the differences from Microsoft's own spec that spec/decisions.toml does not cover, and stale decisions.
    ///
    /// Exit codes: 0 if there are none; 1 if there are; 2 if the specs could not be compared.
    Drift {
        /// Microsoft's spec, in YAML or JSON: of a module or of all of Graph.
        #[arg(long)]
        upstream: PathBuf,
        /// The name of the only spec to compare, such as `incident-tasks`. Default: all.
        #[arg(long)]
        spec: Option<String>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Merges what Microsoft's own spec changed into ours; reports what it means and what is left to do by hand.
    ///
    /// Exit codes: 0; 1 if there are conflicts; 2 if the specs could not be merged.
    Pull {
        /// Microsoft's spec, in YAML or JSON: of a module or of all of Graph.
        #[arg(long)]
        upstream: PathBuf,
        /// The name of the only spec to change, such as `incident-tasks`. Default: all.
        #[arg(long)]
        spec: Option<String>,
        /// Writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Makes a spec in our forms of some paths of Microsoft's own; lists the texts to write and what was left out.
    Slice {
        /// Microsoft's spec, in YAML or JSON: of a module or of all of Graph.
        #[arg(long)]
        upstream: PathBuf,
        /// A path, such as "/security/incidents/{id}", or a method and a path.
        #[arg(long = "path", required = true)]
        paths: Vec<String>,
        /// A property that an update can change. Default: those that Microsoft's spec does not mark as read-only.
        #[arg(long, value_delimiter = ',')]
        writable: Vec<String>,
        /// The file to write, and one of this name in the directory `upstream` beside it: the structure that a pull
        /// compares with. Default: standard output.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Writes a large spec for measurements: a module in block style, repeated with other names.
    #[command(hide = true)]
    Enlarge {
        /// The module.
        module: PathBuf,
        /// The file to write.
        output: PathBuf,
        /// The size in MB.
        #[arg(long, default_value_t = 60)]
        megabytes: usize,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// One line for each finding.
    Text,
    /// Annotations of a GitHub workflow.
    Github,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FailOn {
    /// Existing clients or services fail.
    Breaking,
    /// Clients that are too strict can fail.
    Risky,
}

impl FailOn {
    fn least(self) -> WireImpact {
        match self {
            Self::Breaking => WireImpact::Breaking,
            Self::Risky => WireImpact::Risky,
        }
    }
}

impl Spec {
    pub(crate) fn run(self) -> ExitCode {
        let compared = match self {
            Self::Drift { upstream, spec, json } => compare::drifted(&upstream, spec.as_deref(), json),
            Self::Pull { upstream, spec, dry_run } => pull::run(&upstream, spec.as_deref(), dry_run),
            Self::Diff { old, new, changelog, json, fail_on, check_version } => {
                let print = match (changelog, json) {
                    (true, _) => compare::Print::Changelog,
                    (_, true) => compare::Print::Json,
                    _ => compare::Print::Text,
                };
                let fail_on = fail_on.map(FailOn::least);
                compare::compared(&old, new.as_deref(), compare::DiffOptions { print, fail_on, check_version })
            }
            Self::Enlarge { module, output, megabytes } => {
                return exit_code(enlarge::run(&module, &output, megabytes));
            }
            Self::Slice { upstream, paths, writable, output } => {
                return exit_code(slice::run(&upstream, &paths, &writable, output.as_deref()));
            }
            Self::Lint { file, format } => return exit_code(lint_files(file, format)),
        };
        compared.unwrap_or_else(|message| {
            eprint_line(&message);
            NOT_COMPARED.into()
        })
    }
}

fn lint_files(file: Option<PathBuf>, format: Format) -> Result<(), String> {
    let files = match file {
        Some(file) => vec![(file.display().to_string(), file)],
        None => OwnSpec::all()?.iter().map(|spec| (spec.path(), root().join(spec.path()))).collect(),
    };
    let linted = files.iter().map(|(name, file)| linted(name, &read(file)?, format));
    // Each is reported before the first problem ends the task.
    linted.collect::<Vec<_>>().into_iter().collect()
}

fn linted(name: &str, text: &str, format: Format) -> Result<(), String> {
    let mut findings: Vec<_> =
        lint(text).into_iter().map(|finding| (finding.line, finding.pointer, finding.rule, finding.message)).collect();
    // A construct that codegen does not support is not one of the project's forms.
    if findings.is_empty()
        && let Err(error) = msgraph_codegen::generate(text)
    {
        let forms = error.rejections().iter();
        findings.extend(forms.map(|rejection| {
            let error = &rejection.error;
            (rejection.line.unwrap_or(1), error.pointer().to_owned(), "form", error.message().to_owned())
        }));
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
        1 => Err("1 finding".to_owned()),
        count => Err(format!("{count} findings")),
    }
}

/// [Workflow commands](https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands) end at the
/// end of a line.
fn escaped(message: &str) -> String {
    message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
