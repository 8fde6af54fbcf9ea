//! JSON pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)).

use std::borrow::Cow;

/// Returns a name as one segment of a pointer: `~` becomes `~0` and `/` becomes `~1`.
pub fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { Cow::Owned(name.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(name) }
}

/// Returns the name in a segment of a pointer.
pub fn unescape(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') {
        Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(segment)
    }
}

/// Appends a name.
///
/// ```
/// assert_eq!(msgraph_openapi::pointer::join("/paths", "/lamps/{id}"), "/paths/~1lamps~1{id}");
/// ```
pub fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", escape(name))
}

/// Appends several names.
///
/// ```
/// let schema = msgraph_openapi::pointer::join_all("", ["content", "application/json", "schema"]);
/// assert_eq!(schema, "/content/application~1json/schema");
/// ```
pub fn join_all<'a>(pointer: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().fold(pointer.to_owned(), |pointer, name| join(&pointer, name))
}

/// Splits a pointer into that of the parent and the last name. Returns `None` for the pointer of the whole document.
///
/// ```
/// let (parent, name) = msgraph_openapi::pointer::split("/paths/~1lamps").unwrap();
/// assert_eq!((parent, name.as_ref()), ("/paths", "/lamps"));
/// ```
pub fn split(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    pointer.rsplit_once('/').map(|(parent, segment)| (parent, unescape(segment)))
}

/// Returns the pointer of the parent, or `None` for the pointer of the whole document.
pub fn parent(pointer: &str) -> Option<&str> {
    split(pointer).map(|(parent, _)| parent)
}

/// Returns the names that a pointer consists of.
pub fn names(pointer: &str) -> impl DoubleEndedIterator<Item = Cow<'_, str>> {
    // The first segment is the empty text before the first slash.
    let mut segments = pointer.split('/');
    segments.next();
    segments.map(unescape)
}

/// Returns true if `pointer` is `ancestor` or is below it.
///
/// ```
/// use msgraph_openapi::pointer::is_at_or_below;
/// assert!(is_at_or_below("/a/b/c", "/a/b") && !is_at_or_below("/a/bc", "/a/b"));
/// ```
pub fn is_at_or_below(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{escape, join, names, parent, split, unescape};

    #[test]
    fn every_name_survives_escaping() {
        for name in ["", "a", "/", "~", "~1", "~0", "~01", "/~/", "a/b~c", "ä", "{id}"] {
            assert_eq!(unescape(&escape(name)), name);
            let pointer = join("/x", name);
            assert_eq!(json!({ "x": { name: 1 } }).pointer(&pointer), Some(&json!(1)), "{pointer}");
            assert_eq!(split(&pointer).unwrap(), ("/x", name.into()));
            assert_eq!(names(&pointer).collect::<Vec<_>>(), ["x", name]);
        }
    }

    #[test]
    fn the_whole_document_has_no_parent_and_no_names() {
        assert_eq!(parent(""), None);
        assert_eq!(parent("/a"), Some(""));
        assert_eq!(names("").count(), 0);
    }
}
