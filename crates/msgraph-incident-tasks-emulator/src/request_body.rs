//! Decodes request bodies and removes what Graph tolerates in them.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::request_path::VERSION;
use crate::spec_validator::SpecValidator;

/// Decodes the `Content-Encoding` of a body, up to a size limit. Returns the status and message of the error.
pub(crate) fn decode(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Bytes, (StatusCode, &'static str)> {
    let codings =
        headers.get_all(CONTENT_ENCODING).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let codings: Vec<_> = codings.map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty()).collect();
    match codings.as_slice() {
        [] => Ok(body),
        [coding] if coding.eq_ignore_ascii_case(b"identity") => Ok(body),
        [coding] if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") => {
            let mut decoded = Vec::new();
            let bound = (limit as u64).saturating_add(1);
            let read = MultiGzDecoder::new(&body[..]).take(bound).read_to_end(&mut decoded);
            if read.is_err() {
                return Err((StatusCode::BAD_REQUEST, "The body is not valid gzip."));
            }
            if decoded.len() > limit {
                return Err((StatusCode::PAYLOAD_TOO_LARGE, "The decoded body is too large."));
            }
            Ok(decoded.into())
        }
        _ => Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "The Content-Encoding must be gzip or identity.")),
    }
}

/// Parses JSON, which a byte order mark may precede.
pub(crate) fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

/// Removes the members that Graph ignores: annotations and read-only properties of an update; unknown and null members
/// of a batch and its requests.
pub(crate) fn remove_tolerated(spec: &SpecValidator, operation: &str, body: &mut Value) {
    if operation == "batch" {
        if let Some(members) = body.as_object_mut() {
            members.retain(|name, _| name == "requests");
        }
        let known = spec.names("/components/schemas/batchRequestItem/properties");
        let items = body.get_mut("requests").and_then(Value::as_array_mut).into_iter().flatten();
        for item in items.filter_map(Value::as_object_mut) {
            item.retain(|name, value| known.contains(&name.as_str()) && !value.is_null());
        }
    } else if let Some(members) = body.as_object_mut() {
        remove_read_only(spec, members);
    }
}

/// Removes deviations in the requests of a batch that its schema cannot reject: null bodies, and URLs with the address
/// of the emulator or the API version, to which they must be relative. Microsoft's SDKs write all of them. Returns the
/// violations.
pub(crate) fn normalize_batch(body: &mut Value, address: &str) -> Vec<&'static str> {
    let items = body.get_mut("requests").and_then(Value::as_array_mut).into_iter().flatten();
    let mut violations = Vec::new();
    for item in items.filter_map(Value::as_object_mut) {
        if item.get("body").is_some_and(Value::is_null) {
            item.remove("body");
            violations.push("the body of a request in a batch is null");
        }
        let url = item.get("url").and_then(Value::as_str);
        let path = url.map(|url| url.strip_prefix(address).unwrap_or(url));
        let path = path.and_then(|path| path.strip_prefix(VERSION)).filter(|path| path.starts_with('/'));
        if let Some(path) = path.map(str::to_owned) {
            item.insert("url".to_owned(), path.into());
            violations.push("the URL of a request in a batch is not relative");
        }
    }
    violations
}

fn remove_read_only(spec: &SpecValidator, members: &mut Map<String, Value>) {
    let properties = "/components/schemas/incidentTask/properties";
    let is_read_only =
        |name: &str| spec.document().pointer(&format!("{properties}/{name}/readOnly")) == Some(&Value::Bool(true));
    members.retain(|name, _| !name.contains('@') && !is_read_only(name));
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bytes::Bytes;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::header::CONTENT_ENCODING;
    use http::{HeaderMap, HeaderValue};

    use super::decode;

    fn gzip(body: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn gzip_is_decoded_up_to_the_limit_and_other_codings_are_rejected() {
        let decode = |coding: &'static str, body: Bytes| {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(coding))]);
            decode(&headers, body, 1000).map_err(|(status, _)| status.as_u16())
        };
        assert_eq!(decode("GZip", gzip(b"{}")), Ok(Bytes::from_static(b"{}")));
        assert_eq!(decode("identity", "{}".into()), Ok(Bytes::from_static(b"{}")));
        assert_eq!(decode("gzip", gzip(&[b' '; 1000])).map(|body| body.len()), Ok(1000));
        assert_eq!(decode("gzip", gzip(&[b' '; 1001])), Err(413));
        assert_eq!(decode("gzip", gzip(&vec![0; 50_000_000])), Err(413));
        assert_eq!(decode("gzip", "{}".into()), Err(400));
        for coding in ["br", "deflate", "gzip, gzip", "zstd"] {
            assert_eq!(decode(coding, gzip(b"{}")), Err(415), "{coding}");
        }
    }
}
