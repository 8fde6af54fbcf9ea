//! Texts of a spec in documentation: all are untrusted, and nothing in them may be markup or code.

use std::fmt;

use msgraph_openapi::{Kind, nodes};
use serde_json::Value;

/// A text that can be in documentation: the only type that is printed there. Its paragraphs are separated by an empty
/// line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Markdown(String);

impl Markdown {
    /// Returns a text of this crate.
    pub(crate) fn own(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Returns a code span of a text of a spec.
    pub(crate) fn code(text: &str) -> Self {
        let harmless = |c: char| if c == '`' || is_invisible(c) { '\'' } else { c };
        let text: String = text.chars().map(harmless).collect();
        // Without a character that shows there would be no span.
        Self(if text.trim().is_empty() { "(an empty text)".to_owned() } else { format!("`{text}`") })
    }

    /// Returns the text of a paragraph of [`escape_all`].
    pub(crate) fn escaped(schema: &Value, keyword: &str) -> Self {
        Self(schema.get(keyword).and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Returns the text with a template of this crate around it.
    pub(crate) fn within(&self, before: &'static str, after: &'static str) -> Self {
        Self(format!("{before}{}{after}", self.0))
    }

    pub(crate) fn first_paragraph(&self) -> Self {
        Self(self.0.split("\n\n").next().unwrap_or_default().to_owned())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text with another after it.
    pub(crate) fn and(mut self, separator: &'static str, other: &Self) -> Self {
        if !self.0.is_empty() && !other.0.is_empty() {
            self.0.push_str(separator);
        }
        self.0.push_str(&other.0);
        self
    }
}

impl fmt::Display for Markdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes each description and summary of the document one harmless paragraph, followed by a link to the documentation
/// if there is one, and removes titles, by which progenitor would name types.
pub(crate) fn escape_all(document: &mut Value) {
    let pointers: Vec<_> = nodes(document).map(|node| (node.pointer, node.kind)).collect();
    for (pointer, kind) in pointers {
        let Some(object) = document.pointer_mut(&pointer).and_then(Value::as_object_mut) else { continue };
        if kind.is_schema() {
            object.remove("title");
        }
        let link = object.get("externalDocs").and_then(|docs| docs.get("url")).and_then(Value::as_str).and_then(link);
        // The names of these are data.
        let is_named_freely = matches!(kind, Kind::Paths | Kind::Responses | Kind::Callback);
        for key in ["description", "summary"].into_iter().filter(|_| !is_named_freely) {
            if let Some(Value::String(text)) = object.get_mut(key) {
                *text = escape_markdown(text);
                if key == "description"
                    && let Some(link) = &link
                {
                    text.push_str("\n\n");
                    text.push_str(link);
                }
            }
        }
    }
}

/// Returns the text as one paragraph of Markdown without any markup.
fn escape_markdown(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
    let mut plain = String::with_capacity(visible.len());
    for (index, word) in visible.split_whitespace().enumerate() {
        if index > 0 {
            plain.push(' ');
        }
        // Only the beginning of a paragraph can make it a list, heading, quote, rule or table.
        if index == 0 && starts_a_block(word) {
            plain.push('\\');
        }
        let is_number = index == 0 && word.trim_end_matches(['.', ')']).chars().all(|c| c.is_ascii_digit());
        for character in word.chars() {
            if is_markup(character) || (is_number && matches!(character, '.' | ')')) {
                plain.push('\\');
            }
            plain.push(character);
        }
    }
    plain
}

fn starts_a_block(word: &str) -> bool {
    word.starts_with(['#', '-', '+', '=', ':'])
}

fn is_markup(character: char) -> bool {
    matches!(character, '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '~' | '|' | '&')
}

fn is_invisible(character: char) -> bool {
    let reorders =
        matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let separates = matches!(character, '\u{2028}' | '\u{2029}');
    character.is_control() || reorders || separates
}

fn link(url: &str) -> Option<String> {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'+,;=%".contains(&byte);
    (url.starts_with("https://") && url.bytes().all(harmless)).then(|| format!("See <{url}>."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Markdown, escape_all, escape_markdown};

    #[test]
    fn markup_and_code_become_plain_text() {
        for (text, expected) in [
            ("A task.", "A task."),
            ("```rust\nevil();\n```", r"\`\`\`rust evil(); \`\`\`"),
            ("a\n\n    evil();", "a evil();"),
            ("ends */ here", r"ends \*/ here"),
            ("<script>[x](y)</script>", r"\<script\>\[x\](y)\</script\>"),
            ("[`Client`] or Client", r"\[\`Client\`\] or Client"),
            ("# heading", r"\# heading"),
            ("1. _item_", r"1\. \_item\_"),
            ("12) item 3.", r"12\) item 3."),
            ("a\u{202e}b\u{0}c\u{1b}d\u{2028}e", "a b c d e"),
        ] {
            assert_eq!(escape_markdown(text), expected);
        }
        assert_eq!(Markdown::code("a`\n\n```b\u{202e}").to_string(), "`a''''''b'`");
    }

    #[test]
    fn each_description_is_escaped_whatever_it_belongs_to_is_called() {
        for name in ["description", "example", "examples", "enum", "summary", "title", "default", "version", "x-a"] {
            let mut document = json!({ "components": { "schemas": { name: {
                "description": "`a`",
                "externalDocs": { "url": "https://x.test/a?b=c", "description": "<b>" },
                "properties": { name: { "type": "string", "description": "[b]", "title": "T" } },
            } } } });
            escape_all(&mut document);
            let schema = &document["components"]["schemas"][name];
            assert_eq!(schema["description"], "\\`a\\`\n\nSee <https://x.test/a?b=c>.");
            assert_eq!(schema["properties"][name], json!({ "type": "string", "description": "\\[b\\]" }), "{name}");
        }
    }

    #[test]
    fn a_link_that_could_be_markup_is_left_out() {
        for url in ["http://x.test/", "https://x.test/>evil", "https://x.test/ `a`", "javascript:x"] {
            let mut document = json!({ "info": { "description": "a" }, "tags": [{ "description": "a", "externalDocs": { "url": url } }] });
            escape_all(&mut document);
            assert_eq!(document["tags"][0]["description"], "a", "{url}");
        }
    }
}
