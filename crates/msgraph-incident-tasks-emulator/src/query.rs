//! The query options of a request: OData's, with or without their dollar sign, as on beta.

use std::collections::BTreeMap;

use form_urlencoded::parse;

const SKIP_TOKEN: &str = "$skiptoken";

/// Options by their name with its dollar sign. Other parameters of the query are not options.
pub(crate) struct Options(BTreeMap<String, String>);

impl Options {
    /// Parses a query with these known options. `+` is a space, as in an HTML form and in Graph's own links.
    pub(crate) fn parse(query: &str, known: &[String]) -> Result<Self, String> {
        let mut options = BTreeMap::new();
        for (name, value) in parse(query.as_bytes()) {
            match known.iter().find(|known| is_option(&name, known)) {
                Some(option) if options.contains_key(option) => {
                    return Err(format!("The query option {name} is duplicated."));
                }
                Some(option) => drop(options.insert(option.clone(), value.into_owned())),
                None if name.starts_with('$') => {
                    return Err(format!("The query option {name} is not supported; allowed: {}.", known.join(", ")));
                }
                None => {}
            }
        }
        Ok(Self(options))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the names of a comma-separated option.
    pub(crate) fn names(&self, option: &str) -> Option<Vec<&str>> {
        Some(self.get(option)?.split(',').map(str::trim).filter(|name| !name.is_empty()).collect())
    }

    pub(crate) fn number(&self, option: &str) -> Option<usize> {
        self.get(option)?.parse().ok()
    }
}

/// Returns the skip token of a query.
pub(crate) fn skip_token(query: &str) -> Option<String> {
    parse(query.as_bytes()).find(|(name, _)| is_option(name, SKIP_TOKEN)).map(|(_, token)| token.into_owned())
}

/// Returns the parameters that are neither known options nor a skip token.
pub(crate) fn unknown_parameters(query: &str, known: &[String]) -> Vec<String> {
    let is_known =
        |name: &str| known.iter().map(String::as_str).chain([SKIP_TOKEN]).any(|known| is_option(name, known));
    parse(query.as_bytes()).map(|(name, _)| name.into_owned()).filter(|name| !is_known(name)).collect()
}

fn is_option(name: &str, option: &str) -> bool {
    name.trim_start_matches('$').eq_ignore_ascii_case(option.trim_start_matches('$'))
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn options_are_known_with_and_without_their_sign_in_any_case_and_decoded() {
        let known = ["$filter".to_owned(), "$top".to_owned()];
        let options = Options::parse("%24Filter=id+eq%20'a%2Bb'&top=7&x=1", &known).unwrap();
        assert_eq!(options.get("$filter"), Some("id eq 'a+b'"));
        assert_eq!(options.number("$top"), Some(7));
        for (query, expected) in [("$apply=1", "$apply is not supported"), ("top=1&$top=2", "is duplicated")] {
            let Err(error) = Options::parse(query, &known) else { panic!("{query} was accepted") };
            assert!(error.contains(expected), "{error}");
        }
    }
}
