//! Iterates over the objects of a document.

use serde_json::Value;

use crate::kind::{Field, Kind, locate};
use crate::{Error, MAX_DEPTH, pointer};

/// An OpenAPI object in a document, or the reference that takes its place.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Node<'a> {
    /// The JSON pointer of the object.
    pub pointer: String,
    /// The kind of object.
    pub kind: Kind,
    /// The object.
    pub value: &'a Value,
    depth: usize,
}

impl<'a> Node<'a> {
    pub(crate) fn new(pointer: String, kind: Kind, value: &'a Value) -> Self {
        Self { pointer, kind, value, depth: 0 }
    }

    /// Returns the text of the object's `$ref`, if it is a reference.
    pub fn reference(&self) -> Option<&'a str> {
        if self.kind.may_be_reference() { self.value.get("$ref")?.as_str() } else { None }
    }
}

/// An iterator over the objects of a document; see [`nodes`].
#[derive(Clone, Debug)]
pub struct Nodes<'a> {
    /// The next one last.
    pending: Vec<Node<'a>>,
    with_arms: bool,
}

/// Returns every OpenAPI object of a document, parents before their children, in the order of the JSON. References are
/// returned and not followed. Examples, defaults and extensions are data: they are not entered, and neither are objects
/// nested deeper than [`MAX_DEPTH`].
pub fn nodes(document: &Value) -> Nodes<'_> {
    nodes_at(document, "")
}

/// Returns the object at a pointer and every object in it, as [`nodes`] does; none if there is no object at the
/// pointer.
pub fn nodes_at<'a>(document: &'a Value, pointer: &str) -> Nodes<'a> {
    let location = locate(pointer);
    let value = document.pointer(pointer).filter(|value| location.rest.is_empty() && value.is_object());
    let first = value.map(|value| Node::new(pointer.to_owned(), location.kind, value));
    Nodes { pending: first.into_iter().collect(), with_arms: true }
}

/// Returns every schema of a document, parents before their children, wherever it is: in components, parameters,
/// headers, bodies, responses and callbacks, and in other schemas.
pub fn schemas(document: &Value) -> Vec<Node<'_>> {
    nodes(document).filter(|node| node.kind.is_schema()).collect()
}

/// Returns the schemas as [`schemas`] does, except those in `allOf`, `anyOf`, `oneOf` and `not`: for a reader to whom
/// a composition is one form.
pub fn schemas_without_arms(document: &Value) -> Vec<Node<'_>> {
    let nodes = Nodes { with_arms: false, ..nodes(document) };
    nodes.filter(|node| node.kind == Kind::Schema).collect()
}

/// Returns an error for each place that must hold an object, or a list or map of objects, and holds another value.
pub fn misplaced(document: &Value) -> Vec<Error> {
    let mut found = Vec::new();
    let mut expect = |place: String, value: &Value, is_right: bool, what: &str| {
        if !is_right {
            let shown: String = value.to_string().chars().take(40).collect();
            found.push(Error::new(place, format!("invalid value {shown}: must be {what}")));
        }
    };
    if !document.is_object() {
        expect(String::new(), document, false, "an object");
    }
    for node in nodes(document) {
        for (name, value) in node.value.as_object().into_iter().flatten() {
            let place = pointer::join(&node.pointer, name);
            match node.kind.field(name) {
                Field::One(_) => {
                    let may_be_bool = name == "additionalProperties" && value.is_boolean();
                    expect(place, value, value.is_object() || may_be_bool, "an object");
                }
                Field::List(_) => {
                    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                        expect(format!("{place}/{index}"), value, value.is_object(), "an object");
                    }
                    expect(place, value, value.is_array(), "an array");
                }
                Field::Map(_) => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        expect(pointer::join(&place, name), value, value.is_object(), "an object");
                    }
                    expect(place, value, value.is_object(), "an object");
                }
                Field::Value => {}
            }
        }
    }
    found
}

/// Returns the pointer, name and value of each member of the object at a pointer; none if there is no object.
pub fn members<'a>(document: &'a Value, pointer: &str) -> impl Iterator<Item = (String, &'a str, &'a Value)> + use<'a> {
    let object = document.pointer(pointer).and_then(Value::as_object);
    let pointer = pointer.to_owned();
    object.into_iter().flatten().map(move |(name, value)| (pointer::join(&pointer, name), name.as_str(), value))
}

impl<'a> Iterator for Nodes<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        let node = self.pending.pop()?;
        if node.depth < MAX_DEPTH {
            let first = self.pending.len();
            self.add_children(&node);
            self.pending[first..].reverse();
        }
        Some(node)
    }
}

