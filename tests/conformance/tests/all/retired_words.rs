//! Words that the project no longer uses: each has a name of the field instead.

use std::path::Path;

use conformance::{files, root};

/// A retired word, what is written instead, and the texts in which it is right.
const RETIRED: [(&str, &str, &[&str]); 8] = [
    ("answer", "response", &[]),
    ("contestant", "implementation", &[]),
    // Of a URL.
    ("fragment", "spec", &["url.fragment()", "or fragment", "or a fragment", "_and_fragments_", "URI fragment"]),
    ("house", "repository, project", &[]),
    ("landing", "merge", &[]),
    ("ledger", "decisions", &[]),
    ("oracle", "source of truth", &[]),
    // Of a sentence or of HTTP.
    ("verb", "subcommand", &["opens with a verb", "the verb of its method", "(verb, name)", "verb.chars()"]),
];

/// The line of README that introduces the spec.
const INTRODUCTION: &str = "It is generated from an OpenAPI fragment,";

/// Returns the words of a line, those within identifiers too: `an_answer`, `InvalidAnswer`.
fn words(line: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in line.chars() {
        if !character.is_alphabetic() || (before.is_lowercase() && character.is_uppercase()) {
            words.push(String::new());
        }
        words.last_mut().unwrap().extend(character.is_alphabetic().then(|| character.to_ascii_lowercase()));
        before = character;
    }
    words.into_iter()
}

/// Returns the retired word in a line, and what is written instead.
fn retired(line: &str) -> Option<(&'static str, &'static str)> {
    let is_retired = |word: &str, retired: &str| {
        let ending = word.strip_prefix(retired);
        ending.is_some_and(|ending| ["", "s", "ed", "ing"].contains(&ending))
    };
    let found = RETIRED.iter().find(|(retired, _, right)| {
        words(line).any(|word| is_retired(&word, retired)) && !right.iter().any(|text| line.contains(text))
    });
    found.map(|(word, instead, _)| (*word, *instead))
}

fn is_checked(path: &Path) -> bool {
    // The changelog has the renames, this file the list, the payloads the words of Microsoft.
    let exempt = ["CHANGELOG.md", "retired_words.rs", "payloads", "upstream"];
    !path.components().any(|part| exempt.iter().any(|name| part.as_os_str() == *name))
}

#[test]
fn no_code_or_document_has_a_retired_word() {
    let mut found = Vec::new();
    for extension in ["rs", "md", "toml", "json", "txt", "html", "py", "yml"] {
        for path in files("", extension).iter().filter(|path| is_checked(path)) {
            let text = std::fs::read_to_string(path).unwrap();
            let name = path.strip_prefix(root()).unwrap().display();
            for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with(INTRODUCTION)) {
                if let Some((word, instead)) = retired(line) {
                    found.push(format!("{name}:{number}: {word:?}, write {instead:?}: {}", line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_retired_word_is_found_in_text_and_identifiers_and_not_in_others() {
    for line in ["the answers", "fn an_answer_is_read()", "InvalidAnswer", "FRAGMENT", "Verbs", "it is answered"] {
        assert!(retired(line).is_some(), "{line}");
    }
    for line in ["verbose", "warehouse", "url.fragment()", "a response", "verbatim"] {
        assert_eq!(retired(line), None, "{line}");
    }
}
