//! Parses `faults.txt`.

use std::collections::BTreeMap;
use std::time::Duration;

/// A case of the matrix.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// The behavior of the server on each attempt; the last one repeats.
    pub behaviors: Vec<ServerBehavior>,
    /// The waits between attempts.
    pub waits: Vec<Wait>,
    /// The results of get and list, update, execute, and a batch.
    pub expected: [Expected; 4],
}

/// The behavior of the server on one attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerBehavior {
    /// It responds.
    Response {
        /// The status.
        status: u16,
        /// Headers, body and length, by key.
        parts: BTreeMap<String, String>,
    },
    /// It closes the connection at a place.
    Reset(Place),
    /// It stalls at a place.
    Stall(Place),
    /// It responds byte by byte, without end.
    Trickle,
    /// It responds with something that is not HTTP.
    Garbage,
    /// Its headers do not end.
    HugeHead,
    /// The port is closed.
    Refuse,
    /// Its name cannot be resolved.
    Unresolved,
    /// It speaks TLS, with this certificate.
    Tls(String),
    /// It speaks HTTP/2 over TLS, on each attempt, and has this fault of it.
    Http2(String),
}

/// A place in a response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Before its first byte.
    Start,
    /// Within its headers.
    Head,
    /// After its headers.
    BodyStart,
    /// Within its body.
    Body,
}

/// A wait between two attempts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// Random, at most this long.
    AtMost(Duration),
    /// Random, at most this long and at least half of it.
    HalfAtLeast(Duration),
    /// This long.
    Exactly(Duration),
}

/// The result of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The number of attempts.
    pub attempts: u32,
    /// `ok`, or the kind of the error and the write outcome.
    pub result: Vec<String>,
}

/// Returns the lines of the matrix.
///
/// # Panics
///
/// If a line is invalid.
pub fn lines() -> Vec<Line> {
    let text = include_str!("../../faults.txt").lines();
    text.filter(|line| !line.is_empty() && !line.starts_with('#')).map(line).collect()
}

fn line(text: &str) -> Line {
    let columns: Vec<_> = text.split('|').map(str::trim).collect();
    let [name, behaviors, waits, read, update, execute, batch] = columns.as_slice() else {
        panic!("{text:?} has {} columns", columns.len())
    };
    Line {
        name: (*name).to_owned(),
        behaviors: behaviors.split(';').map(behavior).collect(),
        waits: waits.split_whitespace().map(wait).collect(),
        expected: [read, update, execute, batch].map(|text| expected(text)),
    }
}

fn behavior(text: &str) -> ServerBehavior {
    let words: Vec<_> = text.split_whitespace().collect();
    match words.as_slice() {
        ["reset", at] => ServerBehavior::Reset(place(at)),
        ["stall", at] => ServerBehavior::Stall(place(at)),
        ["trickle"] => ServerBehavior::Trickle,
        ["garbage"] => ServerBehavior::Garbage,
        ["huge-head"] => ServerBehavior::HugeHead,
        ["refuse"] => ServerBehavior::Refuse,
        ["unresolved"] => ServerBehavior::Unresolved,
        ["h2", fault] => ServerBehavior::Http2((*fault).to_owned()),
        ["tls", certificate] => ServerBehavior::Tls((*certificate).to_owned()),
        [status, parts @ ..] => ServerBehavior::Response {
            status: status.parse().unwrap_or_else(|_| panic!("{text:?} is not a server behavior")),
            parts: parts.iter().map(|part| pair(part)).collect(),
        },
        [] => panic!("the server behavior is missing"),
    }
}

/// Splits a key and a value; `_` is a space.
fn pair(part: &str) -> (String, String) {
    let (key, value) = part.split_once('=').unwrap_or_else(|| panic!("{part:?} has no value"));
    (key.to_owned(), value.replace('_', " "))
}

fn place(text: &str) -> Place {
    match text {
        "start" => Place::Start,
        "head" => Place::Head,
        "body-start" => Place::BodyStart,
        "body" => Place::Body,
        _ => panic!("{text:?} is not a place"),
    }
}

fn wait(text: &str) -> Wait {
    let seconds =
        |text: &str| Duration::from_secs_f64(text.parse().unwrap_or_else(|_| panic!("{text:?} is not a wait")));
    match (text.strip_prefix('b'), text.strip_prefix('h')) {
        (Some(bound), _) => Wait::AtMost(seconds(bound)),
        (_, Some(bound)) => Wait::HalfAtLeast(seconds(bound)),
        (None, None) => Wait::Exactly(seconds(text)),
    }
}

fn expected(text: &str) -> Expected {
    let mut words = text.split_whitespace();
    let attempts =
        words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{text:?} has no attempts"));
    Expected { attempts, result: words.map(str::to_owned).collect() }
}