impl<'a> Nodes<'a> {
    fn add_children(&mut self, node: &Node<'a>) {
        for (name, value) in node.value.as_object().into_iter().flatten() {
            let place = || pointer::join(&node.pointer, name);
            match node.kind.field(name) {
                Field::One(kind) => self.add(node, place(), kind, value),
                Field::List(kind) => {
                    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.add(node, format!("{}/{index}", place()), kind, value);
                    }
                }
                Field::Map(kind) => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        self.add(node, pointer::join(&place(), name), kind, value);
                    }
                }
                Field::Value => {}
            }
        }
    }

    fn add(&mut self, parent: &Node<'a>, pointer: String, kind: Kind, value: &'a Value) {
        // `additionalProperties` can be a boolean; other values have nothing to read.
        if value.is_object() && (self.with_arms || kind != Kind::SchemaArm) {
            self.pending.push(Node { pointer, kind, value, depth: parent.depth + 1 });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{misplaced, nodes, nodes_at, schemas, schemas_without_arms};
    use crate::{Kind, locate};

    fn document() -> Value {
        let schema =
            json!({ "type": "string", "example": { "items": {} }, "x-a": { "items": {} }, "enum": [{ "items": {} }] });
        json!({
            "paths": {
                "x-a": { "get": { "parameters": [{ "schema": schema }] } },
                "/a": {
                    "parameters": [{ "schema": schema }],
                    "get": {
                        "parameters": [{ "content": { "a/b": { "schema": schema, "examples": { "b": { "value": { "schema": {} } } } } } }],
                        "requestBody": { "content": { "a/b": { "schema": schema, "encoding": { "c": { "headers": { "d": { "schema": schema } } } } } } },
                        "responses": { "200": { "headers": { "h": { "schema": schema } }, "content": { "a/b": { "schema": schema } } } },
                        "callbacks": { "on": { "{$url}": { "post": { "requestBody": { "content": { "a/b": { "schema": schema } } } } } } },
                    },
                },
            },
            "components": {
                "schemas": { "s": {
                    "properties": { "items": schema, "x-a": schema, "example": schema },
                    "items": schema, "additionalProperties": schema, "not": schema,
                    "allOf": [schema], "anyOf": [{ "items": schema }], "oneOf": [schema],
                }, "t": { "additionalProperties": true } },
                "parameters": { "p": { "schema": schema } },
                "headers": { "h": { "schema": schema } },
                "requestBodies": { "b": { "content": { "a/b": { "schema": schema } } } },
                "responses": { "r": { "content": { "a/b": { "schema": schema } } } },
                "callbacks": { "c": { "{$url}": { "get": { "responses": { "default": { "content": { "a/b": { "schema": schema } } } } } } } },
            },
        })
    }

    #[test]
    fn a_schema_is_found_in_every_place_and_nowhere_else() {
        let document = document();
        let found = schemas(&document);
        // 6 in the operation, 1 in its path item, 2 components with 10 below them, 1 in each other section.
        assert_eq!(
            found.len(),
            6 + 1 + 2 + 10 + 5,
            "{:#?}",
            found.iter().map(|node| &node.pointer).collect::<Vec<_>>()
        );
        assert!(!found.iter().any(|node| node.pointer.contains("x-a/") || node.pointer.contains("example/")));
        let arms = found.iter().filter(|node| node.kind == Kind::SchemaArm).count();
        assert_eq!(arms, 4);
        assert_eq!(schemas_without_arms(&document).len(), found.len() - arms - 1);
    }

    #[test]
    fn parents_come_before_their_children_and_pointers_lead_to_the_values() {
        let document = document();
        let found: Vec<_> = nodes(&document).collect();
        for (index, node) in found.iter().enumerate() {
            assert_eq!(document.pointer(&node.pointer), Some(node.value), "{}", node.pointer);
            let location = locate(&node.pointer);
            assert_eq!((location.kind, location.object), (node.kind, node.pointer.as_str()));
            assert!(!found[index..].iter().any(|later| node.pointer.starts_with(&format!("{}/", later.pointer))));
        }
        let below: Vec<_> = nodes_at(&document, "/paths/~1a").map(|node| node.pointer).collect();
        let expected =
            found.iter().map(|node| node.pointer.clone()).filter(|pointer| pointer.starts_with("/paths/~1a"));
        assert_eq!(below, expected.collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_found_where_the_document_has_another_form() {
        for document in
            [json!(null), json!([]), json!({ "paths": [1], "components": { "schemas": 1, "parameters": [] } })]
        {
            assert_eq!(schemas(&document), []);
        }
        assert_eq!(nodes_at(&document(), "/components/schemas/none").count(), 0);
        assert_eq!(nodes_at(&document(), "/components/schemas/s/enum").count(), 0);
    }

    #[test]
    fn a_value_in_the_place_of_an_object_or_list_is_found_with_its_place() {
        let document = json!({ "paths": { "/a": { "get": { "parameters": [1], "tags": [1] }, "put": 2 } }, "components": { "schemas": {
            "a": { "properties": 7, "additionalProperties": true, "items": true, "example": 1 }, "b": null, "c": { "allOf": {} } } } });
        let found: Vec<_> = misplaced(&document).into_iter().map(|error| error.pointer().to_owned()).collect();
        let schemas = "/components/schemas";
        let expected = ["/a/items", "/a/properties", "/b", "/c/allOf"].map(|place| format!("{schemas}{place}"));
        let mut sorted: Vec<_> = found.into_iter().filter(|place| place.starts_with(schemas)).collect();
        sorted.sort();
        assert_eq!(sorted, expected);
        assert_eq!(
            misplaced(&json!({ "components": 7 }))[0].to_string(),
            "/components: invalid value 7: must be an object"
        );
        assert_eq!(misplaced(&document).len(), 6);
    }

    #[test]
    fn schemas_nested_without_end_are_entered_to_a_bound() {
        let mut schema = json!({});
        for _ in 0..500 {
            schema = json!({ "items": schema });
        }
        let document = json!({ "components": { "schemas": { "a": schema } } });
        assert!(schemas(&document).len() < 200);
    }
}
