//! Checking a whole file before anything is sent.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::input::Input;
use super::previous_run::PreviousRun;
use super::rows::{self, Row, RowError, RowOptions};
use crate::failure::Failure;
use crate::text::one_line;

/// The number of problems of a file that are reported.
const MAX_PROBLEMS: usize = 5;

/// Returns the number of rows of a file; fails if one of them cannot be sent.
pub(super) fn check(input: &Input, options: &RowOptions, previous: Option<&PreviousRun>) -> Result<u64, Failure> {
    let mut statuses = Statuses::default();
    let (mut count, mut problems) = (0, Vec::new());
    for row in rows::read(input, options)? {
        count += 1;
        let problem = match row {
            Ok(row) => statuses.conflict(&row).or_else(|| previous?.difference(&row)).map(|reason| (row.line, reason)),
            Err(RowError::Invalid { line, reason }) => Some((line, reason)),
            Err(RowError::Io(error)) => return Err(error.into()),
        };
        problems.extend(problem.map(|(line, reason)| format!("line {line}: {}", one_line(&reason))));
        if problems.len() > MAX_PROBLEMS {
            problems[MAX_PROBLEMS] = "and more".to_owned();
            break;
        }
    }
    let known = previous.map_or(0, PreviousRun::rows);
    if problems.is_empty() && count < known {
        problems
            .push(format!("has {count} rows, but the journal has {known}: the file was cut off, or it is another one"));
    }
    if problems.is_empty() {
        return Ok(count);
    }
    Err(Failure::Usage(format!("{}: nothing was sent: {}", input.path().display(), problems.join("; "))))
}

/// The status of each task so far, in few bytes: files may have millions of rows.
#[derive(Default)]
struct Statuses {
    hasher: RandomState,
    /// A hash of the ID, with the first line of that task and a hash of its status.
    first: HashMap<u64, (u32, u32)>,
}

impl Statuses {
    /// Returns a message if the row contradicts an earlier one.
    fn conflict(&mut self, row: &Row) -> Option<String> {
        // GUIDs are equal in any letter case.
        let id = self.hasher.hash_one(row.id.as_str().to_ascii_lowercase());
        let status = self.hasher.hash_one(row.status.as_str()) as u32;
        let line = u32::try_from(row.line).unwrap_or(u32::MAX);
        let (first, earlier) = *self.first.entry(id).or_insert((line, status));
        (earlier != status)
            .then(|| format!("sets {}, but line {first} sets another status for the same task", row.status))
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Statuses};

    #[test]
    fn two_statuses_for_one_task_are_a_conflict() {
        let mut statuses = Statuses::default();
        let row =
            |line, id: &str, status: &str| Row { number: line, line, id: id.parse().unwrap(), status: status.into() };
        assert_eq!(statuses.conflict(&row(2, "aB", "open")), None);
        assert_eq!(statuses.conflict(&row(3, "Ab", "open")), None);
        assert!(statuses.conflict(&row(4, "ab", "failed")).unwrap().contains("sets failed, but line 2 sets another"));
    }
}
