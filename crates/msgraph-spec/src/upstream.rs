//! Microsoft's own spec, a large YAML or JSON text: scanned once, and read in parts as needed.

mod yaml;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use msgraph_openapi::{SCHEMAS, pointer, references_at, target};
use serde_json::{Value, json};

use yaml::Place;

/// The text of a spec, with the places of its paths and components.
pub struct Upstream<'a> {
    text: &'a str,
    /// The offset of each line, in bytes.
    lines: Vec<usize>,
    /// The places of each path item, component and top-level member, by their JSON pointers.
    places: BTreeMap<String, Place>,
    parts: RefCell<BTreeMap<String, Rc<Part>>>,
}

/// A value of a spec, with the line of each value in it by its pointer.
struct Part {
    value: Value,
    lines: BTreeMap<String, usize>,
}

/// Some paths of a spec and the components that they use, as a separate document.
pub(crate) struct Excerpt {
    pub(crate) document: Value,
    parts: BTreeMap<String, Rc<Part>>,
}

impl Excerpt {
    /// Returns the upstream line of the value at a pointer, or of the nearest one around it.
    pub(crate) fn line(&self, pointer: &str) -> Option<usize> {
        let place = place_of(pointer);
        let part = self.parts.get(place)?;
        let mut below = pointer.strip_prefix(place)?;
        loop {
            if let Some(line) = part.lines.get(below) {
                return Some(*line);
            }
            below = pointer::parent(below)?;
        }
    }
}

impl<'a> Upstream<'a> {
    /// Scans the text of a spec: YAML in block or flow style, or JSON. Runs and fetches nothing.
    ///
    /// # Errors
    ///
    /// If it is not YAML, has aliases, several documents or a duplicate key, or is nested deeper than
    /// [`msgraph_openapi::MAX_DEPTH`].
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let mut lines: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
        lines.push(text.len());
        let places = yaml::places(text)?;
        Ok(Self { text, lines, places, parts: RefCell::default() })
    }

    /// Returns the wanted paths with the components that they use. Schemas that are only referred to are included if
    /// `is_wanted_schema` accepts them; bases (`allOf`) always are.
    pub(crate) fn excerpt(
        &self,
        is_wanted_path: impl Fn(&str) -> bool,
        is_wanted_schema: impl Fn(&str) -> bool,
    ) -> Result<Excerpt, String> {
        let mut excerpt = Excerpt { document: json!({ "paths": {}, "components": {} }), parts: BTreeMap::new() };
        let is_first = |place: &str| match place.strip_prefix("/paths/") {
            Some(path) => is_wanted_path(&pointer::unescape(path)),
            None => !place.starts_with("/components/"),
        };
        let mut pending: Vec<_> = self.places.keys().filter(|place| is_first(place)).cloned().collect();
        let mut seen: BTreeSet<_> = pending.iter().cloned().collect();
        while let Some(place) = pending.pop() {
            let part = self.part(&place)?;
            insert(&mut excerpt.document, &place, part.value.clone());
            excerpt.parts.insert(place.clone(), part);
            for reference in references_at(&excerpt.document, &place) {
                let line = || excerpt.line(&reference.pointer).unwrap_or_default();
                let pointer =
                    target(&reference.text).map_err(|error| format!("line {}: {}", line(), error.message()))?;
                let place = place_of(&pointer);
                if !self.places.contains_key(place) {
                    return Err(format!("line {}: dangling reference {:?}", line(), reference.text));
                }
                let is_base = pointer::names(&reference.pointer).rev().nth(1).is_some_and(|name| name == "allOf");
                let schema = place.strip_prefix("/components/schemas/");
                let is_wanted = schema.is_none_or(|schema| is_base || is_wanted_schema(&pointer::unescape(schema)));
                if is_wanted && seen.insert(place.to_owned()) {
                    pending.push(place.to_owned());
                }
            }
        }
        Ok(excerpt)
    }

    /// Returns a schema component as upstream has it, or `None` if there is none of this name.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(crate) fn schema(&self, name: &str) -> Result<Option<Value>, String> {
        let place = pointer::join(SCHEMAS, name);
        let is_there = self.places.contains_key(&place);
        is_there.then(|| Ok(self.part(&place)?.value.clone())).transpose()
    }

    /// Returns the names of the schema components.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.places.keys().filter_map(|place| place.strip_prefix("/components/schemas/")).map(pointer::unescape)
    }

    /// Returns the paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.places.keys().filter_map(|place| place.strip_prefix("/paths/")).map(pointer::unescape)
    }

    fn part(&self, place: &str) -> Result<Rc<Part>, String> {
        if let Some(part) = self.parts.borrow().get(place) {
            return Ok(part.clone());
        }
        let found = &self.places[place];
        let [start, end] = [found.start, found.end].map(|(line, column)| self.offset(line, column));
        // The indentation of the other lines is relative to that of the first.
        let text = " ".repeat(found.start.1) + self.text.get(start..end).unwrap_or_default();
        let (value, mut lines) = yaml::read(&text, found.start.0)?;
        lines.insert(String::new(), found.key_line);
        let part = Rc::new(Part { value, lines });
        self.parts.borrow_mut().insert(place.to_owned(), part.clone());
        Ok(part)
    }

    /// Returns the offset, in bytes, of a line, counted from 1, and a column in characters.
    fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.lines.get(line - 1).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset)
    }
}

