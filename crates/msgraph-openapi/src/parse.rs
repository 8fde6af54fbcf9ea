//! Reading the text of a document.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Error;

/// Reads the text of an OpenAPI 3.0 document.
///
/// # Errors
///
/// If the text is not JSON, is nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH), or is not OpenAPI 3.0.
pub fn parse(text: &str) -> Result<Value, Error> {
    let document: Value =
        serde_json::from_str(text).map_err(|error| Error::new("", format!("invalid JSON: {error}")))?;
    match document.get("openapi").and_then(Value::as_str) {
        Some(version) if version == "3.0" || version.starts_with("3.0.") => Ok(document),
        Some(version) => Err(Error::new("/openapi", format!("unsupported version {version:?}: must be 3.0"))),
        None => Err(Error::new("/openapi", "missing version: must be a string such as \"3.0.3\"")),
    }
}

/// Returns the same JSON with the members of each object sorted by name.
///
/// Any crate of a build can turn on `serde_json`'s `preserve_order`; output that must not depend on it sorts first.
pub fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let members: BTreeMap<_, _> = object.into_iter().collect();
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(array) => array.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, sorted};

    #[test]
    fn a_text_that_is_not_openapi_3_0_is_an_error_with_its_place() {
        for (text, pointer, message) in [
            ("{", "", "invalid JSON"),
            ("{}", "/openapi", "missing version"),
            (r#"{"openapi": 3.0}"#, "/openapi", "missing version"),
            (r#"{"openapi": "3.1.0"}"#, "/openapi", "unsupported version \"3.1.0\""),
            (r#"{"openapi": "3.01"}"#, "/openapi", "unsupported version"),
            ("[]", "/openapi", "missing version"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.pointer() == pointer && error.message().starts_with(message), "{text}: {error}");
        }
        assert!(parse(r#"{"openapi": "3.0.4"}"#).is_ok());
    }

    #[test]
    fn a_hundred_thousand_nested_arrays_are_an_error() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(parse(&text).unwrap_err().to_string().contains("recursion limit"));
    }

    #[test]
    fn sorting_changes_the_order_of_names_only() {
        let value: serde_json::Value = serde_json::from_str(r#"{"b": [{"d": 1, "c": 2}, "a"], "a": null}"#).unwrap();
        assert_eq!(sorted(value.clone()), value);
        assert_eq!(sorted(value).to_string(), r#"{"a":null,"b":[{"c":2,"d":1},"a"]}"#);
    }
}
