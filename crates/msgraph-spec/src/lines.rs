//! Which line of a JSON text a pointer leads to.

use std::collections::BTreeMap;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::places::join;

/// The lines of all values of a text.
pub(crate) struct Lines {
    by_pointer: BTreeMap<String, usize>,
    /// The pointers of names that stand twice in one object.
    pub(crate) duplicates: Vec<String>,
}

impl Lines {
    /// `None` where the text is no JSON.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            ..ParseOptions::default()
        };
        let value = parse_to_ast(text, &CollectOptions::default(), &strict).ok()?.value?;
        let starts: Vec<usize> = text.match_indices('\n').map(|(index, _)| index).collect();
        let mut lines = Self { by_pointer: BTreeMap::new(), duplicates: Vec::new() };
        lines.collect(&value, String::new(), &starts);
        Some(lines)
    }

    /// The line of the value at a pointer, or of the nearest one around it; counted from 1.
    pub(crate) fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.by_pointer.get(pointer) {
                return *line;
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
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
            let child = join(pointer, property.name.as_str());
            if self.by_pointer.contains_key(&child) {
                self.duplicates.push(child.clone());
            }
            self.collect(&property.value, child, starts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_pointer_leads_to_its_line_or_to_that_of_what_is_around_it() {
        let lines = Lines::of("{\n  \"a\": {\n    \"b/c\": [1,\n      2]\n  }\n}").unwrap();
        for (pointer, line) in [("", 1), ("/a", 2), ("/a/b~1c", 3), ("/a/b~1c/1", 4), ("/a/none/such", 2)] {
            assert_eq!(lines.line(pointer), line, "{pointer}");
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_found_and_what_is_no_json_is_none() {
        assert_eq!(Lines::of(r#"{"a":{"b":1,"b":2}}"#).unwrap().duplicates, ["/a/b"]);
        assert!(Lines::of("{,}").is_none() && Lines::of("{} // comment").is_none());
    }
}
