//! What is wrong with a spec: everything that is found, each with its place.

use std::collections::BTreeSet;
use std::fmt;

use msgraph_openapi::{Error, pointer};
use serde_json::value::RawValue;

/// The reasons why a spec is rejected, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSpec(Vec<Rejection>);

/// A reason why a spec is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// The line of the spec, counted from 1; `None` if the text is not JSON.
    pub line: Option<usize>,
    /// The JSON pointer of the place, and what is wrong there.
    pub error: Error,
}

impl InvalidSpec {
    /// Returns the reasons: at least one.
    pub fn rejections(&self) -> &[Rejection] {
        &self.0
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.error),
            None => self.error.fmt(f),
        }
    }
}

impl fmt::Display for InvalidSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rejection) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{rejection}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidSpec {}

/// The problems that were found so far, and where the parts of the document came from that a step has moved.
#[derive(Default)]
pub(crate) struct Problems {
    found: Vec<Error>,
    /// The pointer of each moved part, and its pointer in the text.
    origins: Vec<(String, String)>,
}

impl Problems {
    pub(crate) fn add(&mut self, error: Error) {
        self.found.push(error);
    }

    /// Keeps the error of a result, and returns its value.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Remembers that a part of the document was moved.
    pub(crate) fn moved(&mut self, to: impl Into<String>, from: impl Into<String>) {
        self.origins.push((to.into(), from.into()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the problems that were found in a text.
    pub(crate) fn rejection(self, text: &str) -> InvalidSpec {
        let in_text = |error: &Error| {
            let mut place = error.pointer().to_owned();
            for (to, from) in self.origins.iter().rev() {
                if pointer::is_at_or_below(&place, to) {
                    place = format!("{from}{}", &place[to.len()..]);
                }
            }
            let line = line(text, &place);
            (line, place, error.message().to_owned())
        };
        let sorted: BTreeSet<_> = self.found.iter().map(in_text).collect();
        let rejections = sorted.into_iter();
        let rejections = rejections.map(|(line, place, message)| Rejection { line, error: Error::new(place, message) });
        InvalidSpec(rejections.collect())
    }
}

/// Returns the line of the value at a pointer, or of the nearest one around it.
fn line(text: &str, place: &str) -> Option<usize> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    for name in pointer::names(place) {
        let Some(child) = child(value.get(), &name) else { break };
        value = child;
    }
    // A raw value is a part of the text.
    let offset = (value.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    text.get(..offset).map(|before| before.matches('\n').count() + 1)
}

fn child<'a>(text: &'a str, name: &str) -> Option<&'a RawValue> {
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        return items.get(name.parse::<usize>().ok()?).copied();
    }
    let mut members: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    members.remove(name)
}

#[cfg(test)]
mod tests {
    use msgraph_openapi::Error;

    use super::Problems;

    #[test]
    fn problems_are_sorted_by_line_and_have_the_place_in_the_text() {
        let mut problems = Problems::default();
        problems.moved("/components/schemas/aB", "/a/properties/b");
        problems.add(Error::new("/c/1", "second"));
        problems.add(Error::new("/components/schemas/aB/type", "first"));
        problems.add(Error::new("/c/1", "second"));
        let text = "{\n\"a\": {\"properties\": {\n\"b\": {}}},\n\"c\": [1,\n2]}";
        let shown = problems.rejection(text).to_string();
        assert_eq!(shown, "line 3: /a/properties/b/type: first\nline 5: /c/1: second");
    }
}
