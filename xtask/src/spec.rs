//! `cargo xtask spec ...`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use msgraph_spec::lint;

use crate::regenerate::{FRAGMENT, read, root};
use crate::report;

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
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// A line each.
    Text,
    /// Annotations of a GitHub workflow.
    Github,
}

impl Spec {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::Lint { file, format } => {
                let name = file.as_ref().map_or_else(|| FRAGMENT.to_owned(), |file| file.display().to_string());
                linted(&name, &read(&file.unwrap_or_else(|| root().join(FRAGMENT)))?, format)
            }
        }
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
        report(&match format {
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
