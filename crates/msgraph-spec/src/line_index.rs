//! The line of a JSON text that a pointer points to.

use std::collections::BTreeMap;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use msgraph_openapi::pointer;

/// The lines of all values of a text.
pub(crate) struct LineIndex {
    by_pointer: BTreeMap<String, usize>,
    /// The pointers of duplicate names.
    pub(crate) duplicates: Vec<String>,
}

impl LineIndex {
    /// Reads a text. Returns `None` if it is not JSON.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            ..ParseOptions::default()
        };
        let value = parse_to_ast(text, &CollectOptions::default(), &strict).ok()?.value?;
        let starts: Vec<usize> = text.match_indices('\n').map(|(index, _)| index).collect();
        let mut index = Self { by_pointer: BTreeMap::new(), duplicates: Vec::new() };
        index.collect(&value, String::new(), &starts);
        Some(index)
    }

    /// Returns the line of the value at a pointer, or of the nearest one around it, counted from 1.
    pub(crate) fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.by_pointer.get(pointer) {
                return *line;
            }
            match pointer::parent(pointer) {
                Some(parent) => pointer = parent,
                None => return 1,
            }
        }
    }

    fn collect(&mut self, value: &Value<'_>, pointer: String, starts: &[usize]) {
        let line = starts.partition_point(|start| *start < value.start()) + 1;
        match value {
            Value::Object(object) => self.collect_object(object, &pointer, starts),
            Value::Array(array) => {
                for (index, child) in array.elements.iter().enumerate() {
                    self.collect(child, format!("{pointer}/{index}"), starts);
                }
            }
            _ => {}
        }
        self.by_pointer.insert(pointer, line);
    }

    fn collect_object(&mut self, object: &Object<'_>, pointer: &str, starts: &[usize]) {
        for property in &object.properties {
            let child = pointer::join(pointer, property.name.as_str());
            if self.by_pointer.contains_key(&child) {
                self.duplicates.push(child.clone());
            }
            self.collect(&property.value, child, starts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LineIndex;

    #[test]
    fn a_pointer_has_its_line_or_that_of_the_nearest_value_around_it() {
        let index = LineIndex::of("{\n  \"a\": {\n    \"b/c\": [1,\n      2]\n  }\n}").unwrap();
        for (pointer, line) in [("", 1), ("/a", 2), ("/a/b~1c", 3), ("/a/b~1c/1", 4), ("/a/none/such", 2)] {
            assert_eq!(index.line(pointer), line, "{pointer}");
        }
    }

    #[test]
    fn a_duplicate_name_is_found_and_a_text_that_is_not_json_has_no_index() {
        assert_eq!(LineIndex::of(r#"{"a":{"b":1,"b":2}}"#).unwrap().duplicates, ["/a/b"]);
        assert!(LineIndex::of("{,}").is_none() && LineIndex::of("{} // comment").is_none());
    }
}
