//! The journal of earlier runs: JSON Lines, a header followed by the states of rows.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, Read};

use serde::{Deserialize, Serialize};

use super::rows::Row;

pub(super) const VERSION: u32 = 1;
/// The longest line of a journal, in bytes.
const MAX_LINE: u64 = 64 << 10;
/// The number of bytes that a power cut can leave after the last whole line.
const MAX_TORN: u64 = 1 << 20;
/// The number of consecutive rows that a journal can lack.
const MAX_GAP: u64 = 1_000_000;

/// The last known state of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum State {
    /// Its request may have been sent.
    Sending,
    Applied,
    /// The service rejected it.
    NotApplied,
    /// Its request was not sent.
    NotSent,
    /// It may have been applied; the unknown outcome was reported.
    Unknown,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) journal: u32,
    pub(super) endpoint: String,
    /// The tenant and the client of the token; absent if the token is opaque.
    #[serde(default)]
    pub(super) tenant: Option<String>,
    #[serde(default)]
    pub(super) client: Option<String>,
}

/// Each other line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    Entry(Entry),
    /// The last line of a run that applied every row.
    Complete {
        complete: u64,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) row: u64,
    pub(super) id: String,
    pub(super) status: String,
    pub(super) state: State,
}

impl Entry {
    pub(super) fn new(row: &Row, state: State) -> Self {
        Self { row: row.number, id: row.id.to_string(), status: row.status.to_string(), state }
    }
}

/// The rows of earlier runs, in few bytes: there may be millions.
#[derive(Debug, Default)]
pub(super) struct PreviousRun {
    hasher: RandomState,
    /// By row from 1: a hash of ID and status, and the last state.
    rows: Vec<(u64, Option<State>)>,
    /// The rows that may have been applied.
    pub(super) open: BTreeMap<u64, Entry>,
    pub(super) is_complete: bool,
}

impl PreviousRun {
    /// Returns true if no request may have been sent.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(super) fn is_applied(&self, row: &Row) -> bool {
        self.state(row.number).is_some_and(|(_, state)| *state == Some(State::Applied))
    }

    /// Returns a message if an earlier run had another row with this number.
    pub(super) fn difference(&self, row: &Row) -> Option<String> {
        let (hash, state) = self.state(row.number)?;
        let is_same = state.is_none() || *hash == self.hash(row.id.as_str(), row.status.as_str());
        (!is_same).then(|| "differs from this row in the journal: the journal belongs to another file".to_owned())
    }

    fn state(&self, row: u64) -> Option<&(u64, Option<State>)> {
        self.rows.get(usize::try_from(row).ok()?.checked_sub(1)?)
    }

    fn hash(&self, id: &str, status: &str) -> u64 {
        self.hasher.hash_one((id, status))
    }

    fn add(&mut self, line: Line) -> Result<(), String> {
        let entry = match line {
            Line::Complete { .. } => {
                self.is_complete = true;
                return Ok(());
            }
            Line::Entry(entry) => entry,
        };
        if entry.row == 0 || entry.row > self.rows.len() as u64 + MAX_GAP {
            return Err(format!("has no row {}", entry.row));
        }
        let index = usize::try_from(entry.row - 1).map_err(|error| error.to_string())?;
        if index >= self.rows.len() {
            self.rows.resize(index + 1, (0, None));
        }
        self.rows[index] = (self.hash(&entry.id, &entry.status), Some(entry.state));
        if matches!(entry.state, State::Sending | State::Unknown) {
            self.open.insert(entry.row, entry);
        } else {
            self.open.remove(&entry.row);
        }
        Ok(())
    }
}

/// Reads a journal up to its first incomplete line, and returns the number of bytes before it. Fails if a complete line
/// follows an incomplete one: a crash cannot leave that.
pub(super) fn parse(mut input: impl BufRead) -> Result<(Option<Header>, PreviousRun, u64), String> {
    let (mut header, mut previous, mut whole) = (None, PreviousRun::default(), 0);
    let mut line = Vec::new();
    for number in 1.. {
        let length = read_line(&mut input, &mut line)?;
        if length == 0 {
            break;
        }
        let parsed = line.strip_suffix(b"\n").map(|line| match number {
            1 => serde_json::from_slice(line).ok().map(|read: Header| header = Some(read)),
            _ => serde_json::from_slice(line).ok().map(|line: Line| previous.add(line)).and_then(Result::ok),
        });
        if let Some(Some(())) = parsed {
            whole += length;
            continue;
        }
        let is_header = number > 1 || parsed.is_none() && begins_a_journal(&line);
        if !is_header || has_line(&mut input)? {
            return Err(format!("line {number} is not a line of a journal; was the file changed by another program?"));
        }
        break;
    }
    match &header {
        Some(Header { journal, .. }) if *journal != VERSION => {
            Err(format!("has format version {journal}, but this program supports only {VERSION}"))
        }
        _ => Ok((header, previous, whole)),
    }
}

fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<u64, String> {
    line.clear();
    let length = input.take(MAX_LINE).read_until(b'\n', line).map_err(|error| error.to_string())?;
    Ok(length as u64)
}

/// Returns true if the rest of a journal has a complete line or is longer than a crash can leave.
fn has_line(input: &mut impl BufRead) -> Result<bool, String> {
    let (mut line, mut length) = (Vec::new(), 0);
    loop {
        let read = read_line(input, &mut line)?;
        length += read;
        if read == 0 {
            return Ok(false);
        }
        if length > MAX_TORN || serde_json::from_slice::<Line>(&line).is_ok() {
            return Ok(true);
        }
    }
}

