//! Private files of this program: locked, and replaced as a whole.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};
use tempfile::NamedTempFile;

/// The largest file that is read into memory: a state of two million tasks.
const MAX_BYTES: u64 = 256 << 20;

/// Opens a file for reading and writing, and creates it if needed. Only this user can read it. Fails if the path is
/// anything else than a file, such as a symbolic link.
pub(crate) fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(not_a_file(path));
    }
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path).map_err(|error| about(path, &error))?;
    make_private(&file);
    Ok(file)
}

/// Takes the permission to read a file from other users. Has no effect on a file of another user.
pub(crate) fn make_private(file: &File) {
    #[cfg(unix)]
    let _ = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    #[cfg(not(unix))]
    let _ = file;
}

/// Opens a file of an earlier run. Fails if it is anything else than a file, or too large to be read into memory.
pub(crate) fn open_bounded(path: &Path) -> io::Result<File> {
    // A FIFO would wait for its writer.
    let metadata = path.metadata().map_err(|error| about(path, &error))?;
    if !metadata.is_file() {
        return Err(not_a_file(path));
    }
    if metadata.len() > MAX_BYTES {
        return Err(about(path, &io::Error::other(format!("exceeds {MAX_BYTES} bytes"))));
    }
    File::open(path).map_err(|error| about(path, &error))
}

fn not_a_file(path: &Path) -> io::Error {
    about(path, &io::Error::other("is not a regular file"))
}

/// Locks a file until it is closed by each process that has it. Returns false if another process has it.
pub(crate) fn lock(path: &Path, file: &File) -> io::Result<bool> {
    match FileExt::try_lock(file) {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(about(path, &error)),
    }
}

/// Creates a file next to another one, which it [replaces](replace) when it is complete. Does not follow a symbolic link.
pub(crate) fn temporary(file: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder_of(file)).map_err(|error| about(file, &error))
}

/// Puts a complete file in the place of another one.
pub(crate) fn replace(file: &Path, mut temporary: NamedTempFile, text: &[u8]) -> io::Result<File> {
    let written = temporary.write_all(text);
    written.and_then(|()| Ok(temporary.persist(file)?)).map_err(|error| about(file, &error))
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Syncs a new file's name to disk, if the system supports that.
pub(crate) fn sync_folder_of(path: &Path) {
    // Windows does not support it, and does not need it.
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
}

/// Returns the path with more at the end of its name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Names the file in an error.
pub(crate) fn about(file: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", file.display()))
}
