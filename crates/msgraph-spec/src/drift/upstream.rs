//! Microsoft's own description, in YAML and large: looked through once, and read where something is wanted.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use msgraph_openapi::pointer;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// A description of which only the places are kept.
pub(super) struct Upstream<'a> {
    text: &'a str,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    /// The lines of each path and component, by `paths/<path>` and `components/<section>/<name>`.
    places: HashMap<String, Range<usize>>,
    read: RefCell<BTreeMap<String, Value>>,
}

impl<'a> Upstream<'a> {
    /// Looks through a description.
    pub(super) fn of(text: &'a str) -> Result<Self, String> {
        let mut lines: Vec<usize> =
            std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
        lines.push(text.len());
        let mut finder = Finder::default();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| format!("this is not YAML: {error}"))?;
            finder.event(&event, span.start.line(), span.end.line())?;
        }
        Ok(Self { text, lines, places: finder.places, read: RefCell::default() })
    }

    /// The paths that begin so.
    pub(super) fn paths(&self, prefix: &str) -> Vec<String> {
        let paths = self.places.keys().filter_map(|place| place.strip_prefix("paths/"));
        let mut paths: Vec<_> = paths.filter(|path| path.starts_with(prefix)).map(str::to_owned).collect();
        paths.sort();
        paths
    }

    /// A path item.
    pub(super) fn path(&self, path: &str) -> Result<Value, String> {
        self.at(&format!("paths/{path}"))
    }

    /// What a reference leads to, if it is in the document.
    pub(super) fn target(&self, reference: &str) -> Result<Value, String> {
        match reference.strip_prefix("#/") {
            Some(place) => self.at(&pointer::unescape(place)),
            None => Err(format!("the reference {reference:?} leads out of the document")),
        }
    }

    fn at(&self, place: &str) -> Result<Value, String> {
        if let Some(value) = self.read.borrow().get(place) {
            return Ok(value.clone());
        }
        let lines = self.places.get(place).ok_or_else(|| format!("there is no {place}"))?;
        let [start, end] =
            [lines.start, lines.end].map(|line| self.lines.get(line - 1).copied().unwrap_or(self.text.len()));
        let slice = self.text.get(start..end).unwrap_or_default();
        // One name with its value.
        let value = match value_of(slice)? {
            Value::Object(object) => object.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
            other => other,
        };
        self.read.borrow_mut().insert(place.to_owned(), value.clone());
        Ok(value)
    }
}

/// Follows the events of a document down to its paths and components.
#[derive(Default)]
struct Finder {
    /// The containers around the current place: the name of each, and whether a name comes next.
    stack: Vec<Container>,
    places: HashMap<String, Range<usize>>,
    /// The last place, whose end is not known yet.
    open: Option<(usize, String, usize)>,
}

struct Container {
    name: String,
    is_mapping: bool,
    key: Option<String>,
}

impl Finder {
    fn event(&mut self, event: &Event<'_>, line: usize, end_line: usize) -> Result<(), String> {
        match event {
            Event::Alias(_) => return Err(format!("line {line}: aliases are refused")),
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let name = self.value();
                let is_mapping = matches!(event, Event::MappingStart(..));
                self.stack.push(Container { name, is_mapping, key: None });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.close(self.stack.len(), end_line);
                self.stack.pop();
            }
            Event::Scalar(text, ..) => match self.stack.last_mut() {
                Some(container) if container.is_mapping && container.key.is_none() => {
                    container.key = Some(text.to_string());
                    self.key(text, line);
                }
                _ => drop(self.value()),
            },
            _ => {}
        }
        Ok(())
    }

    /// A value comes: the name before it is its own.
    fn value(&mut self) -> String {
        self.stack.last_mut().and_then(|container| container.key.take()).unwrap_or_default()
    }

    /// A name comes: the place before it ends.
    fn key(&mut self, name: &str, line: usize) {
        let depth = self.stack.len();
        self.close(depth, line);
        let names: Vec<_> = self.stack.iter().map(|container| container.name.as_str()).collect();
        let place = match names.as_slice() {
            [_, "paths"] => format!("paths/{name}"),
            [_, "components", section] => format!("components/{section}/{name}"),
            _ => return,
        };
        self.open = Some((depth, place, line));
    }

    /// What was opened at this depth or deeper ends here.
    fn close(&mut self, depth: usize, line: usize) {
        if let Some((_, place, start)) = self.open.take_if(|(opened, ..)| *opened >= depth) {
            self.places.insert(place, start..line);
        }
    }
}

