//! The contents of an error and of its `Display`.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Error, ErrorDetail, ErrorKind};
use crate::call::Call;
use crate::raw_response::RawResponse;
use crate::redaction::Tokens;
use crate::write_outcome::WriteOutcome;

fn failure(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Error {
    let status = StatusCode::from_u16(status).unwrap();
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
    let call = call();
    Error::new(ErrorKind::Status, "")
        .of_call(&call, WriteOutcome::of_status(status.as_u16()))
        .with_response(RawResponse { status, headers, body: Bytes::from_static(body.as_bytes()) })
}

fn call() -> Call {
    Call {
        operation: "update_incident_task",
        write: true,
        client_request_id: HeaderValue::from_static("sent-id"),
        attempts: 1,
        tokens: Tokens {
            sent: Some(HeaderValue::from_static("Bearer canary-7f3a.token_value~1")),
            rejected: Some(HeaderValue::from_static("Bearer canary-earlier.token_value")),
        },
        earlier_unknown: false,
        note: None,
    }
}

#[test]
fn every_field_of_a_graph_error_is_readable() {
    let error = failure(
        400,
        &[],
        r#"{"error":{"code":"BadRequest","message":"No.","target":"status","details":[{"code":"d","message":"m","target":null},7],
            "innerError":{"code":"Deep","date":"2023-09-04T05:47:56","request-id":"r","client-request-id":"c","innererror":{"code":"Deepest"}}}}"#,
    );
    assert_eq!(error.code(), Some("BadRequest"));
    assert_eq!(error.codes().collect::<Vec<_>>(), ["BadRequest", "Deep", "Deepest"]);
    assert_eq!(error.message(), Some("No."));
    assert_eq!(error.target(), Some("status"));
    let detail = ErrorDetail { code: Some("d"), message: Some("m"), target: None };
    assert_eq!(error.details().collect::<Vec<_>>(), [detail]);
    assert_eq!(error.date(), Some("2023-09-04T05:47:56"));
    assert_eq!(error.request_id(), Some("r"));
    assert_eq!(error.client_request_id(), Some("c"));
}

#[test]
fn display_is_one_line_for_a_support_ticket_without_the_body() {
    let error = failure(
        404,
        &[("request-id", "r")],
        "{\"error\":{\"code\":\"NotFound\",\"message\":\"taskId 7\\nnot found\"},\"canary\":1}",
    );
    assert_eq!(
        error.to_string(),
        "update_incident_task: HTTP 404 Not Found, NotFound: taskId 7 not found (not applied; request-id r; client-request-id sent-id)"
    );
    assert!(!format!("{error:?}").contains("canary"));
}

#[test]
fn the_sent_client_request_id_is_returned_if_the_service_repeats_none() {
    assert_eq!(failure(500, &[], "").client_request_id(), Some("sent-id"));
}

#[test]
fn changing_an_error_that_was_cloned_leaves_the_clone_as_it_was() {
    let error = Error::invalid_input("no");
    let clone = error.clone();
    assert_eq!(error.with_operation("read").operation(), Some("read"));
    assert_eq!(clone.operation(), None);
}

#[test]
fn a_token_that_the_service_repeats_is_replaced_wherever_it_is() {
    const TOKEN: &str = "canary-7f3a.token_value~1";
    for (headers, body) in [
        (&[("request-id", TOKEN), ("x-ms-ags-diagnostic", TOKEN)][..], ""),
        (&[("client-request-id", "id canary-7f3a.token_value~1 id")], ""),
        (&[("request-id", "canary-earlier.token_value")], ""),
        (&[], r#"{"error":{"code":"canary-7f3a.token_value~1","message":"invalid: canary-7f3a.token_value~1."}}"#),
        (
            &[],
            r#"{"error":{"message":"canary-7f3a\u002etoken_value\u007e1","innerError":{"code":"canary\u002D7f3a.token_value~1"}}}"#,
        ),
        (&[], "Bearer canary-7f3a.token_value~1\nis not valid, canary-7f3a.token_value~1"),
    ] {
        let error = failure(500, headers, body);
        let shown = format!("{error} {error:?} {:?}", error.codes().chain(error.message()).collect::<Vec<_>>());
        let headers: String = error.headers().map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect();
        let body = String::from_utf8_lossy(error.body().unwrap()).into_owned();
        for text in [&shown, &headers, &body] {
            assert!(!text.contains("canary-7f3a.") && !text.contains("canary-earlier"), "{text}");
        }
        assert!(format!("{shown}{headers}{body}").contains("REDACTED"), "{shown}");
    }
}

#[test]
fn a_source_that_has_the_token_is_left_out() {
    let call = call();
    let source = std::io::Error::other("GOAWAY: canary-7f3a.token_value~1");
    let error = Error::new(ErrorKind::Connection, format!("lost: {source}")).with_source(source);
    let error = error.of_call(&call, WriteOutcome::Unknown);
    assert!(std::error::Error::source(&error).is_none());
    assert!(error.to_string().contains("lost: GOAWAY: REDACTED"), "{error}");
}
