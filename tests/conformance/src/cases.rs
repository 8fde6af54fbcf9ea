//! The conformance cases, in the format of their README.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// A case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The name of its file.
    #[serde(skip)]
    pub name: String,
    /// The source of request and response.
    pub source: BTreeMap<String, String>,
    /// The operation's ID.
    pub operation: String,
    /// The input of the caller.
    pub call: Value,
    /// The request on the wire.
    pub request: Message,
    /// The response.
    pub response: Message,
    /// The result of the caller.
    pub result: Value,
    /// The state of an emulator.
    pub emulator: Store,
    /// The command line of the CLI.
    pub cli: Value,
}

/// A request or a response.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The HTTP method of a request.
    #[serde(default)]
    pub method: String,
    /// The path of a request below the API version.
    #[serde(default)]
    pub path: String,
    /// The query of a request, decoded.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The status of a response.
    #[serde(default)]
    pub status: u16,
    /// Headers that must be present; others may be.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body; null without one.
    #[serde(default)]
    pub body: Value,
}

/// The state of an emulator before a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// Its tasks.
    pub tasks: Vec<serde_json::Map<String, Value>>,
    /// The fault that the request meets.
    pub fault: Option<String>,
}

/// Returns all cases.
///
/// # Panics
///
/// If a case is invalid.
pub fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let files =
        std::fs::read_dir(folder).expect("there are cases").map(|file| file.expect("a file can be listed").path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file).expect("a case can be read");
        let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        Case { name, ..case }
    };
    files.iter().map(read).collect()
}

impl Case {
    /// Returns a string of the input; empty if it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.call[name].as_str().unwrap_or_default()
    }

    /// Returns the updates in the input of a batch.
    pub fn updates(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let updates = self.call["updates"].as_array().into_iter().flatten();
        updates.map(|update| (text(&update[0]), text(&update[1]))).collect()
    }
}
