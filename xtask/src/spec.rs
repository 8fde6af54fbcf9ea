//! `cargo xtask spec ...`.

mod compare;
mod enlarge;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use msgraph_spec::{WireImpact, lint};

use crate::output::{eprint_line, exit_code};
use crate::workspace::{SPEC, read, root};

/// The exit code if a comparison could not be made.
const NOT_COMPARED: u8 = 2;

/// Checks and compares specs.
#[derive(Subcommand)]
pub(crate) enum Spec {
    /// Reports mistakes in a spec.
    Lint {
        /// The spec. Default: the project's own.
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
        /// Prints JSON.
        #[arg(long)]
        json: bool,
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
            Self::Drift { upstream, json } => compare::drifted(&upstream, json),
            Self::Diff { old, new, changelog, json, fail_on, check_version } => {
                let print = match (changelog, json) {
                    (true, _) => compare::Print::Changelog,
                    (_, true) => compare::Print::Json,
                    _ => compare::Print::Text,
                };
                compare::compared(&old, new.as_deref(), print, fail_on.map(FailOn::least), check_version)
            }
            Self::Enlarge { module, output, megabytes } => {
                return exit_code(enlarge::run(&module, &output, megabytes));
            }
            Self::Lint { file, format } => {
                let name = file.as_ref().map_or_else(|| SPEC.to_owned(), |file| file.display().to_string());
                let text = read(&file.unwrap_or_else(|| root().join(SPEC)));
                return exit_code(text.and_then(|text| linted(&name, &text, format)));
            }
        };
        compared.unwrap_or_else(|message| {
            eprint_line(&message);
            NOT_COMPARED.into()
        })
    }
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
