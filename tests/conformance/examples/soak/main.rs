//! Long runs, outside CI: `cargo xtask soak`.

mod bulk;
mod emulator;
#[cfg(unix)]
mod follow;
mod kill;
mod throttled;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => {
            throttled::run().await?;
            bulk::run().await?;
            emulator::run().await?;
            kill::run().await?;
            #[cfg(unix)]
            follow::run().await?;
            Ok(())
        }
        ["throttled"] => throttled::run().await,
        ["emulator"] => emulator::run().await,
        ["bulk"] => bulk::run().await,
        ["kill"] => kill::run().await,
        #[cfg(unix)]
        ["follow"] => follow::run().await,
        ["stream", endpoint, updates] => bulk::stream_of(endpoint, updates.parse()?).await,
        ["serve", "throttling"] => throttled::serve().await,
        ["serve", "batches", delay] => bulk::serve(delay.parse()?).await,
        ["serve", "emulator", tasks] => emulator::serve(tasks.parse()?).await,
        ["serve", "nothing"] => emulator::serve_nothing().await,
        _ => Err("usage: soak [throttled|bulk|emulator|kill|follow]".into()),
    }
}

/// A server in a separate process, so that its memory is not counted as the client's.
struct Server {
    process: Child,
    endpoint: String,
}

impl Server {
    fn start(kind: &str) -> Result<Self, Error> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").args(kind.split(' ')).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("the server printed nothing")?).read_line(&mut line)?;
        Ok(Self { process, endpoint: line.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the peak memory of a process, if the system reports it.
fn peak_memory(process: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "peak memory unknown".to_owned(), |peak| format!("peak memory {}", peak.trim()))
}

/// Prints a line. A closed stdout is ignored.
fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
