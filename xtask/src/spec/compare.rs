//! `cargo xtask spec diff` and `cargo xtask spec drift`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use msgraph_spec::{Impact, Report, RustImpact, Upstream, WireImpact, decisions, diff, drift, has_paths};
use serde_json::{Value, json};

use crate::output::{eprint_line, print_line};
use crate::workspace::{DECISIONS, Spec, at_revision, read, root};

/// The exit code if no code can be generated from the new spec.
const NOT_GENERATED: u8 = 3;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Print {
    Text,
    Changelog,
    Json,
}

/// How a comparison is printed, and what it fails on.
#[derive(Clone, Copy)]
pub(super) struct DiffOptions {
    pub(super) print: Print,
    pub(super) fail_on: Option<WireImpact>,
    pub(super) check_version: bool,
}

/// Compares two files, or each spec in a git revision with another revision or the working copy.
pub(super) fn compared(old: &str, new: Option<&str>, options: DiffOptions) -> Result<ExitCode, String> {
    let pairs = pairs(old, new)?;
    let mut reports = Vec::new();
    for (name, [old, new]) in &pairs {
        let generate = |text: &str| {
            msgraph_codegen::generate(text).map(|generated| generated.source).map_err(|error| error.to_string())
        };
        let report = diff(old, new, generate).map_err(|error| format!("{name}: {error}"))?;
        reports.push((name.as_str(), report));
    }
    if options.print == Print::Json {
        let all: Vec<_> = reports.iter().map(|(name, report)| as_json(name, report)).collect();
        // Of one spec it is the report, of several a list.
        let printed = if let [only] = all.as_slice() { only.clone() } else { all.into() };
        print_line(&format!("{printed:#}"));
    }
    let codes = reports.iter().map(|(name, report)| {
        if reports.len() > 1 && options.print == Print::Text {
            print_line(&format!("{name}:"));
        }
        printed(report, options)
    });
    Ok(codes.max().unwrap_or_default().into())
}

/// Returns the texts to compare, by the names of their specs.
fn pairs(old: &str, new: Option<&str>) -> Result<Vec<(String, [String; 2])>, String> {
    let is_file = |place: &str| Path::new(place).exists();
    let in_file = |place: &str| read(Path::new(place));
    if is_file(old) || new.is_some_and(is_file) {
        // The working copy is that of the spec whose file has this name.
        let name = |spec: &Spec| Path::new(old).file_name().is_some_and(|name| *name == *spec.file());
        let all = Spec::all()?;
        let spec = all.iter().find(|spec| name(spec)).or(all.first()).ok_or("there is no spec")?;
        let text = |place: &str| if is_file(place) { in_file(place) } else { revision(place, spec) };
        let new = new.map_or_else(|| read(&root().join(spec.path())), text)?;
        return Ok(vec![(spec.path(), [text(old)?, new])]);
    }
    let mut found = Vec::new();
    let mut problem = None;
    for spec in &Spec::all()? {
        match revision(old, spec) {
            Ok(before) => {
                let after = new.map_or_else(|| read(&root().join(spec.path())), |new| revision(new, spec))?;
                found.push((spec.path(), [before, after]));
            }
            Err(message) => problem = Some(message),
        }
    }
    // A spec that is new has nothing to be compared with.
    match problem {
        Some(message) if found.is_empty() => Err(message),
        _ => Ok(found),
    }
}

fn revision(place: &str, spec: &Spec) -> Result<String, String> {
    at_revision(place, &spec.path())
        .map_err(|reason| format!("{place} is neither a file nor a revision with a spec: {reason}"))
}

/// Prints a report, and returns the exit code.
fn printed(report: &Report, options: DiffOptions) -> u8 {
    match options.print {
        Print::Json => {}
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
        return NOT_GENERATED;
    }
    let version = if options.check_version { report.check_version() } else { Ok(()) };
    if let Err(message) = &version {
        eprint_line(message);
    }
    let is_too_much = options.fail_on.is_some_and(|least| report.wire() >= least);
    u8::from(version.is_err() || is_too_much)
}

