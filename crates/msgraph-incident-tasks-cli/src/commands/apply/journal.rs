//! What became of each row, on disk before it is sent: a run that is killed can be finished by another.
//!
//! JSON Lines, only ever added to. A row is `sending` on disk before its request leaves; whatever is not written
//! after that may have been applied.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};
use serde::{Deserialize, Serialize};

use super::input::Row;
use crate::exit::Failure;

const VERSION: u32 = 1;

/// What is known of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// Its request may have left.
    Sending,
    Applied,
    /// The service refused it.
    NotApplied,
    /// Its request did not leave.
    NotSent,
    /// It was reported that it may have been applied.
    Unknown,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    journal: u32,
    endpoint: String,
}

/// Each other line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) row: u64,
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) state: State,
}

impl Entry {
    pub(crate) fn new(row: &Row, state: State) -> Self {
        Self { row: row.number, id: row.id.to_string(), status: row.status.to_string(), state }
    }
}

/// An open journal, which no other run can open.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

/// What earlier runs have left, by row.
pub(crate) type Left = HashMap<u64, Entry>;

impl Journal {
    /// Begins a journal, or goes on with one where that is asked for.
    pub(crate) fn open(path: &Path, endpoint: &str, resume: bool) -> Result<(Self, Left), Failure> {
        let about = |message: String| Failure::Usage(format!("journal {}: {message}", path.display()));
        // Not for appending, which on Windows would forbid to cut off a torn line; the lock keeps others away.
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| about(error.to_string()))?;
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(about("another run is using it".to_owned())),
            Err(TryLockError::Error(error)) => return Err(about(format!("it can't be locked: {error}"))),
        }
        let mut journal = Self { path: path.to_owned(), file };
        let (header, left) = journal.read().map_err(&about)?;
        match header {
            // Where nothing was about to be sent there is nothing to finish.
            _ if left.is_empty() => journal.begin(endpoint)?,
            None => {}
            Some(_) if !resume => {
                let message = "an earlier run has left it; finish that with --resume, or remove the file to begin anew";
                return Err(about(message.to_owned()));
            }
            Some(header) if header.endpoint != endpoint => {
                return Err(about(format!("it is of {}, and this run is of {endpoint}", header.endpoint)));
            }
            Some(_) => {}
        }
        Ok((journal, left))
    }

    /// Writes what becomes of a row. It outlives the process; a loss by a power cut costs a look-up.
    pub(crate) fn note(&mut self, entry: &Entry) -> Result<(), Failure> {
        self.write(std::slice::from_ref(entry))
    }

    /// Writes that rows are about to be sent, and returns when that outlives a power cut.
    pub(crate) fn sending<'a>(&mut self, rows: impl IntoIterator<Item = &'a Row>) -> Result<(), Failure> {
        let entries: Vec<_> = rows.into_iter().map(|row| Entry::new(row, State::Sending)).collect();
        self.write(&entries)?;
        self.file.sync_data().map_err(|error| self.about(&error))
    }

    fn begin(&mut self, endpoint: &str) -> Result<(), Failure> {
        let header = Header { journal: VERSION, endpoint: endpoint.to_owned() };
        let mut line = serde_json::to_vec(&header).map_err(io::Error::from)?;
        line.push(b'\n');
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        let done = emptied.and_then(|()| self.file.write_all(&line)).and_then(|()| self.file.sync_all());
        done.map_err(|error| self.about(&error))?;
        sync_folder_of(&self.path);
        Ok(())
    }

    fn write(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry).map_err(io::Error::from)?;
            lines.push(b'\n');
        }
        // One write, so that lines of one call are not torn apart by a kill.
        self.file.write_all(&lines).map_err(|error| self.about(&error))
    }

    /// Reads what there is, and cuts off a last line that a power cut has torn.
    fn read(&mut self) -> Result<(Option<Header>, Left), String> {
        let text = |error: io::Error| error.to_string();
        self.file.rewind().map_err(text)?;
        let (header, left, whole) = parse(BufReader::new(&mut self.file))?;
        self.file.set_len(whole).map_err(text)?;
        self.file.seek(SeekFrom::Start(whole)).map_err(text)?;
        Ok((header, left))
    }

    fn about(&self, error: &io::Error) -> Failure {
        Failure::Io(io::Error::new(error.kind(), format!("journal {}: {error}", self.path.display())))
    }
}

