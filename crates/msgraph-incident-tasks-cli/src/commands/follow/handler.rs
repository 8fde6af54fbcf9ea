//! Runs a handler in its own process group, with the task on stdin.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use msgraph_incident_tasks::types::IncidentTask;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::state::Kind;
use crate::files::{about, lock, open_private};
use crate::text::eprint_line;

/// The time in which a terminated handler must end.
const GRACE: Duration = Duration::from_secs(5);
/// The interval of checking for an orphan.
const ORPHAN_INTERVAL: Duration = Duration::from_millis(500);
/// The longest encoded ID in the name of a file; most file systems have 255 bytes.
const MAX_NAME: usize = 200;
/// The variables with credentials, which handlers do not get.
const SECRETS: [&str; 11] = [
    "GRAPH_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_USERNAME",
    "AZURE_PASSWORD",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "MSI_ENDPOINT",
    "MSI_SECRET",
];

/// The command that handles a task.
pub(super) struct Handler {
    pub(super) command: Vec<OsString>,
    pub(super) timeout: Option<Duration>,
    /// The folder of the handlers' stdin files.
    pub(super) folder: PathBuf,
}

/// The input of a handler.
pub(super) struct Input<'a> {
    pub(super) id: &'a str,
    pub(super) kind: Kind,
    pub(super) attempt: u32,
    /// `None` if the task no longer exists.
    pub(super) task: Option<&'a IncidentTask>,
}

/// How a handler has ended.
pub(super) enum Ended {
    Succeeded,
    Failed(String),
    /// By `ends`; a later run handles the task again.
    Stopped,
}

impl Handler {
    /// Runs the handler of a task, after any earlier one of this task has ended. Setting `ends` ends it.
    pub(super) async fn run(
        &self,
        input: &Input<'_>,
        stdin: File,
        mut ends: watch::Receiver<bool>,
    ) -> io::Result<Ended> {
        let mut child = match self.spawn(input, stdin) {
            Ok(child) => child,
            // Each other task would fail like this one.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
                return Err(about(Path::new(&self.command[0]), &error));
            }
            Err(error) => {
                return Ok(Ended::Failed(format!("{}: {error}", Path::new(&self.command[0]).display())));
            }
        };
        let limit = async {
            match self.timeout {
                Some(timeout) => tokio::time::sleep(timeout).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            status = child.wait() => {
                let status = status?;
                Ok(if status.success() { Ended::Succeeded } else { Ended::Failed(status.to_string()) })
            }
            () = limit => {
                end(&mut child, GRACE).await?;
                let limit = self.timeout.unwrap_or_default().as_secs_f64();
                Ok(Ended::Failed(format!("timed out after {limit} s")))
            }
            _ = ends.wait_for(|ends| *ends) => {
                end(&mut child, Duration::ZERO).await?;
                Ok(Ended::Stopped)
            }
        }
    }

    /// Returns the file for the stdin of a task's handler, locked until the last process that has it open ends. Waits for
    /// a handler of an earlier run.
    pub(super) async fn stdin(&self, id: &str) -> io::Result<File> {
        let path = self.folder.join(file_name(id));
        let mut is_first = true;
        loop {
            let file = open_private(&path, OpenOptions::new().create(true).truncate(false))?;
            if lock(&path, &file)? {
                return Ok(file);
            }
            if std::mem::take(&mut is_first) {
                eprint_line(&format!("{id}: waiting for an earlier handler of it"));
            }
            tokio::time::sleep(ORPHAN_INTERVAL).await;
        }
    }

    /// Removes the file of a task whose handler has ended.
    pub(super) fn clear(&self, id: &str) {
        // If another run has it open, it is removed later.
        let _ = std::fs::remove_file(self.folder.join(file_name(id)));
    }

    fn spawn(&self, input: &Input<'_>, mut stdin: File) -> io::Result<Child> {
        let json = match input.task {
            Some(task) => serde_json::to_value(task)?,
            None => serde_json::json!({ "id": input.id }),
        };
        let path = self.folder.join(file_name(input.id));
        let written = stdin.set_len(0).and_then(|()| stdin.write_all(format!("{json}\n").as_bytes()));
        written.and_then(|()| stdin.rewind()).map_err(|error| about(&path, &error))?;
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().replace('\0', "");
        let incident = json.pointer("/incident/id").and_then(Value::as_str).unwrap_or_default().replace('\0', "");
        // Held by the handler even if it closes its stdin.
        #[cfg(unix)]
        let _lock = inheritable(&stdin)?;
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).stdin(Stdio::from(stdin));
        for name in SECRETS {
            command.env_remove(name);
        }
        command
            .env("INCIDENT_TASK_ID", input.id.replace('\0', ""))
            .env("INCIDENT_TASK_STATUS", text("status"))
            .env("INCIDENT_TASK_ACTION_TYPE", text("actionType"))
            .env("INCIDENT_TASK_INCIDENT_ID", incident)
            .env("INCIDENT_TASK_CHANGE", input.kind.name())
            .env("INCIDENT_TASK_ATTEMPT", input.attempt.to_string());
        // Ctrl-C is for this program only.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }
}

/// Returns a descriptor of a file that a child process inherits. Another child that is started before it is closed
/// inherits it too.
#[cfg(unix)]
fn inheritable(file: &File) -> io::Result<File> {
    let copy = file.try_clone()?;
    rustix::io::fcntl_setfd(&copy, rustix::io::FdFlags::empty())?;
    Ok(copy)
}

/// Ends a handler and its children, by force if it takes too long.
async fn end(child: &mut Child, grace: Duration) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(group) = group(child) {
        use rustix::process::{Signal, kill_process_group};

        // It may have ended already.
        let _ = kill_process_group(group, Signal::TERM);
        let _ = tokio::time::timeout(grace, child.wait()).await;
        let _ = kill_process_group(group, Signal::KILL);
    }
    child.kill().await
}

#[cfg(unix)]
fn group(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

/// Returns a file name that is safe in each file system.
fn file_name(id: &str) -> String {
    let is_plain = |c: u8| c.is_ascii_digit() || c.is_ascii_lowercase() || c == b'-';
    let encoded = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("_{byte:02x}") };
    let mut name = id.bytes().map(encoded).collect::<String>();
    if name.len() > MAX_NAME {
        // Two IDs with the same name have their handlers one after the other.
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        name.truncate(MAX_NAME);
        name += &format!("-{:016x}", hasher.finish());
    }
    format!("{name}.json")
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_name_stays_in_its_folder() {
        for (id, name) in [("213213", "213213.json"), ("../A", "_2e_2e_2f_41.json"), ("a_b", "a_5fb.json")] {
            assert_eq!(file_name(id), name);
        }
        let (one, other) = (file_name(&"A".repeat(100)), file_name(&("A".repeat(99) + "B")));
        assert!(one.len() < 255 && one != other, "{one}");
    }
}