/// A piece of YAML as JSON.
fn value_of(text: &str) -> Result<Value, String> {
    let mut builder = Builder { stack: Vec::new(), result: Value::Null };
    for event in Parser::new_from_str(text) {
        match event.map_err(|error| format!("this is not YAML: {error}"))?.0 {
            Event::Alias(_) => return Err("aliases are refused".to_owned()),
            Event::MappingStart(..) => builder.stack.push((Value::Object(Map::new()), None)),
            Event::SequenceStart(..) => builder.stack.push((Value::Array(Vec::new()), None)),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some((value, _)) = builder.stack.pop() {
                    builder.add(value);
                }
            }
            Event::Scalar(text, style, ..) => builder.scalar(&text, style),
            _ => {}
        }
    }
    Ok(builder.result)
}

struct Builder {
    /// The containers under way, each with the name whose value comes next.
    stack: Vec<(Value, Option<String>)>,
    result: Value,
}

impl Builder {
    fn scalar(&mut self, text: &str, style: ScalarStyle) {
        if let Some((Value::Object(_), key @ None)) = self.stack.last_mut() {
            *key = Some(text.to_owned());
            return;
        }
        let plain = style == ScalarStyle::Plain;
        let value = match text {
            "null" | "~" | "" if plain => Value::Null,
            "true" | "false" if plain => Value::Bool(text == "true"),
            _ if plain => text.parse::<Number>().map_or_else(|_| text.into(), Value::Number),
            _ => text.into(),
        };
        self.add(value);
    }

    fn add(&mut self, value: Value) {
        match self.stack.last_mut() {
            Some((Value::Object(object), key)) => {
                if let Some(key) = key.take() {
                    object.insert(key, value);
                }
            }
            Some((Value::Array(array), _)) => array.push(value),
            _ => self.result = value,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Upstream;

    const TEXT: &str = "openapi: 3.0.4\npaths:\n  /a:\n    get:\n      x: [1, 'two', true]\n  '/b/{id}':\n    get: {}\n\
        components:\n  schemas:\n    one.two:\n      type: object\n      default: '1'\n    three:\n      nullable: true\n";

    #[test]
    fn a_path_and_a_component_are_read_where_they_stand() {
        let upstream = Upstream::of(TEXT).unwrap();
        assert_eq!(upstream.paths("/"), ["/a", "/b/{id}"]);
        assert_eq!(upstream.path("/a").unwrap(), json!({ "get": { "x": [1, "two", true] } }));
        assert_eq!(upstream.path("/b/{id}").unwrap(), json!({ "get": {} }));
        let target = |reference: &str| upstream.target(reference);
        assert_eq!(target("#/components/schemas/one.two").unwrap(), json!({ "type": "object", "default": "1" }));
        assert_eq!(target("#/components/schemas/three").unwrap(), json!({ "nullable": true }));
        assert!(target("#/components/schemas/four").unwrap_err().contains("there is no"));
        assert!(target("https://elsewhere.test/x.yaml#/a").unwrap_err().contains("leads out"));
    }

    #[test]
    fn aliases_and_what_is_no_yaml_are_refused() {
        assert!(Upstream::of("a: &x [1]\nb: *x\n").err().unwrap().contains("aliases"));
        assert!(Upstream::of("a: [1\nb: {").is_err());
    }
}
