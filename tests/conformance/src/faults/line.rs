//! `faults.txt`, read.

use std::collections::BTreeMap;
use std::time::Duration;

/// A case of the matrix.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is about.
    pub name: String,
    /// What the server does on each attempt; the last for all that follow.
    pub behaviors: Vec<ServerBehavior>,
    /// The waits between attempts.
    pub waits: Vec<Wait>,
    /// What becomes of get and list, update, execute, and a batch.
    pub expected: [Expected; 4],
}

/// What the server does on one attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerBehavior {
    /// It responds.
    Response {
        /// The status.
        status: u16,
        /// Headers, body and length, by their keys.
        parts: BTreeMap<String, String>,
    },
    /// It closes the connection at a place.
    Reset(Place),
    /// It says nothing more from a place on.
    Stall(Place),
    /// It responds byte by byte, and never comes to an end.
    Trickle,
    /// It responds with something that is not HTTP.
    Garbage,
    /// Its headers don't end.
    HugeHead,
    /// Nobody listens.
    Refuse,
    /// Its name has no address.
    Unresolved,
    /// It speaks TLS, with this certificate.
    Tls(String),
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
    /// This long.
    Exactly(Duration),
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// How often it is sent.
    pub attempts: u32,
    /// `ok`, or the kind of the error, and what became of a write.
    pub result: Vec<String>,
}

/// Each line of the matrix.
///
/// # Panics
///
/// Where a line isn't written as the file says.
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
        ["tls", certificate] => ServerBehavior::Tls((*certificate).to_owned()),
        [status, parts @ ..] => ServerBehavior::Response {
            status: status.parse().unwrap_or_else(|_| panic!("{text:?} is not a server behavior")),
            parts: parts.iter().map(|part| pair(part)).collect(),
        },
        [] => panic!("there is not a server behavior"),
    }
}

/// A key and a value; `_` is a space.
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
        _ => panic!("{text:?} is no place"),
    }
}

fn wait(text: &str) -> Wait {
    let seconds = |text: &str| Duration::from_secs_f64(text.parse().unwrap_or_else(|_| panic!("{text:?} is no wait")));
    match text.strip_prefix('b') {
        Some(bound) => Wait::AtMost(seconds(bound)),
        None => Wait::Exactly(seconds(text)),
    }
}

fn expected(text: &str) -> Expected {
    let mut words = text.split_whitespace();
    let attempts =
        words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{text:?} has no attempts"));
    Expected { attempts, result: words.map(str::to_owned).collect() }
}
