//! The body of a Graph error, read without ever failing.

use serde_json::{Map, Value};

/// The `error` object of a body, whatever of it is there.
pub(super) struct GraphBody(Map<String, Value>);

/// One of several failures behind a failure; each text is there if Graph gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorDetail<'a> {
    /// A code that programs may branch on.
    pub code: Option<&'a str>,
    /// A text for people.
    pub message: Option<&'a str>,
    /// What it is about.
    pub target: Option<&'a str>,
}

impl GraphBody {
    /// `None` where the body isn't a Graph error.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut body: Map<String, Value> = serde_json::from_slice(body).ok()?;
        match body.remove("error")? {
            Value::Object(error) => Some(Self(error)),
            _ => None,
        }
    }

    pub(super) fn code(&self) -> Option<&str> {
        text(&self.0, "code")
    }

    pub(super) fn message(&self) -> Option<&str> {
        text(&self.0, "message")
    }

    pub(super) fn target(&self) -> Option<&str> {
        text(&self.0, "target")
    }

    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.levels().filter_map(|level| text(level, "code"))
    }

    pub(super) fn details(&self) -> impl Iterator<Item = ErrorDetail<'_>> {
        let details = self.0.get("details").and_then(Value::as_array);
        details.into_iter().flatten().filter_map(Value::as_object).map(|detail| ErrorDetail {
            code: text(detail, "code"),
            message: text(detail, "message"),
            target: text(detail, "target"),
        })
    }

    /// A text of the outermost inner error that has it.
    pub(super) fn inner(&self, name: &str) -> Option<&str> {
        self.levels().skip(1).find_map(|level| text(level, name))
    }

    /// The error and its inner errors, outermost first. Graph writes the key in two ways.
    fn levels(&self) -> impl Iterator<Item = &Map<String, Value>> {
        std::iter::successors(Some(&self.0), |level| {
            level.get("innerError").or_else(|| level.get("innererror"))?.as_object()
        })
    }
}

/// A text that says something: Graph documents even empty codes.
fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}
