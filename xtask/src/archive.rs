//! Reproducible archives: the same files give the same bytes.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

/// Writes a folder as `<folder>.tar.gz`, each file with this time in seconds since 1970, and its SHA-256 next to it.
/// Returns the archive's path.
pub(crate) fn write(folder: &Path, time: u64) -> io::Result<PathBuf> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let path = folder.with_file_name(format!("{name}.tar.gz"));
    let mut archive = Builder::new(GzBuilder::new().write(File::create(&path)?, Compression::best()));
    for file in files(folder)? {
        let name = Path::new(&*name).join(file.strip_prefix(folder).unwrap_or(&file));
        let contents = std::fs::read(&file)?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(if is_program(&file) { 0o755 } else { 0o644 });
        header.set_mtime(time);
        header.set_size(contents.len() as u64);
        archive.append_data(&mut header, name, contents.as_slice())?;
    }
    archive.into_inner()?.finish()?;
    let hash: String = Sha256::digest(std::fs::read(&path)?).iter().map(|byte| format!("{byte:02x}")).collect();
    // The format of sha256sum.
    std::fs::write(folder.with_file_name(format!("{name}.tar.gz.sha256")), format!("{hash}  {name}.tar.gz\n"))?;
    Ok(path)
}

/// Returns each file below a folder, by path.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the mode by name, since files have no permissions on Windows.
fn is_program(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "incident-tasks" || name == "incident-tasks.exe")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_same_files_give_the_same_archive_at_any_time_and_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let archive = |parent: &str, names: [&str; 2], seconds: u64| {
            let root = folder.path().join(parent).join("incident-tasks-1");
            fs::create_dir_all(root.join("man")).unwrap();
            for name in names {
                fs::write(root.join(name), name).unwrap();
                let file = fs::File::options().append(true).open(root.join(name)).unwrap();
                file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
            }
            let path = super::write(&root, 7).unwrap();
            (fs::read(&path).unwrap(), fs::read_to_string(path.with_extension("gz.sha256")).unwrap())
        };
        let first = archive("first", ["incident-tasks", "man/a.1"], 1_000);
        assert!(first == archive("second", ["man/a.1", "incident-tasks"], 2_000));
        assert!(first.1.ends_with("  incident-tasks-1.tar.gz\n"), "{}", first.1);
    }
}
