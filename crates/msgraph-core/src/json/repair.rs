//! Makes JSON readable that has one odd character or number in it.

use std::borrow::Cow;

use memchr::memchr2;
use serde::de::IgnoredAny;

/// The deepest value that serde_json reads.
const MAX_DEPTH: usize = 128;
/// More than these are not an accident.
const MAX_REPAIRS: usize = 10_000;

/// Returns the text with each unpaired surrogate escape replaced by `\ufffd`, and each number beyond an `f64` by a
/// string of its characters, and the JSON pointers of the values that have changed; `None` if there are none. The text
/// need not be JSON otherwise.
pub(crate) fn repair(text: &str) -> Option<(String, Vec<String>)> {
    let mut scan = Scan { text, repaired: String::new(), copied: 0, path: Vec::new(), pointers: Vec::new() };
    scan.run()?;
    if scan.copied == 0 {
        return None;
    }
    scan.repaired.push_str(&text[scan.copied..]);
    Some((scan.repaired, scan.pointers))
}

struct Scan<'a> {
    text: &'a str,
    repaired: String,
    /// How much of the text is in `repaired`.
    copied: usize,
    path: Vec<Step>,
    pointers: Vec<String>,
}

/// A value within a value.
enum Step {
    Member { name: String, is_named: bool },
    Item(usize),
}

impl Scan<'_> {
    fn run(&mut self) -> Option<()> {
        let mut place = 0;
        while let Some(byte) = self.text.as_bytes().get(place) {
            place = match byte {
                b'"' => self.string(place)?,
                b'-' | b'0'..=b'9' => self.number(place)?,
                byte => {
                    self.structure(*byte)?;
                    place + 1
                }
            };
        }
        Some(())
    }

    fn structure(&mut self, byte: u8) -> Option<()> {
        if self.path.len() > MAX_DEPTH {
            return None;
        }
        match (byte, self.path.last_mut()) {
            (b'{', _) => self.path.push(Step::Member { name: String::new(), is_named: false }),
            (b'[', _) => self.path.push(Step::Item(0)),
            (b'}' | b']', _) => drop(self.path.pop()),
            (b',', Some(Step::Item(index))) => *index += 1,
            (b',', Some(Step::Member { is_named, .. })) => *is_named = false,
            _ => {}
        }
        Some(())
    }

    /// Repairs the string that begins at `start`, and returns the place after it.
    fn string(&mut self, start: usize) -> Option<usize> {
        let mut end = start + 1;
        loop {
            let found = memchr2(b'"', b'\\', self.text.as_bytes().get(end..)?)?;
            end += found + 1;
            if self.text.as_bytes()[end - 1] == b'"' {
                break;
            }
            end += 1;
        }
        let literal = self.text.get(start..end)?;
        let repaired = without_unpaired_surrogates(literal);
        if let Some(Step::Member { name, is_named: is_named @ false }) = self.path.last_mut() {
            *name = serde_json::from_str(&repaired).unwrap_or_default();
            *is_named = true;
        }
        if let Cow::Owned(repaired) = &repaired {
            self.replace(start, end, repaired)?;
        }
        Some(end)
    }

    /// Repairs the number that begins at `start`, and returns the place after it.
    fn number(&mut self, start: usize) -> Option<usize> {
        let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let length = self.text.as_bytes()[start..].iter().take_while(|byte| is_of_number(byte)).count();
        let number = &self.text[start..start + length];
        let is_beyond = number.parse::<f64>().is_ok_and(f64::is_infinite);
        if is_beyond && serde_json::from_str::<IgnoredAny>(number).is_ok() {
            self.replace(start, start + length, &format!("\"{number}\""))?;
        }
        Some(start + length)
    }

    fn replace(&mut self, start: usize, end: usize, repaired: &str) -> Option<()> {
        self.repaired.push_str(&self.text[self.copied..start]);
        self.repaired.push_str(repaired);
        self.copied = end;
        let names = self.path.iter().map(|step| match step {
            Step::Member { name, .. } => name.len(),
            Step::Item(_) => 0,
        });
        // Long names make many long pointers.
        if self.pointers.len() == MAX_REPAIRS || names.sum::<usize>() > 1024 {
            return None;
        }
        self.pointers.push(self.path.iter().map(Step::pointer).collect());
        Some(())
    }
}

impl Step {
    fn pointer(&self) -> String {
        match self {
            Self::Member { name, .. } => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            Self::Item(index) => format!("/{index}"),
        }
    }
}

/// Returns a string's text with each unpaired surrogate escape replaced.
fn without_unpaired_surrogates(literal: &str) -> Cow<'_, str> {
    let mut repaired = Cow::Borrowed(literal);
    let mut place = 0;
    while let Some(found) = literal[place..].find('\\') {
        place += found;
        place += match (escaped(literal, place), escaped(literal, place + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                repaired.to_mut().replace_range(place..place + 6, "\\ufffd");
                6
            }
            (Some(_), _) => 6,
            // Both characters of an escape; the second may be a long one.
            (None, _) => 1 + literal[place + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    repaired
}

/// Returns the code unit that is escaped at a place as `\u1234`.
fn escaped(text: &str, place: usize) -> Option<u16> {
    let digits = text.get(place..place + 6)?.strip_prefix("\\u")?;
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| are_digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::repair;

    fn repaired(text: &str) -> Option<(Value, Vec<String>)> {
        let (text, pointers) = repair(text)?;
        Some((serde_json::from_str(&text).unwrap(), pointers))
    }

    #[test]
    fn unpaired_surrogates_and_numbers_beyond_f64_become_texts() {
        for (text, value, pointers) in [
            (r#"{"a":"x\ud83d"}"#, json!({ "a": "x\u{fffd}" }), vec!["/a"]),
            (r#"{"a":"\ude00\uD83D\uDE00\ud83d"}"#, json!({ "a": "\u{fffd}\u{1f600}\u{fffd}" }), vec!["/a"]),
            (
                r#"[0, 1e400, {"b/c~": [-1E+999]}]"#,
                json!([0, "1e400", { "b/c~": ["-1E+999"] }]),
                vec!["/1", "/2/b~1c~0/0"],
            ),
            (r#"{"\udfff":{"b":1e400}}"#, json!({ "\u{fffd}": { "b": "1e400" } }), vec!["/\u{fffd}", "/\u{fffd}/b"]),
            (r#""\\\ud800é\"""#, json!("\\\u{fffd}é\""), vec![""]),
        ] {
            assert_eq!(repaired(text), Some((value, pointers.into_iter().map(str::to_owned).collect())), "{text}");
        }
        for text in
            [r#"{"a":"\ud83d\ude00 \\ud83d 1e400"}"#, "[1e308, 12345678901234567890123]", "1e", "", "\"", "\"\\", "\\"]
        {
            assert_eq!(repair(text), None, "{text}");
        }
        assert_eq!(repair(&"[".repeat(1_000_000)), None);
        assert_eq!(repair(&format!("[{}1e999]", "1e999,".repeat(10_000))), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in prop_oneof![r#"(\\u[dD][89a-fA-F][0-9]{2}|\\|"|[\[\]{},:é-]|1e999|a){0,40}"#, "\\PC{0,40}"]) {
            let _ = repair(&text);
        }
    }
}
