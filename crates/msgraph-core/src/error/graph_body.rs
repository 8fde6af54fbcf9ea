//! Reads the body of a Graph error; never fails.

use std::ops::ControlFlow;

use serde_json::value::RawValue;

use crate::json;
use crate::redaction::Tokens;

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

/// The `error` object of a body; each part is optional. Only the texts are kept that have a name here: a body of one
/// MiB can hold millions of other values.
#[derive(Clone)]
pub(crate) struct GraphBody {
    /// The error and its inner errors, outermost first.
    levels: Vec<Level>,
    details: Vec<Level>,
}

/// An error, an inner error or a detail.
#[derive(Clone)]
struct Level {
    code: Option<Box<str>>,
    message: Option<Box<str>>,
    target: Option<Box<str>>,
    request_id: Option<Box<str>>,
    client_request_id: Option<Box<str>>,
    date: Option<Box<str>>,
}

/// Graph has two levels.
const MAX_LEVELS: usize = 32;
/// The most details that are kept.
const MAX_DETAILS: usize = 1000;

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
    /// Reads a body; `None` if it is not a Graph error.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let [Some(error)] = json::members(json::text(body).ok()?, ["error"]).ok()?.values else { return None };
        let (mut levels, mut details) = (Vec::new(), Vec::new());
        let mut next = Some(error);
        while let Some((level, inner, more)) = next.and_then(Level::parse).filter(|_| levels.len() < MAX_LEVELS) {
            if levels.is_empty() {
                details = more.map(parse_details).unwrap_or_default();
            }
            levels.push(level);
            next = inner;
        }
        (!levels.is_empty()).then_some(Self { levels, details })
    }

    /// Replaces the tokens.
    pub(super) fn redact(&mut self, tokens: &Tokens) {
        for level in self.levels.iter_mut().chain(&mut self.details) {
            let Level { code, message, target, request_id, client_request_id, date } = level;
            for text in [code, message, target, request_id, client_request_id, date].into_iter().flatten() {
                tokens.redact(text);
            }
        }
    }

    /// Returns the most specific documented code, by Graph's guidance.
    pub(crate) fn code(&self) -> Option<&str> {
        let documented = self.codes().filter(|code| DOCUMENTED_CODES.contains(code)).last();
        documented.or_else(|| self.codes().next())
    }

    pub(super) fn message(&self) -> Option<&str> {
        self.levels.first()?.message.as_deref()
    }

    pub(super) fn target(&self) -> Option<&str> {
        self.levels.first()?.target.as_deref()
    }

    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.levels.iter().filter_map(|level| level.code.as_deref())
    }

    pub(super) fn details(&self) -> impl Iterator<Item = ErrorDetail<'_>> {
        self.details.iter().map(|Level { code, message, target, .. }| ErrorDetail {
            code: code.as_deref(),
            message: message.as_deref(),
            target: target.as_deref(),
        })
    }

    /// The service's ID of the request, by the outermost inner error that has one.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.inner(|level| level.request_id.as_deref())
    }

    /// The client's ID of the request.
    pub(super) fn client_request_id(&self) -> Option<&str> {
        self.inner(|level| level.client_request_id.as_deref())
    }

    /// When the failure occurred.
    pub(super) fn date(&self) -> Option<&str> {
        self.inner(|level| level.date.as_deref())
    }

    fn inner<'a>(&'a self, text: impl Fn(&'a Level) -> Option<&'a str>) -> Option<&'a str> {
        self.levels.iter().skip(1).find_map(text)
    }
}

impl Level {
    /// Returns a level, the inner error, and the details; `None` if it is not an object.
    fn parse(json: &RawValue) -> Option<(Self, Option<&RawValue>, Option<&RawValue>)> {
        // Graph writes one name in two ways.
        let [code, message, target, request_id, client_request_id, date, inner, lower_inner, details] = json::members(
            json.get(),
            [
                "code",
                "message",
                "target",
                "request-id",
                "client-request-id",
                "date",
                "innerError",
                "innererror",
                "details",
            ],
        )
        .ok()?
        .values;
        let level = Self {
            code: code.and_then(text),
            message: message.and_then(text),
            target: target.and_then(text),
            request_id: request_id.and_then(text),
            client_request_id: client_request_id.and_then(text),
            date: date.and_then(text),
        };
        Some((level, inner.or(lower_inner), details))
    }
}

fn parse_details(json: &RawValue) -> Vec<Level> {
    let mut details = Vec::new();
    let mut elements = 0;
    let keep = |json| {
        elements += 1;
        details.extend(Level::parse(json).map(|(detail, ..)| detail));
        if elements < MAX_DETAILS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    // What comes after an early end is left out.
    let _ = json::each_element(json.get(), keep);
    details
}

/// Returns a string that is not empty: Graph documents even empty codes.
fn text(json: &RawValue) -> Option<Box<str>> {
    let text: Box<str> = json::read_text(json.get()).ok()?.value;
    (!text.trim().is_empty()).then_some(text)
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
            (r#"{"error":"BadRequest"}"#, None),
            (r#"{"error":{"code":"BadRequest","innerError":7,"message":[1e999]}}"#, Some("BadRequest")),
        ] {
            assert_eq!(code(body).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn deep_nesting_ends_the_levels() {
        let deep = format!("{}{}{}", r#"{"error":{"innerError":"#, "[".repeat(100_000), "]");
        assert_eq!(code(&deep), None);
        let levels = 100_000;
        let deep =
            format!("{}{}{}", r#"{"error":"#, r#"{"code":"new","innerError":"#.repeat(levels), "7}".repeat(levels));
        assert_eq!(code(&format!("{deep}}}")), None, "it is not JSON");
        let deep = format!(
            r#"{}{}7{}}}"#,
            r#"{"error":"#,
            r#"{"code":"new","innerError":"#.repeat(levels),
            "}".repeat(levels)
        );
        assert_eq!(GraphBody::parse(deep.as_bytes()).unwrap().codes().count(), super::MAX_LEVELS);
    }

    #[test]
    fn an_unpaired_surrogate_does_not_cost_the_error() {
        let error = GraphBody::parse(br#"{"error":{"code":"NotFound","message":"No \ud83d."}}"#).unwrap();
        assert_eq!((error.code(), error.message()), (Some("NotFound"), Some("No \u{fffd}.")));
    }

    #[test]
    fn of_many_details_the_first_ones_are_kept() {
        let body =
            format!(r#"{{"error":{{"code":"a","details":[7,{}{{}}]}}}}"#, r#"{"code":"b","target":"c"},"#.repeat(2000));
        let error = GraphBody::parse(body.as_bytes()).unwrap();
        assert_eq!(error.details().count(), super::MAX_DETAILS - 1);
        assert_eq!(error.details().next().unwrap().target, Some("c"));
    }

    mod properties {
        use proptest::prelude::*;

        use super::GraphBody;

        proptest! {
            #[test]
            fn any_json_like_text_is_read_without_a_panic(body in r#"\{"error":[\{\}\[\]":,a-z0-9]{0,60}"#) {
                if let Some(error) = GraphBody::parse(body.as_bytes()) {
                    let _ = (error.code(), error.codes().count(), error.details().count(), error.date());
                }
            }
        }
    }
}
