//! Reads the body of a Graph error; never fails.

use serde_json::{Map, Value};

use crate::json::without_byte_order_mark;

/// The basic codes of the page on error responses, and the others in Graph's examples.
const DOCUMENTED_CODES: [&str; 25] = [
    "accessDenied",
    "activityLimitReached",
    "extensionError",
    "generalException",
    "invalidRange",
    "invalidRequest",
    "itemNotFound",
    "malwareDetected",
    "nameAlreadyExists",
    "notAllowed",
    "notSupported",
    "resourceModified",
    "resyncRequired",
    "serviceNotAvailable",
    "syncStateNotFound",
    "quotaLimitReached",
    "unauthenticated",
    "Authorization_RequestDenied",
    "BadRequest",
    "Directory_ConcurrencyViolation",
    "Forbidden",
    "InvalidAuthenticationToken",
    "NotFound",
    "TooManyRequests",
    "Unauthorized",
];

/// The `error` object of a body, whatever of it is there.
pub(super) struct GraphBody(Map<String, Value>);

/// One of the failures that caused a failure; each text is optional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorDetail<'a> {
    /// The code, for programs.
    pub code: Option<&'a str>,
    /// The message, for people.
    pub message: Option<&'a str>,
    /// The target of the failure.
    pub target: Option<&'a str>,
}

impl GraphBody {
    /// `None` where the body isn't a Graph error.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut body: Map<String, Value> = serde_json::from_slice(without_byte_order_mark(body)).ok()?;
        match body.remove("error")? {
            Value::Object(error) => Some(Self(error)),
            _ => None,
        }
    }

    /// Graph's guidance: the most specific code that one understands.
    pub(super) fn code(&self) -> Option<&str> {
        let documented = self.codes().filter(|code| DOCUMENTED_CODES.contains(code)).last();
        documented.or_else(|| self.codes().next())
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

#[cfg(test)]
mod tests {
    use super::GraphBody;

    fn code(body: &str) -> Option<String> {
        GraphBody::parse(body.as_bytes())?.code().map(str::to_owned)
    }

    #[test]
    fn the_code_is_the_most_specific_documented_one() {
        for (body, expected) in [
            (r#"{"error":{"code":"BadRequest","innerError":{"code":"notSupported"}}}"#, Some("notSupported")),
            (r#"{"error":{"code":"TooManyRequests","innerError":{"code":"429"}}}"#, Some("TooManyRequests")),
            (r#"{"error":{"code":"new","innerError":{"code":"newer"}}}"#, Some("new")),
            (r#"{"error":{"code":"","innerError":{"code":"newer"}}}"#, Some("newer")),
            (r#"{"error":{"code":""}}"#, None),
            (r#"{"error":{}}"#, None),
        ] {
            assert_eq!(code(body).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn deep_nesting_is_no_error_of_graph() {
        let deep = format!("{}{}{}", r#"{"error":{"innerError":"#, "[".repeat(100_000), "]");
        assert_eq!(code(&deep), None);
    }

    mod properties {
        use proptest::prelude::*;

        use super::GraphBody;

        proptest! {
            #[test]
            fn any_bytes_are_read_without_a_panic(body: Vec<u8>) {
                let _ = GraphBody::parse(&body);
            }

            #[test]
            fn any_json_like_text_is_read_without_a_panic(body in r#"\{"error":[\{\}\[\]":,a-z0-9]{0,60}"#) {
                if let Some(error) = GraphBody::parse(body.as_bytes()) {
                    let _ = (error.code(), error.codes().count(), error.details().count(), error.inner("date"));
                }
            }
        }
    }
}
