//! Removes tokens from recorded requests, wherever they appear.

use http::HeaderMap;
use serde_json::Value;

const REDACTED: &str = "[redacted]";
/// Shorter values are not searched for: they occur by chance.
const MIN_SEARCHED: usize = 8;
/// The words in the names of headers, parameters and members that hold credentials.
const SENSITIVE: [&str; 7] = ["authorization", "token", "secret", "password", "cookie", "assertion", "apikey"];

/// The credentials of a request.
pub(crate) struct Redaction {
    credentials: Vec<String>,
}

impl Redaction {
    pub(crate) fn new(headers: &HeaderMap, query: &str, body: &Value) -> Self {
        let mut credentials = Vec::new();
        let sensitive = headers.iter().filter(|(name, _)| is_sensitive(name.as_str()));
        credentials.extend(sensitive.map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let parameters = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| is_sensitive(name));
        credentials.extend(parameters.map(|(_, value)| value.into_owned()));
        collect(body, &mut credentials);
        let without_scheme = |value: &String| value.split_once(' ').map(|(_, token)| token.trim().to_owned());
        credentials.extend(credentials.iter().filter_map(without_scheme).collect::<Vec<_>>());
        credentials.retain(|value| value.len() >= MIN_SEARCHED);
        credentials.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { credentials }
    }

    /// Returns the headers without credentials.
    pub(crate) fn headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let kept = headers.iter().filter(|(name, _)| !is_sensitive(name.as_str()));
        kept.map(|(name, value)| (name.to_string(), self.text(&String::from_utf8_lossy(value.as_bytes())))).collect()
    }

    /// Returns a query without credentials.
    pub(crate) fn query(&self, query: &str) -> String {
        let pair = |pair: &str| {
            let (name, _) = form_urlencoded::parse(pair.as_bytes()).next().unwrap_or_default();
            if is_sensitive(&name) { format!("{name}={REDACTED}") } else { self.text(pair) }
        };
        query.split('&').map(pair).collect::<Vec<_>>().join("&")
    }

    /// Returns a body without credentials; one that is not JSON is left out if it may hold one.
    pub(crate) fn body(&self, text: &str, json: Option<&Value>) -> String {
        let redacted = self.text(text);
        let lower = redacted.to_lowercase();
        match json {
            // Escape sequences can hide a name or a value from a search.
            Some(json) if lower.contains('\\') || SENSITIVE.iter().any(|word| lower.contains(word)) => {
                self.json(json).to_string()
            }
            None if SENSITIVE.iter().any(|word| lower.contains(word)) => REDACTED.to_owned(),
            _ => redacted,
        }
    }

    /// Returns a text without the credentials of the request and without other bearer tokens.
    pub(crate) fn text(&self, text: &str) -> String {
        let text = self.credentials.iter().fold(text.to_owned(), |text, value| text.replace(value, REDACTED));
        let lower = text.to_ascii_lowercase();
        let (mut result, mut end) = (String::new(), 0);
        for (start, scheme) in lower.match_indices("bearer ") {
            let token = start + scheme.len();
            if token < end {
                continue;
            }
            let length = text[token..].find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/=".contains(c)));
            result.push_str(&text[end..token]);
            end = token + length.unwrap_or(text.len() - token);
            if end > token {
                result.push_str(REDACTED);
            }
        }
        result.push_str(&text[end..]);
        result
    }

    fn json(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let redacted = |(name, value): (&String, &Value)| {
                    let value = if is_sensitive(name) { REDACTED.into() } else { self.json(value) };
                    (self.text(name), value)
                };
                Value::Object(members.iter().map(redacted).collect())
            }
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            // A URL of a batch.
            Value::String(text) => match text.split_once('?') {
                Some((path, query)) => format!("{}?{}", self.text(path), self.query(query)).into(),
                None => self.text(text).into(),
            },
            other => other.clone(),
        }
    }
}

/// Collects the credentials of a body: values of sensitive names, and of queries in URLs.
fn collect(value: &Value, credentials: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if is_sensitive(name) => credentials.push(text.clone()),
                    value => collect(value, credentials),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, credentials)),
        Value::String(text) => {
            let query = text.split_once('?').map_or("", |(_, query)| query);
            let parameters = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| is_sensitive(name));
            credentials.extend(parameters.map(|(_, value)| value.into_owned()));
        }
        _ => {}
    }
}

/// Returns true for the name of a header, parameter or member that may hold a credential.
fn is_sensitive(name: &str) -> bool {
    let name: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    name != "skiptoken" && SENSITIVE.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use serde_json::{Value, json};

    use super::Redaction;

    const TOKEN: &str = "canary-7f3a.token_value~1";

    #[test]
    fn no_token_is_left_wherever_it_appears() {
        let escaped = r#"{"headers":{"Authoriz\u0061tion":"canary-7f3a.token\u005fvalue~1"}}"#;
        for (header, query, body) in [
            (format!("Bearer {TOKEN}"), format!("access_token={TOKEN}&a={TOKEN}"), TOKEN.to_owned()),
            ("Bearer other".to_owned(), "x=1".to_owned(), format!("{{\"a\":\"bEARER {TOKEN}\"}}")),
            ("Bearer other".to_owned(), format!("access%5Ftoken={TOKEN}"), format!("access_token={TOKEN}")),
            ("Bearer other".to_owned(), "x=1".to_owned(), escaped.to_owned()),
            (
                "Bearer other".to_owned(),
                "x=1".to_owned(),
                json!({ "url": format!("/a?access_token={TOKEN}") }).to_string(),
            ),
            ("Bearer other".to_owned(), "x=1".to_owned(), json!([{ "client_secret": TOKEN, "b": TOKEN }]).to_string()),
            ("Bearer other".to_owned(), "x=1".to_owned(), format!("{{\"token\":\"{TOKEN}\"")),
        ] {
            let headers = HeaderMap::from_iter([
                (http::header::AUTHORIZATION, HeaderValue::from_str(&header).unwrap()),
                (http::HeaderName::from_static("x-other"), HeaderValue::from_str(&header).unwrap()),
            ]);
            let json = serde_json::from_str::<Value>(&body).ok();
            let redaction = Redaction::new(&headers, &query, json.as_ref().unwrap_or(&Value::Null));
            let texts = [
                format!("{:?}", redaction.headers(&headers)),
                redaction.query(&query),
                redaction.body(&body, json.as_ref()),
            ];
            for text in texts {
                assert!(!text.contains("canary") && !text.contains("value~1"), "{text}");
            }
        }
    }

    #[test]
    fn a_text_without_a_token_is_kept() {
        let headers = HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer a"))]);
        let redaction = Redaction::new(&headers, "", &Value::Null);
        let body = r#"{"status" : "open"}"#;
        assert_eq!(redaction.body(body, serde_json::from_str(body).ok().as_ref()), body);
        assert_eq!(redaction.query("$skiptoken=abc&$top=5"), "$skiptoken=abc&$top=5");
    }
}
