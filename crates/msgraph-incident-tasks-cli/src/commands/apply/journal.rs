//! The state of each row, on disk before it is sent: if a run is killed, another can finish it.
//!
//! Lines are only ever added. A row is `sending` on disk before its request leaves; unless a later line has its outcome,
//! it may have been applied.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::previous_run::{Entry, Header, Line, PreviousRun, State, VERSION, parse};
use super::rows::Row;
use crate::failure::Failure;
use crate::files::{self, folder_of, make_private, open_private, sync_folder_of, with_suffix};
use crate::text::{eprint_line, one_line};

/// The endpoint of a run, and the identity that sends its updates.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) endpoint: String,
    /// The tenant and the client of the token, if it is readable.
    pub(super) tenant: Option<String>,
    pub(super) client: Option<String>,
}

/// An open journal, which no other run can open.
pub(super) struct Journal {
    path: PathBuf,
    /// The error after a write has failed: lines after a torn one would not be read.
    file: Mutex<Result<Arc<File>, String>>,
}

/// How to start a journal after the file was checked.
pub(super) enum Start {
    New,
    /// An earlier run sent nothing.
    Anew(File),
    /// An earlier run was completed.
    MoveAside(File),
    /// An earlier run is to be finished; with the length of its whole lines.
    Resume(File, u64),
}

/// Reads the journal at a path. Writes nothing.
pub(super) fn inspect(
    path: &Path,
    identity: &Identity,
    resume: bool,
    other_tenant: bool,
) -> Result<(Start, PreviousRun), Failure> {
    let about = |message: String| about(path, &message);
    let Some(mut file) = open(path)? else { return Ok((Start::New, PreviousRun::default())) };
    let (header, previous, whole) = parse(BufReader::new(&mut file)).map_err(&about)?;
    let Some(header) = header.filter(|_| !previous.is_empty()) else { return Ok((Start::Anew(file), previous)) };
    if previous.is_complete && !resume {
        return Ok((Start::MoveAside(file), PreviousRun::default()));
    }
    if !resume {
        let message = "has an unfinished run; finish it with --resume, or remove the file to start over";
        return Err(about(message.to_owned()));
    }
    check_identity(&header, identity, other_tenant).map_err(about)?;
    Ok((Start::Resume(file, whole), previous))
}

/// Opens and locks a journal. Only a regular file in the same folder is opened.
fn open(path: &Path) -> Result<Option<File>, Failure> {
    let about = |message: &str| about(path, message);
    let link = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        link => link.map_err(|error| about(&error.to_string()))?,
    };
    let target = path.canonicalize().map_err(|error| about(&error.to_string()))?;
    if link.is_symlink() && target.parent() != folder_of(path).canonicalize().ok().as_deref() {
        return Err(about("is a symbolic link to another folder; use --journal with the file itself"));
    }
    if !target.is_file() {
        return Err(about("is not a regular file"));
    }
    // Not in append mode: on Windows a torn line could not be cut off. The lock excludes other runs.
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| about(&error.to_string()))?;
    lock(path, &file)?;
    make_private(&file);
    Ok(Some(file))
}

fn lock(path: &Path, file: &File) -> Result<(), Failure> {
    match files::lock(path, file) {
        Ok(true) => Ok(()),
        Ok(false) => Err(about(path, "is in use by another run")),
        Err(error) => Err(Failure::Usage(format!("journal {error}"))),
    }
}

/// Fails if the journal is of another endpoint or tenant.
fn check_identity(header: &Header, identity: &Identity, other_tenant: bool) -> Result<(), String> {
    if header.endpoint != identity.endpoint {
        return Err(format!("is for endpoint {}, but this run uses {}", one_line(&header.endpoint), identity.endpoint));
    }
    let differ =
        |one: &Option<String>, other: &Option<String>| Some((one.clone()?, other.clone()?)).filter(|(a, b)| a != b);
    if let Some((of_journal, of_token)) = differ(&header.tenant, &identity.tenant)
        && !other_tenant
    {
        let (of_journal, of_token) = (one_line(&of_journal), one_line(&of_token));
        return Err(format!(
            "is for tenant {of_journal}, but the token is for tenant {of_token}; to resume anyway, add --other-tenant"
        ));
    }
    if let Some((of_journal, of_token)) = differ(&header.client, &identity.client) {
        let (of_journal, of_token) = (one_line(&of_journal), one_line(&of_token));
        eprint_line(&format!("note: the journal is for client {of_journal}, but the token is for client {of_token}"));
    }
    Ok(())
}

