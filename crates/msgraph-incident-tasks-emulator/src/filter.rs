//! `$filter`: comparisons by `eq`, joined by `and` and `or`, with parentheses. See [OData URL
//! conventions](https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html).

use jiff::Timestamp;
use serde_json::{Map, Value};

const MAX_DEPTH: usize = 64;

/// A condition on a task.
#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    Eq(String, Literal),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

/// The right side of a comparison.
#[derive(Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Time(Timestamp),
    Null,
}

impl Filter {
    /// Parses an expression over these properties.
    pub(crate) fn parse(expression: &str, properties: &[&str]) -> Result<Self, String> {
        let tokens = tokens(expression)?;
        let mut parser = Parser { tokens: &tokens, properties, depth: 0 };
        let filter = parser.disjunction()?;
        match parser.tokens {
            [] => Ok(filter),
            [token, ..] => Err(format!("unexpected {token:?} in the filter.")),
        }
    }

    /// Returns true if a task matches.
    pub(crate) fn matches(&self, task: &Map<String, Value>) -> bool {
        match self {
            Self::Eq(property, literal) => literal.equals(value(task, property)),
            Self::And(one, other) => one.matches(task) && other.matches(task),
            Self::Or(one, other) => one.matches(task) || other.matches(task),
        }
    }
}

/// Returns the value of a documented name in `$filter` and `$orderby`; not every one is a property of a task.
pub(crate) fn value<'a>(task: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    match name {
        "incidentId" => task.get("incident")?.get("id"),
        "lastUpdateDateTime" => task.get("lastModifiedDateTime"),
        // Documented in addition to `actionType`, without a difference.
        "type" => task.get("actionType"),
        _ => task.get(name),
    }
}

impl Literal {
    fn equals(&self, value: Option<&Value>) -> bool {
        let text = value.and_then(Value::as_str);
        match self {
            Self::Null => value.is_none_or(Value::is_null),
            Self::Text(literal) => text == Some(literal),
            Self::Time(literal) => text.and_then(|text| text.parse::<Timestamp>().ok()).as_ref() == Some(literal),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

fn tokens(expression: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => {
                found.push(Token::Open);
                1
            }
            ')' => {
                found.push(Token::Close);
                1
            }
            '\'' => {
                let (text, length) = quoted(rest)?;
                found.push(Token::Text(text));
                length
            }
            _ => {
                let length = rest.find(|c: char| c.is_whitespace() || "()'".contains(c)).unwrap_or(rest.len());
                found.push(Token::Word(rest[..length].to_owned()));
                length
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

/// Returns the leading string literal, in which a quotation mark is doubled, and its length in the expression.
fn quoted(rest: &str) -> Result<(String, usize), String> {
    let mut end = 1;
    loop {
        let mark = rest[end..].find('\'').ok_or("A string literal of the filter has no end.")?;
        end += mark + 1;
        if !rest[end..].starts_with('\'') {
            return Ok((rest[1..end - 1].replace("''", "'"), end));
        }
        end += 1;
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    properties: &'a [&'a str],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn disjunction(&mut self) -> Result<Filter, String> {
        let mut filter = self.conjunction()?;
        while self.takes("or") {
            filter = Filter::Or(filter.into(), self.conjunction()?.into());
        }
        Ok(filter)
    }

    fn conjunction(&mut self) -> Result<Filter, String> {
        let mut filter = self.condition()?;
        while self.takes("and") {
            filter = Filter::And(filter.into(), self.condition()?.into());
        }
        Ok(filter)
    }

    fn condition(&mut self) -> Result<Filter, String> {
        match self.next() {
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err("The filter is nested too deeply.".to_owned());
                }
                let filter = self.disjunction()?;
                self.depth -= 1;
                match self.next() {
                    Some(Token::Close) => Ok(filter),
                    _ => Err("A parenthesis of the filter has no end.".to_owned()),
                }
            }
            Some(Token::Word(property)) => self.comparison(property),
            _ => Err("The filter lacks a comparison.".to_owned()),
        }
    }

    fn comparison(&mut self, property: &str) -> Result<Filter, String> {
        if !self.properties.contains(&property) {
            return Err(format!("Could not filter by '{property}'; allowed: {}.", self.properties.join(", ")));
        }
        if !self.takes("eq") {
            return Err(format!("Could not filter by '{property}': only eq is supported."));
        }
        let literal = match self.next() {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Word(word)) if word == "null" => Literal::Null,
            Some(Token::Word(word)) => Literal::Time(
                word.parse().map_err(|_| format!("{word} is neither a string in quotation marks nor a time."))?,
            ),
            _ => return Err(format!("The comparison of '{property}' has no value.")),
        };
        Ok(Filter::Eq(property.to_owned(), literal))
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = matches!(self.tokens.first(), Some(Token::Word(next)) if next == word);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Filter;

    const PROPERTIES: [&str; 4] = ["status", "incidentId", "createdDateTime", "type"];

    fn matches(expression: &str) -> Result<bool, String> {
        let task = json!({
            "status": "open", "incident": { "id": "it's" }, "createdDateTime": "2023-06-26T19:07:39.50Z", "actionType": "text",
        });
        Ok(Filter::parse(expression, &PROPERTIES)?.matches(task.as_object().unwrap()))
    }

    #[test]
    fn each_comparison_has_its_result() {
        for (expression, expected) in [
            ("status eq 'open'", true),
            ("status eq 'Open'", false),
            ("incidentId eq 'it''s'", true),
            ("createdDateTime eq 2023-06-26T21:07:39.500+02:00", true),
            ("type eq 'text'", true),
            ("status eq null", false),
            ("status eq 'closed' or status eq 'open' and type eq 'text'", true),
            ("(status eq 'closed' or status eq 'open') and type eq 'x'", false),
            ("status eq 'closed' or(status eq 'open')", true),
        ] {
            assert_eq!(matches(expression), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn an_invalid_filter_is_rejected_by_name() {
        for (expression, expected) in [
            ("", "lacks a comparison"),
            ("id eq '1'", "'id'; allowed: status, "),
            ("status ne 'open'", "only eq is supported"),
            ("status eq", "has no value"),
            ("status eq open", "open is neither"),
            ("status eq 'open", "no end"),
            ("(status eq 'open'", "no end"),
            ("status eq 'open')", "unexpected"),
            ("status eq 'open' and", "lacks a comparison"),
        ] {
            let error = matches(expression).unwrap_err();
            assert!(error.contains(expected), "{expression}: {error}");
        }
        assert!(matches(&"(".repeat(100_000)).unwrap_err().contains("too deeply"));
    }
}