/// Returns the part around a pointer that is read as a whole.
fn place_of(pointer: &str) -> &str {
    let count = if pointer.starts_with("/components/") { 3 } else { 2 };
    let end = pointer.match_indices('/').nth(count).map_or(pointer.len(), |(index, _)| index);
    &pointer[..end]
}

fn insert(document: &mut Value, place: &str, value: Value) {
    let mut parent = document;
    let mut names: Vec<_> = pointer::names(place).collect();
    let last = names.pop();
    for name in names {
        parent = &mut parent[&*name];
    }
    if let Some(last) = last {
        parent[&*last] = value;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Upstream;

    const TEXT: &str = "openapi: 3.0.4\npaths:\n  /ä:\n    get:\n      x: [1, 'two', true]\n      responses: {default: {$ref: '#/components/responses/é'}}\n  '/b/{id}':\n    get: {}\n\
        components:\n  schemas:\n    one.two:\n      allOf:\n      - $ref: '#/components/schemas/three'\n      default: '1'\n    three:\n      nullable: true\n    four: {}\n\
        \x20 responses:\n    é: {content: {a/b: {schema: {$ref: '#/components/schemas/one.two/allOf/0'}}, c/d: {schema: {$ref: '#/components/schemas/four'}}}}\n";

    fn slice(text: &str) -> Result<super::Excerpt, String> {
        Upstream::parse(text)?.excerpt(|path| path == "/ä", |schema| schema == "one.two")
    }

    #[test]
    fn wanted_paths_have_the_components_that_they_use_and_their_lines() {
        let slice = slice(TEXT).unwrap();
        assert_eq!(slice.document["paths"]["/ä"]["get"]["x"], json!([1, "two", true]));
        assert_eq!(slice.document["paths"].as_object().unwrap().len(), 1);
        let schemas = &slice.document["components"]["schemas"];
        assert_eq!(schemas["one.two"], json!({ "allOf": [{ "$ref": "#/components/schemas/three" }], "default": "1" }));
        assert_eq!(schemas["three"], json!({ "nullable": true }));
        assert_eq!(schemas.as_object().unwrap().len(), 2);
        for (pointer, line) in [
            ("/openapi", 1),
            ("/paths/~1ä", 3),
            ("/paths/~1ä/get/x/1", 5),
            ("/components/schemas/one.two/default", 14),
            ("/components/responses/é/content/a~1b", 19),
            ("/components/schemas/three/none/such", 15),
        ] {
            assert_eq!(slice.line(pointer), Some(line), "{pointer}");
        }
    }

    #[test]
    fn json_and_flow_style_are_read_like_block_style() {
        let block = slice(TEXT).unwrap().document;
        let value = json!({ "openapi": "3.0.4", "paths": block["paths"], "components": {
            "responses": block["components"]["responses"],
            "schemas": { "one.two": block["components"]["schemas"]["one.two"], "three": { "nullable": true }, "four": {} } } });
        for text in [value.to_string(), format!("{value:#}"), format!("---\n{value}\n")] {
            assert_eq!(slice(&text).unwrap().document, block, "{text}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_read_safely_is_an_error() {
        let nested = format!("paths: {}", "- ".repeat(100_000));
        let flow = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let maps = (0..200).fold(String::new(), |text, depth| format!("{text}{}a:\n", " ".repeat(depth)));
        for (text, message) in [
            ("a: &x [1]\nb: *x\n", "line 2: aliases are not supported"),
            ("a: [1\nb: {", "invalid YAML"),
            ("a: 1\nb: 2\na: 3\n", "line 3: duplicate key \"a\""),
            ("paths:\n  /x:\n    get: {a: {b: 1, b: 2}}", "line 3: duplicate key \"b\""),
            ("a: 1\n---\nb: 2\n", "several documents"),
            ("[a]: 1", "keys must be scalars"),
            (&nested, ""),
            (&flow, ""),
            (&maps, "nested deeper than 128 levels"),
        ] {
            let error = Upstream::parse(text).err().unwrap();
            assert!(error.contains(message), "{}: {error}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn a_dangling_or_external_reference_is_an_error_with_its_line() {
        for (target, message) in [("#/components/responses/none", "dangling"), ("https://a.test/x.yaml", "external")] {
            let text = TEXT.replace("#/components/responses/é", target);
            assert!(slice(&text).err().unwrap().starts_with(&format!("line 6: {message}")), "{target}");
        }
    }
}
