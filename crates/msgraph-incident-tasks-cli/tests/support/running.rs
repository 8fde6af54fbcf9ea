//! The program as a process, and an emulator to call.

#![allow(dead_code, unreachable_pub, reason = "each file of tests uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

pub const TOKEN: &str = "canary-7f3a.token";

pub fn incident_tasks(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_incident-tasks"));
    command.args(arguments).env_clear();
    command
}

/// A running emulator, and its endpoint.
pub struct Running {
    process: Child,
    pub endpoint: String,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        let arguments = [&["emulator", "--port", "0"], arguments].concat();
        let mut command = incident_tasks(&arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut endpoint = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        Self { process, endpoint: endpoint.trim().to_owned() }
    }

    pub fn call(&self, arguments: &[&str]) -> Output {
        let mut command = incident_tasks(&["--endpoint", &self.endpoint, "--no-retry"]);
        command.args(arguments).env("GRAPH_TOKEN", TOKEN).output().unwrap()
    }

    /// The operations that it was really called for.
    pub fn operations(&self) -> Vec<String> {
        let address = self.endpoint.trim_start_matches("http://").trim_end_matches("/beta");
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(b"GET /emulator/requests HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let requests: Vec<serde_json::Value> = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        requests.iter().filter_map(|request| Some(request["operation"].as_str()?.to_owned())).collect()
    }

    /// Ends it as Ctrl-C does, and returns its exit code and log.
    pub fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let code = self.process.wait().unwrap().code();
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (code, log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
