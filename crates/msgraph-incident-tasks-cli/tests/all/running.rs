//! The program and an emulator as processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

pub(crate) const TOKEN: &str = "canary-7f3a.token";

pub(crate) fn incident_tasks(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_incident-tasks"));
    command.args(arguments).env_clear();
    command
}

/// Returns the subcommands that help lists.
pub(crate) fn subcommands() -> Vec<String> {
    let help = String::from_utf8(incident_tasks(&["--help"]).output().unwrap().stdout).unwrap();
    let listed = help.split("\n\n").find_map(|part| part.trim_start().strip_prefix("Commands:\n")).unwrap();
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<_> =
        names.filter_map(|line| line.split_whitespace().next()).filter(|subcommand| *subcommand != "help").collect();
    assert!(names.len() > 10, "{names:?}");
    names.into_iter().map(str::to_owned).collect()
}

/// Returns the folder of the program, for a shell's PATH.
pub(crate) fn folder_of_the_program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_incident-tasks")).parent().unwrap()
}

/// A running emulator, and its endpoint.
pub(crate) struct Running {
    process: Child,
    pub(crate) endpoint: String,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(arguments, |command| command.stderr(Stdio::piped()))
    }

    /// As [`start`](Self::start), for many requests: an unread log would block the emulator.
    pub(crate) fn start_silent(arguments: &[&str]) -> Self {
        Self::spawn(arguments, |command| command.env("RUST_LOG", "off").stderr(Stdio::null()))
    }

    fn spawn(arguments: &[&str], log: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = incident_tasks(&[&["emulator", "--port", "0"], arguments].concat());
        let mut process = log(&mut command).stdout(Stdio::piped()).spawn().unwrap();
        let mut endpoint = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        Self { process, endpoint: endpoint.trim().to_owned() }
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Returns a command that calls this emulator.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = incident_tasks(&["--endpoint", &self.endpoint, "--no-retry"]);
        command.args(arguments).env("GRAPH_TOKEN", TOKEN);
        command
    }

    /// Returns the operations of the requests that it received.
    pub(crate) fn operations(&self) -> Vec<String> {
        let requests = self.requests();
        requests.iter().filter_map(|request| Some(request["operation"].as_str()?.to_owned())).collect()
    }

    /// Returns the requests that it received.
    pub(crate) fn requests(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.get("requests")).unwrap()
    }

    /// Returns its tasks.
    pub(crate) fn tasks(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.get("tasks")).unwrap()
    }

    fn get(&self, what: &str) -> String {
        let address = self.endpoint.trim_start_matches("http://").trim_end_matches("/beta");
        let mut connection = TcpStream::connect(address).unwrap();
        let request = format!("GET /emulator/{what} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        response.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// Stops it as Ctrl-C does, and returns its exit code and log.
    pub(crate) fn interrupt(mut self) -> (Option<i32>, String) {
        signal("INT", self.process.id());
        let code = self.process.wait().unwrap().code();
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (code, log)
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap().success());
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