fn as_json(spec: &str, report: &Report) -> Value {
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
        "spec": spec,
        "changes": report.impacts.iter().map(change).collect::<Value>(),
        "wire": report.wire().to_string(),
        "rust": report.rust.to_string(),
        "reason": report.reason,
        "version": report.bump().to_string(),
        "versionProblem": report.check_version().err(),
    })
}

/// Returns the specs that upstream has paths of, or the one that is named, each with its text and document.
pub(super) fn covered(
    upstream: &Upstream<'_>,
    name: &str,
    only: Option<&str>,
) -> Result<Vec<(Spec, String, Value)>, String> {
    let mut found = Vec::new();
    for spec in Spec::named(only)? {
        let file = spec.path();
        let text = read(&root().join(&file))?;
        let document = msgraph_openapi::parse(&text).map_err(|error| format!("{file}: {error}"))?;
        if only.is_some() || has_paths(upstream, &document) {
            found.push((spec, text, document));
        } else {
            eprint_line(&format!("{file}: left out, since {name} has none of its paths"));
        }
    }
    if found.is_empty() {
        Err(format!("{name} has no path of a spec; name one by --spec if its paths were removed"))
    } else {
        Ok(found)
    }
}

/// Compares each spec with upstream, or one.
pub(super) fn drifted(upstream: &Path, only: Option<&str>, json: bool) -> Result<ExitCode, String> {
    let decided = decisions(&read(&root().join(DECISIONS))?).map_err(|error| format!("{DECISIONS}: {error}"))?;
    let decided: Vec<_> = decided.into_iter().flat_map(|decision| decision.drift).collect();
    let text = read(upstream)?;
    let name = upstream.display().to_string();
    let upstream = Upstream::parse(&text).map_err(|error| format!("{name}: {error}"))?;
    let specs = covered(&upstream, &name, only)?;
    let mut differences = Vec::new();
    // A decision is stale if it is about none of the specs.
    let mut stale: Option<BTreeSet<String>> = None;
    for (spec, _, ours) in &specs {
        let file = spec.path();
        let found = drift(ours, &upstream, &decided)?;
        differences.extend(found.differences.into_iter().map(|difference| (file.clone(), difference)));
        let own: BTreeSet<_> = found.stale.into_iter().collect();
        stale = Some(stale.map_or_else(|| own.clone(), |stale| &stale & &own));
    }
    let is_whole = specs.len() == Spec::all()?.len();
    let stale = stale.filter(|_| is_whole).unwrap_or_default();
    if json {
        let differences = differences.iter().map(|(spec, difference)| {
            json!({
                "spec": spec,
                "fact": difference.fact,
                "ours": difference.ours,
                "upstream": difference.upstream,
                "pointer": difference.pointer,
                "line": difference.line,
                "snippet": difference.snippet,
            })
        });
        let report = json!({ "differences": differences.collect::<Value>(), "staleDecisions": stale });
        print_line(&format!("{report:#}"));
    } else {
        for (spec, difference) in &differences {
            let line = difference.line.map_or_else(String::new, |line| format!(", {name}:{line}"));
            let snippet = match &difference.snippet {
                Some(snippet) => format!("write {snippet}"),
                None => "remove it".to_owned(),
            };
            let spec = if specs.len() > 1 { format!("{spec}: ") } else { String::new() };
            print_line(&format!("{spec}{difference}\n    {}{line}: {snippet}", difference.pointer));
        }
        for pattern in &stale {
            print_line(&format!("stale decision {pattern:?}: no such difference"));
        }
        let (differences, stale) = (differences.len(), stale.len());
        print_line(&format!("{differences} differences that no decision covers, {stale} stale decisions"));
    }
    Ok(if differences.is_empty() && stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
