//! Formats source text.

use std::fmt::Write;

use crate::descriptions::Markdown;

/// Returns texts as doc comments.
pub(super) fn docs<'a>(texts: impl IntoIterator<Item = &'a Markdown>) -> String {
    let texts: Vec<_> = texts.into_iter().map(Markdown::to_string).collect();
    lines(texts.iter().map(String::as_str))
}

/// Returns paragraphs that progenitor has made of [`Markdown`], or that this crate has, as doc comments.
pub(super) fn lines<'a>(paragraphs: impl IntoIterator<Item = &'a str>) -> String {
    let mut docs = String::new();
    let paragraphs = paragraphs.into_iter().flat_map(|text| text.split("\n\n")).filter(|text| !text.is_empty());
    for (index, paragraph) in paragraphs.enumerate() {
        if index > 0 {
            docs.push_str("///\n");
        }
        for line in paragraph.lines() {
            // Writing to a string does not fail.
            let _ = writeln!(docs, "/// {}", line.trim());
        }
    }
    docs
}

/// Returns the source in a module.
pub(super) fn indented(source: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    source.lines().map(line).collect()
}

/// Returns true if a text needs no escape in a code span.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:#$@/".contains(c))
}
