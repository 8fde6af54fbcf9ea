//! References within a document.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::kind::{Kind, locate};
use crate::nodes::{Node, nodes_at};
use crate::{Error, SCHEMAS, pointer};

/// A reference in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reference<'a> {
    /// The JSON pointer of the object that has the `$ref`, or of the entry of a discriminator's `mapping`.
    pub pointer: String,
    /// The reference as it is written, such as `#/components/schemas/lamp`.
    pub text: Cow<'a, str>,
}

/// Returns the pointer that a reference such as `#/components/schemas/lamp` points to.
///
/// # Errors
///
/// If it points out of the document. The error's pointer is empty: the caller knows the place.
pub fn target(reference: &str) -> Result<String, Error> {
    let pointer = reference.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
    pointer
        .map(percent_decoded)
        .ok_or_else(|| Error::new("", format!("external reference {reference:?}: must begin with \"#/\"")))
}

/// Returns the name of the schema component that a reference points to.
///
/// ```
/// assert_eq!(msgraph_openapi::component_name("#/components/schemas/lamp").as_deref(), Some("lamp"));
/// assert_eq!(msgraph_openapi::component_name("#/components/responses/lamp"), None);
/// ```
pub fn component_name(reference: &str) -> Option<String> {
    component_at(&target(reference).ok()?).map(Cow::into_owned)
}

/// Returns the name of the schema component at a pointer, or `None` for any other place.
pub fn component_at(pointer: &str) -> Option<Cow<'_, str>> {
    let (parent, name) = pointer::split(pointer)?;
    (parent == SCHEMAS).then_some(name)
}

/// Returns the object at a pointer, or the one at the end of a chain of references there.
///
/// # Errors
///
/// If there is nothing at the pointer, or a reference on the way is not a string, is dangling, circular or external.
pub fn resolve<'a>(document: &'a Value, pointer: &str) -> Result<Node<'a>, Error> {
    let kind = locate(pointer).kind;
    let mut place = pointer.to_owned();
    let mut value = document.pointer(pointer).ok_or_else(|| Error::new(pointer, "nothing found at this place"))?;
    let mut seen = BTreeSet::new();
    while let Some(reference) = value.get("$ref") {
        let Some(reference) = reference.as_str() else {
            return Err(Error::new(place, "invalid $ref: must be a string"));
        };
        let next = target(reference).map_err(|error| Error::new(place.clone(), error.message()))?;
        let Some(found) = document.pointer(&next) else {
            return Err(Error::new(place, format!("dangling reference {reference:?}")));
        };
        if !seen.insert(std::mem::replace(&mut place, next)) {
            return Err(Error::new(pointer, format!("circular reference {reference:?}")));
        }
        value = found;
    }
    Ok(Node::new(place, kind, value))
}

/// Returns every reference of a document, discriminator mappings included. Whether one can be resolved is for
/// [`resolve`] to report.
pub fn references(document: &Value) -> Vec<Reference<'_>> {
    references_at(document, "")
}

/// Returns the references of the object at a pointer and of every object in it, as [`references`] does.
pub fn references_at<'a>(document: &'a Value, pointer: &str) -> Vec<Reference<'a>> {
    nodes_at(document, pointer).flat_map(|node| references_of(&node)).collect()
}

/// Returns the pointers of everything that the object at a pointer refers to, directly or through others.
///
/// # Errors
///
/// If a reference on the way is dangling or external.
pub fn reachable(document: &Value, pointer: &str) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    let mut pending = vec![pointer.to_owned()];
    while let Some(place) = pending.pop() {
        for reference in references_at(document, &place) {
            let next = target(&reference.text).map_err(|error| Error::new(&reference.pointer, error.message()))?;
            if document.pointer(&next).is_none() {
                return Err(Error::new(reference.pointer, format!("dangling reference {:?}", reference.text)));
            }
            if found.insert(next.clone()) {
                pending.push(next);
            }
        }
    }
    Ok(found)
}

fn references_of<'a>(node: &Node<'a>) -> Vec<Reference<'a>> {
    let direct = node.reference().map(|text| Reference { pointer: node.pointer.clone(), text: text.into() });
    let mapping = if node.kind == Kind::Discriminator { node.value.get("mapping") } else { None };
    let mapped = mapping.and_then(Value::as_object).into_iter().flatten().filter_map(|(value, target)| {
        let target = target.as_str()?;
        // https://spec.openapis.org/oas/v3.0.4.html#discriminator-object: a name of a component, or a reference.
        let is_name = target.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        let text = if is_name { format!("#{SCHEMAS}/{target}").into() } else { target.into() };
        Some(Reference { pointer: pointer::join_all(&node.pointer, ["mapping", value]), text })
    });
    direct.into_iter().chain(mapped).collect()
}

