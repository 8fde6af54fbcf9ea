//! Reads YAML by its events, without recursion and without a tree of the whole text.

use std::collections::{BTreeMap, HashSet};

use msgraph_openapi::{MAX_DEPTH, pointer};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Number, Value};

/// A line, counted from 1, and a column in characters, counted from 0.
type Mark = (usize, usize);

/// The place of a value.
pub(super) struct Place {
    pub(super) key_line: usize,
    pub(super) start: Mark,
    pub(super) end: Mark,
}

/// Returns the places of the members of the document, of `paths`, and of each section of `components`.
pub(super) fn places(text: &str) -> Result<BTreeMap<String, Place>, String> {
    let mut finder = Finder::default();
    follow(text, 1, &mut finder)?;
    Ok(finder.places)
}

/// Reads a value, with the line of each value in it by its pointer.
pub(super) fn read(text: &str, first_line: usize) -> Result<(Value, BTreeMap<String, usize>), String> {
    let mut builder = Builder::default();
    follow(text, first_line, &mut builder)?;
    Ok((builder.result, builder.lines))
}

/// A consumer of the values of a text.
trait Visitor {
    /// Called if a container starts. The names are those of the containers around it, then its own.
    fn start(&mut self, frames: &[Frame], is_mapping: bool, place: &Place);
    /// Called after the innermost container has ended and was removed from `frames`.
    fn end(&mut self, frames: &[Frame], end: Mark);
    fn scalar(&mut self, frames: &[Frame], value: Value, place: Place);
}

/// A container that is open.
struct Frame {
    /// The names of a mapping, or `None` for a sequence.
    keys: Option<HashSet<String>>,
    /// The name whose value is next or open, with its line.
    key: Option<(String, usize)>,
    index: usize,
}

impl Frame {
    /// The name of the value that is next.
    fn name(&self) -> String {
        self.key.as_ref().map_or_else(|| self.index.to_string(), |(key, _)| key.clone())
    }

    fn awaits_key(&self) -> bool {
        self.keys.is_some() && self.key.is_none()
    }

    fn next(&mut self) {
        self.key = None;
        self.index += 1;
    }
}

fn follow(text: &str, first_line: usize, visitor: &mut impl Visitor) -> Result<(), String> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| format!("invalid YAML: {error}"))?;
        let line = span.start.line() + first_line - 1;
        match event {
            Event::Alias(_) => return Err(format!("line {line}: aliases are not supported")),
            Event::DocumentStart(_) => documents += 1,
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if frames.last().is_some_and(Frame::awaits_key) {
                    return Err(format!("line {line}: keys must be scalars"));
                }
                if frames.len() >= MAX_DEPTH {
                    return Err(format!("line {line}: nested deeper than {MAX_DEPTH} levels"));
                }
                let is_mapping = matches!(event, Event::MappingStart(..));
                visitor.start(&frames, is_mapping, &place(&frames, &span, first_line));
                let keys = is_mapping.then(HashSet::new);
                frames.push(Frame { keys, key: None, index: 0 });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                frames.pop();
                visitor.end(&frames, (span.end.line() + first_line - 1, span.end.col()));
                if let Some(parent) = frames.last_mut() {
                    parent.next();
                }
            }
            Event::Scalar(text, style, _, tag) => match frames.last_mut() {
                Some(Frame { keys: Some(keys), key: key @ None, .. }) => {
                    if !keys.insert(text.to_string()) {
                        return Err(format!("line {line}: duplicate key {text:?}"));
                    }
                    *key = Some((text.into_owned(), line));
                }
                _ => {
                    let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
                    let value = if is_text { text.as_ref().into() } else { plain(&text) };
                    visitor.scalar(&frames, value, place(&frames, &span, first_line));
                    if let Some(parent) = frames.last_mut() {
                        parent.next();
                    }
                }
            },
            _ => {}
        }
        if documents > 1 {
            return Err(format!("line {line}: several documents in one text"));
        }
    }
    Ok(())
}

fn place(frames: &[Frame], span: &Span, first_line: usize) -> Place {
    let mark = |line: usize, column| (line + first_line - 1, column);
    let start = mark(span.start.line(), span.start.col());
    let key_line = frames.last().and_then(|frame| frame.key.as_ref()).map_or(start.0, |(_, line)| *line);
    Place { key_line, start, end: mark(span.end.line(), span.end.col()) }
}

/// Parses a plain scalar by the [core schema](https://yaml.org/spec/1.2.2/#103-core-schema), as far as JSON has it.
fn plain(text: &str) -> Value {
    match text {
        "null" | "Null" | "NULL" | "~" | "" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => text.parse::<Number>().map_or_else(|_| text.into(), Value::Number),
    }
}

/// Finds the paths and components of a document.
#[derive(Default)]
struct Finder {
    places: BTreeMap<String, Place>,
    /// For each open container, true if its place is recorded.
    open: Vec<Option<(String, Place)>>,
}

impl Finder {
    fn pointer(frames: &[Frame]) -> Option<String> {
        let is_kept = match frames {
            [top] => !top.key.as_ref().is_some_and(|(key, _)| key == "paths" || key == "components"),
            [top, _] => top.key.as_ref().is_some_and(|(key, _)| key == "paths"),
            [top, _, _] => top.key.as_ref().is_some_and(|(key, _)| key == "components"),
            _ => false,
        };
        is_kept.then(|| frames.iter().fold(String::new(), |pointer, frame| pointer::join(&pointer, &frame.name())))
    }
}

impl Visitor for Finder {
    fn start(&mut self, frames: &[Frame], _: bool, place: &Place) {
        let Place { key_line, start, end } = *place;
        self.open.push(Self::pointer(frames).map(|pointer| (pointer, Place { key_line, start, end })));
    }

    fn end(&mut self, _: &[Frame], end: Mark) {
        if let Some(Some((pointer, place))) = self.open.pop() {
            self.places.insert(pointer, Place { end, ..place });
        }
    }

    fn scalar(&mut self, frames: &[Frame], _: Value, place: Place) {
        if let Some(pointer) = Self::pointer(frames) {
            self.places.insert(pointer, place);
        }
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Value>,
    /// The pointer of each open container.
    pointers: Vec<String>,
    result: Value,
    lines: BTreeMap<String, usize>,
}

impl Builder {
    fn pointer(&self, frames: &[Frame]) -> String {
        match (self.pointers.last(), frames.last()) {
            (Some(parent), Some(frame)) => pointer::join(parent, &frame.name()),
            _ => String::new(),
        }
    }

    fn add(&mut self, frames: &[Frame], value: Value) {
        match (self.open.last_mut(), frames.last()) {
            (Some(Value::Object(object)), Some(frame)) => drop(object.insert(frame.name(), value)),
            (Some(Value::Array(array)), _) => array.push(value),
            _ => self.result = value,
        }
    }
}

impl Visitor for Builder {
    fn start(&mut self, frames: &[Frame], is_mapping: bool, place: &Place) {
        let pointer = self.pointer(frames);
        self.lines.insert(pointer.clone(), place.key_line);
        self.pointers.push(pointer);
        self.open.push(if is_mapping { Map::new().into() } else { Vec::<Value>::new().into() });
    }

    fn end(&mut self, frames: &[Frame], _: Mark) {
        self.pointers.pop();
        if let Some(value) = self.open.pop() {
            self.add(frames, value);
        }
    }

    fn scalar(&mut self, frames: &[Frame], value: Value, place: Place) {
        self.lines.insert(self.pointer(frames), place.key_line);
        self.add(frames, value);
    }
}
