//! JSON that is safe to print on a terminal.

use std::io;

use serde::Serialize;

use crate::text::escaped;

/// Returns a value as one line of JSON.
pub(crate) fn json_line(value: &impl Serialize) -> io::Result<String> {
    // Its only white space is spaces.
    Ok(escaped(&serde_json::to_string(value)?, |_| false))
}

/// Returns a value as indented JSON.
pub(crate) fn json_pretty(value: &impl Serialize) -> io::Result<String> {
    // A line break is never part of a JSON string.
    Ok(escaped(&serde_json::to_string_pretty(value)?, |c| c == '\n'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{json_line, json_pretty};

    #[test]
    fn every_control_is_escaped_and_the_json_stays_equal() {
        let value = json!({ "a\u{9b}": ["evil \u{1b}]0;x\u{7f}\u{202e}\u{2028}\u{feff}", "\n日本👍"] });
        for text in [json_line(&value).unwrap(), json_pretty(&value).unwrap().replace("\n", "")] {
            assert!(!text.contains(crate::text::is_control), "{text:?}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
