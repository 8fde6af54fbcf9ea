//! The input of `apply`: a file, or a copy of one that can be read only once.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use crate::blocking::blocking;
use crate::failure::Failure;

/// A file that can be read more than once.
pub(super) struct Input {
    file: File,
    path: PathBuf,
}

impl Input {
    /// Opens a file; `-` is stdin. Input that can be read only once is copied to a temporary file, private to this user.
    pub(super) async fn open(path: &Path, max_bytes: u64) -> Result<Self, Failure> {
        let path = path.to_owned();
        blocking(move || open(path, max_bytes)).await?
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the input from its beginning. All readers share one position: use one at a time.
    pub(super) fn reader(&self) -> io::Result<BufReader<File>> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(BufReader::new(file))
    }
}

fn open(path: PathBuf, max_bytes: u64) -> Result<Input, Failure> {
    let too_large = || Failure::Usage(format!("{}: exceeds {max_bytes} bytes (--max-input)", path.display()));
    let about = |error: io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let file = if path.as_os_str() == "-" {
        copy(io::stdin().lock(), max_bytes)?
    } else {
        let file = File::open(&path).map_err(about)?;
        let metadata = file.metadata().map_err(about)?;
        if metadata.is_dir() {
            return Err(Failure::Usage(format!("{}: is a directory", path.display())));
        }
        match metadata.len() {
            length if metadata.is_file() => (length <= max_bytes).then_some(file),
            _ => copy(file, max_bytes)?,
        }
    };
    let file = file.ok_or_else(too_large)?;
    Ok(Input { file, path })
}

/// Returns a copy; `None` if the input is too large.
fn copy(source: impl Read, max_bytes: u64) -> Result<Option<File>, Failure> {
    let about = |error: io::Error| {
        let folder = std::env::temp_dir();
        io::Error::new(error.kind(), format!("the input cannot be copied to a file in {}: {error}", folder.display()))
    };
    let mut file = tempfile::tempfile().map_err(about)?;
    let copied = io::copy(&mut source.take(max_bytes.saturating_add(1)), &mut file).map_err(about)?;
    Ok((copied <= max_bytes).then_some(file))
}
