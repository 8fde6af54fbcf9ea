//! Descriptions are untrusted text that becomes rustdoc: nothing in them may be markup or code.

use serde_json::Value;

/// Makes each description, summary and title of the document one harmless paragraph, followed by a
/// link to the documentation if there is one.
pub(crate) fn escape_all(document: &mut Value) {
    visit(document);
}

/// Returns the description of a schema.
pub(crate) fn description(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn visit(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // progenitor would name types by it.
            if object.get("title").is_some_and(Value::is_string) && !object.contains_key("version") {
                object.remove("title");
            }
            let link =
                object.get("externalDocs").and_then(|docs| docs.get("url")).and_then(Value::as_str).and_then(link);
            for key in ["description", "summary", "title", "termsOfService"] {
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
            // A property may be called "description"; then its value is an object, visited here.
            let structure =
                object.iter_mut().filter(|(key, _)| !matches!(key.as_str(), "example" | "examples" | "enum"));
            structure.for_each(|(_, child)| visit(child));
        }
        Value::Array(array) => array.iter_mut().for_each(visit),
        _ => {}
    }
}

/// Returns the text as one paragraph of Markdown without any markup.
pub(crate) fn escape_markdown(text: &str) -> String {
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
        for character in word.chars() {
            if is_markup(character) {
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
    matches!(character, '\\' | '`' | '*' | '<' | '>' | '[' | ']' | '~' | '|' | '&')
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

    use super::{escape_all, escape_markdown};

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
            ("a\u{202e}b\u{0}c\u{1b}d\u{2028}e", "a b c d e"),
        ] {
            assert_eq!(escape_markdown(text), expected);
        }
    }

    #[test]
    fn each_description_is_escaped_and_a_property_of_that_name_is_kept() {
        let mut document = json!({
            "description": "`a`",
            "externalDocs": { "url": "https://x.test/a?b=c", "description": "<b>" },
            "properties": { "description": { "type": "string", "description": "[b]" } },
        });
        escape_all(&mut document);
        assert_eq!(document["description"], "\\`a\\`\n\nSee <https://x.test/a?b=c>.");
        assert_eq!(document["properties"]["description"], json!({ "type": "string", "description": "\\[b\\]" }));
    }

    #[test]
    fn a_link_that_could_be_markup_is_left_out() {
        for url in ["http://x.test/", "https://x.test/>evil", "https://x.test/ `a`", "javascript:x"] {
            let mut document = json!({ "description": "a", "externalDocs": { "url": url } });
            escape_all(&mut document);
            assert_eq!(document["description"], "a", "{url}");
        }
    }
}
