//! Escapes text for a terminal.

use std::fmt::Write as _;
use std::io::Write as _;

/// The longest text from outside that is shown, in characters.
const LIMIT: usize = 500;

/// Returns true for characters that act on a terminal or reorder text: C0, DEL, C1, bidirectional controls, line and
/// paragraph separators, and the byte order mark. See [UAX #9](https://www.unicode.org/reports/tr9/).
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Escapes each control except `kept` as in JSON, such as `\u001b`, so that JSON remains equal.
pub(crate) fn escaped(text: &str, kept: impl Fn(char) -> bool) -> String {
    // Most texts are long and plain.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) && !kept(c) {
            // Each of them is one UTF-16 unit. Writing to a string does not fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Returns the text on one line of at most 500 characters, safe to print: white space becomes one space, other
/// controls are escaped.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        // The part beyond the limit is not copied.
        let end = word.char_indices().nth(LIMIT + 1).map_or(word.len(), |(end, _)| end);
        line.push_str(&escaped(&word[..end], |_| false));
        if let Some((end, _)) = line.char_indices().nth(LIMIT) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}

/// Prints a line to stderr, safe for a terminal. A closed stderr is ignored.
pub(crate) fn eprint_line(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", escaped(line, |_| false));
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, escaped, one_line};

    #[test]
    fn text_of_the_service_cannot_act_on_the_terminal() {
        assert_eq!(one_line("\u{1b}[2Ja\u{7}\u{9b}b\u{202e}c\u{7f}"), r"\u001b[2Ja\u0007\u009bb\u202ec\u007f");
        assert_eq!(one_line(" a\r\n\tb\u{2028}c\u{85}  d "), "a b c d");
        assert_eq!(escaped("a\nb\u{9b}", |c| c == '\n'), "a\nb\\u009b");
        assert_eq!(one_line("日本 👩‍👩‍👧 שלום"), "日本 👩‍👩‍👧 שלום");
    }

    #[test]
    fn a_long_text_is_cut_and_ends_with_an_ellipsis() {
        assert_eq!(one_line(&"é".repeat(LIMIT)), "é".repeat(LIMIT));
        assert_eq!(one_line(&"é".repeat(LIMIT + 1)), "é".repeat(LIMIT) + "…");
        assert_eq!(one_line(&"a ".repeat(LIMIT)).chars().count(), LIMIT + 1);
    }
}
