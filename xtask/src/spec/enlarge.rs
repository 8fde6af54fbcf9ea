//! Writes a spec as large as all of Graph, for measurements.

use std::fmt::Write;
use std::path::Path;

use crate::workspace::read;

/// Writes the module, with its paths and schemas repeated under other names until it has the size.
pub(super) fn run(module: &Path, output: &Path, megabytes: usize) -> Result<(), String> {
    let text = read(module)?;
    let lines: Vec<_> = text.lines().collect();
    let find = |wanted: &str, from: usize| {
        let found = lines[from..].iter().position(|line| *line == wanted);
        found.map(|index| from + index + 1).ok_or_else(|| format!("{}: missing line {wanted:?}", module.display()))
    };
    let paths = find("paths:", 0)?;
    let components = find("components:", paths)?;
    let schemas = find("  schemas:", components)?;
    let is_section = |line: &&str| !line.starts_with("   ");
    let end = lines[schemas..].iter().position(is_section).map_or(lines.len(), |index| schemas + index);
    let copies = megabytes * 1_000_000 / text.len().max(1);
    let mut whole = String::new();
    let mut copy = |range: &[&str], indent: &str, count: usize| {
        for number in 0..count {
            for line in range {
                let key = line.strip_prefix(indent).filter(|key| !key.starts_with([' ', '#']) && number > 0);
                // Writing to a string does not fail.
                let _ = match key.map(|key| key.split_at(key.find(|c| c != '\'' && c != '"').unwrap_or_default())) {
                    Some((quote, name)) => writeln!(whole, "{indent}{quote}{}{name}", prefix(name, number)),
                    None => writeln!(whole, "{line}"),
                };
            }
        }
    };
    copy(&lines[..paths], "", 1);
    copy(&lines[paths..components - 1], "  ", copies);
    copy(&lines[components - 1..schemas], "", 1);
    copy(&lines[schemas..end], "    ", copies);
    copy(&lines[end..], "", 1);
    std::fs::write(output, whole).map_err(|error| format!("{}: {error}", output.display()))
}

fn prefix(name: &str, number: usize) -> String {
    if name.starts_with('/') { format!("/copy{number}") } else { format!("copy{number}.") }
}
