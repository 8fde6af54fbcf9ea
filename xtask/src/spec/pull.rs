//! `cargo xtask spec pull`.

use std::path::Path;
use std::process::ExitCode;

use msgraph_spec::{Upstream, diff, pull};

use super::compare::covered;
use crate::output::{eprint_line, print_line};
use crate::workspace::{DECISIONS, Spec, history, read, root, write};

/// Merges upstream's changes into each spec, and reports what they mean and what is left to do by hand. With `dry_run`
/// nothing is written.
pub(super) fn run(upstream: &Path, only: Option<&str>, dry_run: bool) -> Result<ExitCode, String> {
    let text = read(upstream)?;
    let name = upstream.display().to_string();
    let parsed = Upstream::parse(&text).map_err(|error| format!("{name}: {error}"))?;
    let mut conflicts = 0;
    for (spec, text, _) in covered(&parsed, &name, only)? {
        conflicts += one(&spec, &text, &parsed, dry_run)?;
    }
    Ok(if conflicts == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the number of conflicts.
fn one(spec: &Spec, old: &str, upstream: &Upstream<'_>, dry_run: bool) -> Result<usize, String> {
    let decisions =
        msgraph_spec::decisions(&read(&root().join(DECISIONS))?).map_err(|error| format!("{DECISIONS}: {error}"))?;
    let [ours, before] = [spec.path(), spec.upstream()].map(|path| root().join(path));
    let record = read(&before)?;
    let pulled = pull(old, &record, upstream, &decisions, &history(&spec.path()))?;
    if !dry_run && record != pulled.record {
        write(&before, &pulled.record)?;
    }
    if !dry_run && old != pulled.spec {
        write(&ours, &pulled.spec)?;
    }
    print_line(&format!("{}: {} changes, {} conflicts", spec.path(), pulled.changes.len(), pulled.conflicts.len()));
    for change in &pulled.changes {
        print_line(&format!("  {change}"));
    }
    for conflict in &pulled.conflicts {
        print_line(&format!("  conflict, nothing written: {conflict}"));
    }
    if pulled.changes.is_empty() {
        return Ok(pulled.conflicts.len());
    }
    let generate =
        |text: &str| msgraph_codegen::generate(text).map(|made| made.source).map_err(|error| error.to_string());
    let report = diff(old, &pulled.spec, generate)?;
    print_line(&format!("together wire {}, Rust {}; version: {}", report.wire(), report.rust, report.bump()));
    if !report.reason.is_empty() {
        print_line(&format!("  {}", report.reason));
    }
    print_line("by hand:");
    let version = report.check_version().err();
    for line in pulled.by_hand.iter().chain(&version) {
        print_line(&format!("  {line}"));
    }
    print_line("  CHANGELOG.md:");
    for impact in &report.impacts {
        print_line(&format!("    - {}: {}.", impact.change, impact.reason));
    }
    print_line(
        "  the commit of upstream in spec/upstream/README.md; then `cargo xtask regenerate` and `cargo xtask ci`",
    );
    if report.rust == msgraph_spec::RustImpact::CannotBeGenerated {
        eprint_line(&report.reason);
    }
    Ok(pulled.conflicts.len())
}
