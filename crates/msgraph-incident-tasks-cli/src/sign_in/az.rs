//! Runs `az` within limits of time and output.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};

use azure_identity::Executor;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// The longest output, in bytes.
const MAX_OUTPUT: u64 = 1 << 20;

/// Runs a program; it and its children end with the future.
#[derive(Debug)]
pub(super) struct BoundedExecutor;

#[async_trait::async_trait]
impl Executor for BoundedExecutor {
    async fn run(&self, program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // Colours and warnings are not part of its JSON.
        command.env("AZURE_CORE_NO_COLOR", "true").env("AZURE_CORE_ONLY_SHOW_ERRORS", "true");
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        #[cfg(unix)]
        let _group = Group(child.id());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr, status) = tokio::try_join!(read(stdout), read(stderr), child.wait())?;
        Ok(Output { status, stdout: json_of(&stdout), stderr })
    }
}

/// Ends a group of processes: the shell of `az`, and `az` itself.
#[cfg(unix)]
struct Group(Option<u32>);

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
        // It may have ended already.
        let _ = id.map(|id| rustix::process::kill_process_group(id, rustix::process::Signal::KILL));
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MAX_OUTPUT + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > MAX_OUTPUT {
        return Err(io::Error::other(format!("az printed more than {MAX_OUTPUT} bytes")));
    }
    Ok(bytes)
}

/// Returns the first JSON object in an output with other text around it, or else the whole output.
fn json_of(output: &[u8]) -> Vec<u8> {
    let begins = output.iter().enumerate().filter(|(_, byte)| **byte == b'{').map(|(begin, _)| begin);
    let objects = begins.filter_map(|begin| serde_json::Deserializer::from_slice(&output[begin..]).into_iter().next());
    let object = objects.filter_map(Result::ok).find(|object: &Value| object.get("accessToken").is_some());
    object.map_or_else(|| output.to_vec(), |object| object.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::json_of;

    #[test]
    fn json_is_found_among_warnings_and_colours() {
        let json = br#"{"accessToken":"a"}"#;
        assert_eq!(json_of(json), json);
        assert_eq!(json_of(b"WARNING: {x} {\"a\":1}\n\x1b[33m{\"accessToken\": \"a\"}\x1b[0m\nbye {"), json);
        assert_eq!(json_of(b"no token {"), b"no token {");
    }
}