/// Returns true if an incomplete first line is that of a journal, and not of an unrelated file.
fn begins_a_journal(line: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"journal\":";
    line.starts_with(BEGINNING) || BEGINNING.starts_with(line)
}

#[cfg(test)]
mod tests {
    use super::{State, parse};

    const HEADER: &str = "{\"journal\":1,\"endpoint\":\"https://a.test/beta\"}\n";
    const ONE: &str = "{\"row\":1,\"id\":\"7\",\"status\":\"open\",\"state\":\"sending\"}\n";
    const TWO: &str = "{\"row\":1,\"id\":\"7\",\"status\":\"open\",\"state\":\"applied\"}\n";

    #[test]
    fn the_last_state_of_a_row_counts() {
        let text = [HEADER, ONE, TWO].concat();
        let (header, previous, whole) = parse(text.as_bytes()).unwrap();
        assert_eq!(header.unwrap().endpoint, "https://a.test/beta");
        assert_eq!((previous.rows[0].1, whole), (Some(State::Applied), text.len() as u64));
        assert!(previous.open.is_empty() && !previous.is_complete);
        let complete = parse(&*[&text, "{\"complete\":1}\n"].concat().into_bytes()).unwrap().1;
        assert!(complete.is_complete);
    }

    #[test]
    fn a_torn_journal_keeps_its_complete_lines() {
        let text = [HEADER, ONE, TWO].concat();
        for end in 0..text.len() {
            let whole: u64 = [HEADER, ONE, TWO]
                .iter()
                .scan(0, |sum, line| {
                    *sum += line.len();
                    Some(*sum)
                })
                .take_while(|sum| *sum <= end)
                .last()
                .unwrap_or(0) as u64;
            let (_, previous, seen) = parse(&text.as_bytes()[..end]).unwrap();
            assert_eq!(seen, whole, "{end}");
            assert_eq!(previous.is_empty(), whole <= HEADER.len() as u64);
        }
        // Blocks that the file system allocated but did not write.
        let zeros = [HEADER.as_bytes(), ONE.as_bytes(), &[0; 64]].concat();
        assert_eq!(parse(&*zeros).unwrap().2, (HEADER.len() + ONE.len()) as u64);
    }

    #[test]
    fn another_file_is_rejected() {
        for text in [["id,status\n", "7,open\n"].concat(), [HEADER, "garbage\n", ONE].concat(), "a secret".to_owned()] {
            assert!(parse(text.as_bytes()).unwrap_err().contains("not a line of a journal"));
        }
        for text in [&[0_u8; 9][..], b"\0\n", &b"{\"row\":1}".repeat(100_000)] {
            assert!(parse(text).unwrap_err().contains("line 1"));
        }
        let endless = std::io::Read::chain(HEADER.as_bytes(), std::io::BufReader::new(std::io::repeat(0)));
        assert!(parse(std::io::BufReader::new(endless)).unwrap_err().contains("line 2"));
        let sparse = [HEADER, &ONE.replace("1", "99999999999")].concat();
        assert!(parse(sparse.as_bytes()).unwrap().1.is_empty());
        assert!(parse(&b"{\"journal\":2,\"endpoint\":\"\"}\n"[..]).unwrap_err().contains("version 2"));
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::{Entry, Line, State, parse};

    const HEADER: &str = "{\"journal\":1,\"endpoint\":\"https://a.test/beta\"}\n";

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        use State::{Applied, NotApplied, NotSent, Sending, Unknown};
        let states = prop::sample::select(vec![Sending, Applied, NotApplied, NotSent, Unknown]);
        let entry = (1_u64..9, "\\PC{1,9}", "\\PC{1,9}", states);
        prop::collection::vec(entry.prop_map(|(row, id, status, state)| Entry { row, id, status, state }), 0..20)
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_journal_or_an_error(bytes: Vec<u8>) {
            let _ = parse(&*bytes);
            let _ = parse(&*[HEADER.as_bytes(), &bytes].concat());
        }

        #[test]
        fn complete_lines_are_read_wherever_the_journal_is_torn_and_whatever_follows(
            entries in entries(),
            cut in any::<prop::sample::Index>(),
            garbage in prop::collection::vec(prop_oneof![Just(0), 128_u8..], 0..9),
        ) {
            let lines = entries.iter().map(|entry| serde_json::to_string(&Line::Entry(entry.clone())).unwrap() + "\n");
            let lines: Vec<String> = std::iter::once(HEADER.to_owned()).chain(lines).collect();
            let text = lines.concat();
            let cut = HEADER.len() + cut.index(text.len() - HEADER.len() + 1);
            let (header, previous, whole) = parse(&*[&text.as_bytes()[..cut], &garbage].concat()).unwrap();
            prop_assert!(header.is_some());
            let mut ends = lines.iter().scan(0, |end, line| {
                *end += line.len();
                Some(*end)
            });
            let written = ends.by_ref().take_while(|end| *end <= cut).count() - 1;
            prop_assert_eq!(whole, lines[..=written].concat().len() as u64);
            for (index, (_, state)) in previous.rows.iter().enumerate() {
                let last = entries[..written].iter().rfind(|written| written.row == index as u64 + 1);
                prop_assert_eq!(last.map(|last| last.state), *state);
            }
        }
    }
}
