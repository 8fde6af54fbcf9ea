//! Shows text of the service on one line.

use std::fmt::{self, Write};

/// The maximum number of characters of one text.
const LIMIT: usize = 500;

/// Shows a text on one line: characters that break or reorder the line become spaces.
pub(super) struct OneLine<'a>(pub(super) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars().take(LIMIT) {
            f.write_char(if breaks_the_line(character) { ' ' } else { character })?;
        }
        if self.0.chars().nth(LIMIT).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// Returns true for controls, bidirectional controls, line and paragraph separators, and the byte order mark. See [UAX
/// #9](https://www.unicode.org/reports/tr9/).
fn breaks_the_line(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::OneLine;

    #[test]
    fn characters_that_break_or_reorder_a_line_become_spaces() {
        assert_eq!(OneLine("a\r\nb\u{1b}[31m\u{202e}c\u{2028}ü\u{61c}\u{feff}d").to_string(), "a  b [31m c ü  d");
    }

    #[test]
    fn a_long_text_is_cut_with_an_ellipsis() {
        assert_eq!(OneLine(&"é".repeat(501)).to_string(), "é".repeat(500) + "…");
        assert_eq!(OneLine(&"é".repeat(500)).to_string(), "é".repeat(500));
    }
}