/// A pointer in a URI fragment is percent-encoded (RFC 6901, section 6).
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|digits| *byte == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let decoded = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(decoded) = decoded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(decoded);
            rest = &tail[2..];
        } else {
            bytes.push(*byte);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{component_at, component_name, reachable, references, resolve, target};

    #[test]
    fn a_chain_of_references_is_followed_to_its_end() {
        let document = json!({ "components": { "schemas": {
            "a": { "$ref": "#/components/schemas/b~1c" }, "b/c": { "$ref": "#/components/schemas/%7Bd%7D" }, "{d}": { "type": "string" } } } });
        let node = resolve(&document, "/components/schemas/a").unwrap();
        assert_eq!((node.pointer.as_str(), node.value), ("/components/schemas/{d}", &json!({ "type": "string" })));
        assert_eq!(resolve(&document, &node.pointer).unwrap().pointer, node.pointer);
    }

    #[test]
    fn a_dangling_external_circular_or_invalid_reference_is_an_error_with_its_place() {
        let document = json!({ "components": { "schemas": {
            "dangling": { "$ref": "#/components/schemas/none" },
            "external": { "$ref": "other.json#/a" }, "anchor": { "$ref": "#lamp" }, "url": { "$ref": "https://a.test/b" },
            "self": { "$ref": "#/components/schemas/self" },
            "a": { "$ref": "#/components/schemas/b" }, "b": { "$ref": "#/components/schemas/a" },
            "number": { "$ref": 1 } } } });
        for (name, message) in [
            ("dangling", "dangling reference"),
            ("external", "external reference \"other.json#/a\""),
            ("anchor", "external reference"),
            ("url", "external reference"),
            ("self", "circular reference"),
            ("a", "circular reference"),
            ("number", "must be a string"),
            ("none", "nothing found"),
        ] {
            let pointer = format!("/components/schemas/{name}");
            let error = resolve(&document, &pointer).unwrap_err();
            assert!(error.pointer() == pointer && error.message().contains(message), "{name}: {error}");
        }
    }

    #[test]
    fn references_are_told_from_properties_and_examples_of_that_name() {
        let document = json!({ "components": { "schemas": { "a": {
            "properties": { "$ref": { "$ref": "#/components/schemas/b" } },
            "example": { "$ref": "#/none" },
            "discriminator": { "propertyName": "k", "mapping": { "x": "b", "y": "#/components/schemas/c" } } } } } });
        let found: Vec<_> = references(&document).into_iter().map(|found| (found.pointer, found.text)).collect();
        let expected = [
            ("/properties/$ref", "#/components/schemas/b"),
            ("/discriminator/mapping/x", "#/components/schemas/b"),
            ("/discriminator/mapping/y", "#/components/schemas/c"),
        ];
        let mut found: Vec<_> = found
            .iter()
            .map(|(pointer, text)| (pointer.strip_prefix("/components/schemas/a").unwrap(), text.as_ref()))
            .collect();
        found.sort_by_key(|(pointer, _)| !pointer.starts_with("/properties"));
        assert_eq!(found, expected);
    }

    #[test]
    fn everything_that_a_place_uses_is_reachable_circles_included() {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let mut document = json!({ "components": { "schemas": {
            "a": { "properties": { "b": reference("b") } }, "b": { "allOf": [reference("c")] },
            "c": { "items": reference("a") }, "other": reference("a") } } });
        let schemas = "/components/schemas";
        let found = reachable(&document, &format!("{schemas}/a")).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a", "b", "c"].map(|name| format!("{schemas}/{name}")));
        document["components"]["schemas"]["c"] = reference("none");
        let error = reachable(&document, &format!("{schemas}/a")).unwrap_err();
        assert_eq!(error.to_string(), "/components/schemas/c: dangling reference \"#/components/schemas/none\"");
    }

    #[test]
    fn only_a_component_has_the_name_of_one() {
        assert_eq!(component_name("#/components/schemas/a~1b").as_deref(), Some("a/b"));
        for reference in ["#/components/schemas/a/items", "#/components/parameters/a", "a", "x#/components/schemas/a"] {
            assert_eq!(component_name(reference), None, "{reference}");
        }
        assert_eq!(component_at("/components/schemas"), None);
        assert_eq!(target("#").unwrap(), "");
    }
}