/// Reads a journal up to its first line that is not whole, and says how many bytes that is. What follows such a
/// line must not be a line: then the file was changed by something else than a crash.
fn parse(mut input: impl BufRead) -> Result<(Option<Header>, Left, u64), String> {
    let (mut header, mut left, mut whole) = (None, Left::new(), 0);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length =
            (&mut input).take(u64::from(u32::MAX)).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        if length == 0 {
            break;
        }
        let parsed = line.strip_suffix(b"\n").map(|line| match number {
            1 => serde_json::from_slice(line).map(|read: Header| header = Some(read)),
            _ => serde_json::from_slice(line).map(|entry: Entry| drop(left.insert(entry.row, entry))),
        });
        match parsed {
            Some(Ok(())) => whole += length as u64,
            torn => {
                let mut rest = Vec::new();
                input.read_to_end(&mut rest).map_err(|error| error.to_string())?;
                let is_line = |line: &[u8]| serde_json::from_slice::<Entry>(line).is_ok();
                if number == 1 && (torn.is_some() || !begins_a_journal(&line))
                    || rest.split(|byte| *byte == b'\n').any(is_line)
                {
                    return Err(format!("line {number} is no line of a journal"));
                }
                break;
            }
        }
    }
    match &header {
        Some(Header { journal, .. }) if *journal != VERSION => {
            Err(format!("it has version {journal}, and this program knows {VERSION}"))
        }
        _ => Ok((header, left, whole)),
    }
}

/// Whether a torn first line is one of a journal, and not of a file that must not be touched.
fn begins_a_journal(line: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"journal\":";
    line.starts_with(BEGINNING) || BEGINNING.starts_with(line)
}

/// Makes a new file's name outlive a power cut, where the system can.
fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Windows can't, and needn't.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::{State, parse};

    const HEADER: &str = "{\"journal\":1,\"endpoint\":\"https://a.test/beta\"}\n";
    const ONE: &str = "{\"row\":1,\"id\":\"7\",\"status\":\"open\",\"state\":\"sending\"}\n";
    const TWO: &str = "{\"row\":1,\"id\":\"7\",\"status\":\"open\",\"state\":\"applied\"}\n";

    #[test]
    fn the_last_word_on_a_row_counts() {
        let text = [HEADER, ONE, TWO].concat();
        let (header, left, whole) = parse(text.as_bytes()).unwrap();
        assert_eq!(header.unwrap().endpoint, "https://a.test/beta");
        assert_eq!((left[&1].state, whole), (State::Applied, text.len() as u64));
    }

    #[test]
    fn wherever_a_journal_is_torn_the_lines_before_stand() {
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
            let (_, left, seen) = parse(&text.as_bytes()[..end]).unwrap();
            assert_eq!(seen, whole, "{end}");
            assert_eq!(left.is_empty(), whole <= HEADER.len() as u64);
        }
        // Blocks that a file system had promised and not written.
        let zeros = [HEADER.as_bytes(), ONE.as_bytes(), &[0; 64]].concat();
        assert_eq!(parse(&*zeros).unwrap().2, (HEADER.len() + ONE.len()) as u64);
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        for text in [["id,status\n", "7,open\n"].concat(), [HEADER, "garbage\n", ONE].concat(), "a secret".to_owned()] {
            assert!(parse(text.as_bytes()).unwrap_err().contains("no line of a journal"));
        }
        assert!(parse(&b"{\"journal\":2,\"endpoint\":\"\"}\n"[..]).unwrap_err().contains("version 2"));
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::{Entry, State, parse};

    const HEADER: &str = "{\"journal\":1,\"endpoint\":\"https://a.test/beta\"}\n";

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        use State::{Applied, NotApplied, NotSent, Sending, Unknown};
        let states = prop::sample::select(vec![Sending, Applied, NotApplied, NotSent, Unknown]);
        let entry = (0_u64..9, "\\PC{1,9}", "\\PC{1,9}", states);
        prop::collection::vec(entry.prop_map(|(row, id, status, state)| Entry { row, id, status, state }), 0..20)
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_journal_or_an_error(bytes: Vec<u8>) {
            let _ = parse(&*bytes);
            let _ = parse(&*[HEADER.as_bytes(), &bytes].concat());
        }

        #[test]
        fn what_was_written_is_read_wherever_it_is_torn_and_whatever_stands_in_its_place(
            entries in entries(),
            cut in any::<prop::sample::Index>(),
            garbage in prop::collection::vec(prop_oneof![Just(0), 128_u8..], 0..9),
        ) {
            let lines = entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n");
            let lines: Vec<String> = std::iter::once(HEADER.to_owned()).chain(lines).collect();
            let text = lines.concat();
            let cut = HEADER.len() + cut.index(text.len() - HEADER.len() + 1);
            let (header, left, whole) = parse(&*[&text.as_bytes()[..cut], &garbage].concat()).unwrap();
            prop_assert!(header.is_some());
            let mut ends = lines.iter().scan(0, |end, line| {
                *end += line.len();
                Some(*end)
            });
            let written = ends.by_ref().take_while(|end| *end <= cut).count() - 1;
            prop_assert_eq!(whole, lines[..=written].concat().len() as u64);
            for entry in left.values() {
                let last = entries[..written].iter().rfind(|written| written.row == entry.row);
                let is_the_last = last.is_some_and(|last| last.state == entry.state && last.id == entry.id);
                prop_assert!(is_the_last, "{entry:?}");
            }
            prop_assert!(entries[..written].iter().all(|entry| left.contains_key(&entry.row)));
        }
    }
}
