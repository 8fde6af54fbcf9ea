//! The query options of a request: OData's, with or without their dollar sign, as on beta.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// Options by their name with its dollar sign. Other parameters of the query are no options.
pub(crate) struct Options(BTreeMap<String, String>);

impl Options {
    /// Reads a query. `known` are the names of the options that there are.
    pub(crate) fn parse(query: &str, known: &[String]) -> Result<Self, String> {
        let mut options = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name), decoded(value));
            let with_sign = format!("${}", name.trim_start_matches('$'));
            if !known.contains(&with_sign) {
                match name.starts_with('$') {
                    true => {
                        return Err(format!(
                            "The query option {name} is not supported; allowed: {}.",
                            known.join(", ")
                        ));
                    }
                    false => continue,
                }
            }
            if options.insert(with_sign, value).is_some() {
                return Err(format!("The query option {name} stands twice."));
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

    /// The names in a list with commas.
    pub(crate) fn names(&self, option: &str) -> Option<Vec<&str>> {
        Some(self.get(option)?.split(',').map(str::trim).filter(|name| !name.is_empty()).collect())
    }

    /// A whole number.
    pub(crate) fn number(&self, option: &str) -> Option<usize> {
        self.get(option)?.parse().ok()
    }
}

/// In a query a plus sign is a plus sign: OData knows no other spelling of a space than `%20`.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn options_are_known_with_and_without_their_sign_and_decoded() {
        let known = ["$filter".to_owned(), "$top".to_owned()];
        let options = Options::parse("%24filter=id%20eq%20'a+b'&top=7&x=1", &known).unwrap();
        assert_eq!(options.get("$filter"), Some("id eq 'a+b'"));
        assert_eq!(options.number("$top"), Some(7));
        for (query, says) in [("$apply=1", "$apply is not supported"), ("top=1&$top=2", "stands twice")] {
            let Err(error) = Options::parse(query, &known) else { panic!("{query} was taken") };
            assert!(error.contains(says), "{error}");
        }
    }
}