impl Start {
    /// Starts or continues a journal.
    pub(super) fn begin(self, path: &Path, identity: &Identity) -> Result<Journal, Failure> {
        let begun = match self {
            Self::New => create(path, identity)?,
            Self::Anew(file) => file.set_len(0).and_then(|()| write_header(file, identity)),
            Self::MoveAside(file) => {
                move_aside(path)?;
                let created = create(path, identity)?;
                // The old journal is locked until here.
                drop(file);
                created
            }
            Self::Resume(mut file, whole) => {
                file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0))).map(|_| file)
            }
        };
        let file = begun.map_err(|error| about_io(path, &error))?;
        sync_folder_of(path);
        Ok(Journal { path: path.to_owned(), file: Mutex::new(Ok(Arc::new(file))) })
    }
}

/// Creates a journal that only this user can read.
fn create(path: &Path, identity: &Identity) -> Result<io::Result<File>, Failure> {
    let file = open_private(path, OpenOptions::new().create_new(true));
    let file = file.map_err(|error| Failure::Usage(format!("journal {error}")))?;
    lock(path, &file)?;
    Ok(write_header(file, identity))
}

fn write_header(mut file: File, identity: &Identity) -> io::Result<File> {
    let Identity { endpoint, tenant, client } = identity.clone();
    let header = Header { journal: VERSION, endpoint, tenant, client };
    file.rewind()?;
    file.write_all(&[&serde_json::to_vec(&header)?[..], b"\n"].concat())?;
    file.sync_all()?;
    Ok(file)
}

/// Renames a completed journal to the first free name with a number.
fn move_aside(path: &Path) -> Result<(), Failure> {
    let free =
        (1..).map(|number: u32| with_suffix(path, &format!(".{number}"))).find(|name| name.symlink_metadata().is_err());
    let free = free.ok_or_else(|| about(path, "cannot be renamed: all names up to its last number are taken"))?;
    std::fs::rename(path, &free).map_err(|error| about(path, &error.to_string()))?;
    eprint_line(&format!("the journal of the completed run is now {}", free.display()));
    Ok(())
}

impl Journal {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the outcomes of rows. They survive a killed process; after a power cut a row may have to be looked up.
    pub(super) fn note(&self, entries: impl IntoIterator<Item = Entry>) -> Result<(), Failure> {
        self.write(entries.into_iter().map(Line::Entry)).map(drop)
    }

    /// Writes that rows are about to be sent, and syncs that to disk.
    pub(super) fn sending<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) -> Result<(), Failure> {
        let lines = rows.into_iter().map(|row| Line::Entry(Entry::new(row, State::Sending)));
        // Outcomes can be written while this waits for the disk.
        let synced = self.write(lines)?.sync_data();
        synced.map_err(|error| about_io(&self.path, &error))
    }

    /// Writes that every row was applied.
    pub(super) fn complete(&self, rows: u64) -> Result<(), Failure> {
        self.write([Line::Complete { complete: rows }]).map(drop)
    }

    fn write(&self, lines: impl IntoIterator<Item = Line>) -> Result<Arc<File>, Failure> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, &line).map_err(io::Error::from)?;
            bytes.push(b'\n');
        }
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = guard.clone().map_err(|error| about_io(&self.path, &io::Error::other(error)))?;
        // One write, so that a killed process leaves all lines of a call or none.
        match (&*file).write_all(&bytes) {
            Ok(()) => Ok(file),
            Err(error) => {
                *guard = Err(error.to_string());
                Err(about_io(&self.path, &error))
            }
        }
    }
}

fn about(path: &Path, message: &str) -> Failure {
    Failure::Usage(format!("journal {}: {message}", path.display()))
}

fn about_io(path: &Path, error: &io::Error) -> Failure {
    Failure::Io(io::Error::new(error.kind(), format!("journal {}: {error}", path.display())))
}
