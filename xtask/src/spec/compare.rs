//! `cargo xtask spec diff` and `cargo xtask spec drift`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use msgraph_spec::{Impact, Report, RustImpact, Upstream, WireImpact, decisions, diff, drift};
use serde_json::{Value, json};

use crate::output::{eprint_line, print_line};
use crate::workspace::{SPEC, read, root};

/// The exit code if no code can be generated from the new spec.
const NOT_GENERATED: u8 = 3;
const DECISIONS: &str = "spec/decisions.toml";

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Print {
    Text,
    Changelog,
    Json,
}

pub(super) fn compared(
    old: &str,
    new: Option<&str>,
    print: Print,
    fail_on: Option<WireImpact>,
    check_version: bool,
) -> Result<ExitCode, String> {
    let generate = |text: &str| {
        msgraph_codegen::generate(text).map(|generated| generated.source).map_err(|error| error.to_string())
    };
    let new = new.map_or_else(|| read(&root().join(SPEC)), text_of)?;
    let report = diff(&text_of(old)?, &new, generate)?;
    match print {
        Print::Json => print_line(&format!("{:#}", as_json(&report))),
        Print::Changelog => {
            for Impact { change, reason, .. } in &report.impacts {
                print_line(&format!("- {change}: {reason}."));
            }
        }
        Print::Text => {
            for impact in &report.impacts {
                let Impact { change, side, wire, rust, reason, .. } = impact;
                let bump = impact.bump();
                print_line(&format!("{change}\n    {side} side, wire {wire}, Rust {rust}, version {bump}: {reason}"));
            }
            let count = report.impacts.len();
            let (wire, rust, bump) = (report.wire(), report.rust, report.bump());
            print_line(&format!("{count} changes; together wire {wire}, Rust {rust}; version: {bump}"));
        }
    }
    if report.rust == RustImpact::CannotBeGenerated {
        eprint_line(&report.reason);
        return Ok(NOT_GENERATED.into());
    }
    let version = if check_version { report.check_version() } else { Ok(()) };
    if let Err(message) = &version {
        eprint_line(message);
    }
    let is_too_much = fail_on.is_some_and(|least| report.wire() >= least);
    Ok(if version.is_err() || is_too_much { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn as_json(report: &Report) -> Value {
    let change = |impact: &Impact| {
        json!({
            "pointer": impact.change.pointer,
            "before": impact.change.before,
            "after": impact.change.after,
            "side": impact.side,
            "wire": impact.wire.to_string(),
            "rust": impact.rust.to_string(),
            "version": impact.bump().to_string(),
            "reason": impact.reason,
        })
    };
    json!({
        "changes": report.impacts.iter().map(change).collect::<Value>(),
        "wire": report.wire().to_string(),
        "rust": report.rust.to_string(),
        "reason": report.reason,
        "version": report.bump().to_string(),
        "versionProblem": report.check_version().err(),
    })
}

/// Returns the text of a file, or of the spec in a git revision.
fn text_of(place: &str) -> Result<String, String> {
    let file = PathBuf::from(place);
    if file.exists() {
        return read(&file);
    }
    let object = format!("{place}:{SPEC}");
    let output = Command::new("git").args(["show", &object]).current_dir(root()).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| format!("{object}: {error}"))
    } else {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(format!("{place} is neither a file nor a revision with a spec: {reason}"))
    }
}

pub(super) fn drifted(upstream: &Path, json: bool) -> Result<ExitCode, String> {
    let decided = decisions(&read(&root().join(DECISIONS))?).map_err(|error| format!("{DECISIONS}: {error}"))?;
    let decided: Vec<_> = decided.into_iter().flat_map(|decision| decision.drift).collect();
    let ours = msgraph_openapi::parse(&read(&root().join(SPEC))?).map_err(|error| format!("{SPEC}: {error}"))?;
    let text = read(upstream)?;
    let name = upstream.display();
    let upstream = Upstream::parse(&text).map_err(|error| format!("{name}: {error}"))?;
    let found = drift(&ours, &upstream, &decided)?;
    if json {
        let differences = found.differences.iter().map(|difference| {
            json!({
                "fact": difference.fact,
                "ours": difference.ours,
                "upstream": difference.upstream,
                "pointer": difference.pointer,
                "line": difference.line,
                "snippet": difference.snippet,
            })
        });
        let report = json!({ "differences": differences.collect::<Value>(), "staleDecisions": found.stale });
        print_line(&format!("{report:#}"));
    } else {
        for difference in &found.differences {
            let line = difference.line.map_or_else(String::new, |line| format!(", {name}:{line}"));
            let snippet = match &difference.snippet {
                Some(snippet) => format!("write {snippet}"),
                None => "remove it".to_owned(),
            };
            print_line(&format!("{difference}\n    {}{line}: {snippet}", difference.pointer));
        }
        for pattern in &found.stale {
            print_line(&format!("stale decision {pattern:?}: no such difference"));
        }
        let (differences, stale) = (found.differences.len(), found.stale.len());
        print_line(&format!("{differences} differences that no decision covers, {stale} stale decisions"));
    }
    let is_clean = found.differences.is_empty() && found.stale.is_empty();
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
