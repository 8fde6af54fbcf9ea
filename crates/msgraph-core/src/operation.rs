//! A request as a value.

use std::borrow::Cow;
use std::fmt::{Display, Write};
use std::ops::RangeInclusive;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use reqwest::{Method, Request, Url};

use crate::call::OperationInfo;
use crate::decoded::{DecodeError, Decoded};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::invalid_value::InvalidValue;
use crate::retry::RetryMode;

/// A request to an API, as a value: it can be inspected, sent, retried, previewed, or added to a batch.
///
/// Implemented by generated code, one type for each operation of a spec.
pub trait Operation: Send + Sync {
    /// The value that a success returns.
    type Response: Send + 'static;

    /// The operation that reads the changed resource; `Self` if there is none.
    type ReadBack: Operation<Response = Self::Response> + 'static;

    /// The operation's name, such as `update_incident_task`.
    const NAME: &'static str;

    /// The HTTP method, such as `PATCH`.
    const METHOD: &'static str;

    /// The path in the spec, such as `/security/incidentTasks/{incidentTaskId}`.
    const PATH_TEMPLATE: &'static str;

    /// The default retry mode.
    const RETRY_MODE: RetryMode;

    /// The statuses that the spec documents as a success.
    const SUCCESS_STATUSES: &'static [RangeInclusive<u16>];

    /// True if a success other than 204 has a body.
    const HAS_RESPONSE_BODY: bool;

    /// The statuses of a documented success without a body. If the operation has a [`read_back`](Self::read_back), it is
    /// sent then.
    const STATUSES_WITHOUT_BODY: &'static [RangeInclusive<u16>] = &[NO_CONTENT..=NO_CONTENT];

    /// Whether [`decode`](Self::decode) reads an empty body too.
    const READS_EMPTY_BODY: bool = false;

    /// Returns the value of a path parameter; `None` if it is unknown.
    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>>;

    /// Adds the parameters with a value to the query.
    fn query(&self, query: &mut Query) {
        let _ = query;
    }

    /// Adds the parameters that are set to the headers.
    ///
    /// # Errors
    ///
    /// If a value cannot be that of a header.
    fn headers(&self, headers: &mut Headers) -> Result<(), InvalidValue> {
        let _ = headers;
        Ok(())
    }

    /// Returns the body as JSON; `None` if the operation has none.
    ///
    /// # Errors
    ///
    /// If a value cannot be JSON.
    fn body(&self) -> serde_json::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Checks each value against the spec. Called before each attempt.
    ///
    /// # Errors
    ///
    /// The first invalid value.
    fn validate(&self) -> Result<(), InvalidValue> {
        Ok(())
    }

    /// Reads the body of a success.
    ///
    /// # Errors
    ///
    /// If the body does not match the schema, or is another entity than the one that was requested.
    fn decode(&self, body: &[u8]) -> Result<Decoded<Self::Response>, DecodeError>;

    /// Returns the operation that reads the changed resource, for a success without a body.
    fn read_back(&self) -> Option<Self::ReadBack> {
        None
    }
}

/// The query of a URL while it is built.
#[derive(Debug, Default)]
pub struct Query(String);

/// The characters that [form
/// encoding](https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set) leaves unchanged. A
/// space becomes `%20`, since `+` is not a space in OData ([RFC 3986, section
/// 2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1)).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

impl Query {
    /// Adds a parameter.
    pub fn push(&mut self, name: &str, value: impl Display) {
        self.push_encoded(name, encoded(&value.to_string()));
    }

    /// Adds a parameter if it is set.
    pub fn push_optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    /// Adds a parameter whose value is a list, separated by commas, if it has any items.
    pub fn push_list(&mut self, name: &str, values: impl IntoIterator<Item = impl Display>) {
        let values: Vec<_> = values.into_iter().map(|value| encoded(&value.to_string()).to_string()).collect();
        if !values.is_empty() {
            self.push_encoded(name, values.join(","));
        }
    }

    fn push_encoded(&mut self, name: &str, value: impl Display) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        // Writing to a string does not fail.
        let _ = write!(self.0, "{}={value}", encoded(name));
    }
}

fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ENCODED)
}

/// The headers of a request while it is built, besides those that each request has.
#[derive(Debug, Default)]
pub struct Headers(pub(crate) HeaderMap);

impl Headers {
    /// Adds a header.
    ///
    /// # Errors
    ///
    /// If the value has control characters, or others than ASCII.
    pub fn push(&mut self, name: &'static str, value: impl Display) -> Result<(), InvalidValue> {
        let text = value.to_string();
        let invalid = || InvalidValue::new(name, text.clone(), &["visible ASCII characters and spaces"]);
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        self.0.append(key, HeaderValue::from_str(&text).map_err(|_| invalid())?);
        Ok(())
    }

    /// Adds a header if it is set.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn push_optional(&mut self, name: &'static str, value: Option<impl Display>) -> Result<(), InvalidValue> {
        value.map_or(Ok(()), |value| self.push(name, value))
    }

    /// Adds a header whose value is a list, separated by commas, if it has any items.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), or if an item would not be one: it is empty, or has a comma that is not between quotes.
    pub fn push_list(
        &mut self,
        name: &'static str,
        values: impl IntoIterator<Item = impl Display>,
    ) -> Result<(), InvalidValue> {
        let values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
        let is_item =
            |text: &String| !text.trim().is_empty() && !text.split('"').step_by(2).any(|part| part.contains(','));
        match values.iter().find(|text| !is_item(text)) {
            Some(text) => Err(InvalidValue::new(name, text.clone(), &["items that are not empty and have no comma"])),
            None if values.is_empty() => Ok(()),
            None => self.push(name, values.join(",")),
        }
    }
}

/// Returns the facts of an operation's type.
pub(crate) fn info<O: Operation>() -> OperationInfo {
    OperationInfo { name: O::NAME, method: O::METHOD, path_template: O::PATH_TEMPLATE, retry_mode: O::RETRY_MODE }
}

/// Returns the URL of an operation.
pub(crate) fn url<O: Operation>(operation: &O, endpoint: &Endpoint) -> Result<Url, Error> {
    let segments = O::PATH_TEMPLATE.split('/').skip(1).map(|segment| expanded(operation, segment));
    let mut url = endpoint.url(segments)?;
    let mut query = Query::default();
    operation.query(&mut query);
    if !query.0.is_empty() {
        url.set_query(Some(&query.0));
    }
    Ok(url)
}

/// Returns the request of an operation, without the headers that each request has.
pub(crate) fn request<O: Operation>(operation: &O, endpoint: &Endpoint) -> Result<Request, Error> {
    operation.validate()?;
    let method = Method::from_bytes(O::METHOD.as_bytes())
        .map_err(|error| Error::invalid_input(format!("invalid HTTP method {:?}", O::METHOD)).with_source(error))?;
    let mut request = Request::new(method, url(operation, endpoint)?);
    *request.headers_mut() = headers(operation)?;
    let json = HeaderValue::from_static("application/json");
    if O::HAS_RESPONSE_BODY {
        request.headers_mut().insert(ACCEPT, json.clone());
    }
    if let Some(body) = body(operation)? {
        request.headers_mut().insert(CONTENT_TYPE, json);
        *request.body_mut() = Some(body.into());
    }
    Ok(request)
}

/// Returns the headers that an operation has of its own.
pub(crate) fn headers<O: Operation>(operation: &O) -> Result<HeaderMap, Error> {
    let mut headers = Headers::default();
    operation.headers(&mut headers)?;
    Ok(headers.0)
}

/// Returns true if a success with this status is documented, and documented without a body.
pub(crate) fn is_without_body<O: Operation>(status: u16) -> bool {
    [O::SUCCESS_STATUSES, O::STATUSES_WITHOUT_BODY].iter().all(|all| all.iter().any(|range| range.contains(&status)))
}

/// Returns the body of an operation.
pub(crate) fn body<O: Operation>(operation: &O) -> Result<Option<Vec<u8>>, Error> {
    operation.body().map_err(|error| Error::invalid_input("the request body cannot be JSON").with_source(error))
}

pub(crate) const NO_CONTENT: u16 = 204;

/// Returns a segment of a path template with the values of its parameters.
fn expanded<'a, O: Operation>(operation: &'a O, segment: &'a str) -> Cow<'a, str> {
    let value = |name| operation.path_parameter(name).unwrap_or_default();
    match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) if !name.contains('}') => value(name),
        _ if !segment.contains('{') => segment.into(),
        _ => {
            let mut expanded = String::new();
            for (index, piece) in segment.split('{').enumerate() {
                let (name, text) = if index == 0 { (None, piece) } else { parameter(piece) };
                expanded.push_str(&name.map(value).unwrap_or_default());
                expanded.push_str(text);
            }
            expanded.into()
        }
    }
}

/// Returns the name of the parameter that a piece of a template begins with, and the text after it.
fn parameter(piece: &str) -> (Option<&str>, &str) {
    piece.split_once('}').map_or((None, piece), |(name, text)| (Some(name), text))
}

#[cfg(test)]
mod tests {
    use super::{Operation, Query, url};
    use crate::decoded::{DecodeError, Decoded};
    use crate::endpoint::Endpoint;
    use crate::retry::RetryMode;

    struct Read {
        id: &'static str,
        top: Option<i32>,
    }

    impl Operation for Read {
        type Response = ();
        type ReadBack = Self;
        const NAME: &'static str = "read";
        const METHOD: &'static str = "GET";
        const PATH_TEMPLATE: &'static str = "/lamps/{id}/a-{id}-{top}/x({top})";
        const RETRY_MODE: RetryMode = RetryMode::Idempotent;
        const SUCCESS_STATUSES: &'static [std::ops::RangeInclusive<u16>] = &[204..=204];
        const HAS_RESPONSE_BODY: bool = false;

        fn path_parameter(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
            match name {
                "id" => Some(self.id.into()),
                "top" => Some(self.top?.to_string().into()),
                _ => None,
            }
        }

        fn query(&self, query: &mut Query) {
            query.push("$filter", format_args!("id eq '{}'", self.id));
            query.push_optional("$top", self.top);
        }

        fn decode(&self, _: &[u8]) -> Result<Decoded<()>, DecodeError> {
            Ok(().into())
        }
    }

    fn sent(id: &'static str, top: Option<i32>) -> Result<String, String> {
        let endpoint = Endpoint::new("https://graph.microsoft.com/beta").unwrap();
        url(&Read { id, top }, &endpoint).map(|url| url.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn parameters_fill_the_path_and_the_query() {
        let expected =
            "https://graph.microsoft.com/beta/lamps/a%20b/a-a%20b-7/x(7)?%24filter=id%20eq%20%27a%20b%27&%24top=7";
        assert_eq!(sent("a b", Some(7)).unwrap(), expected);
        let expected = "https://graph.microsoft.com/beta/lamps/%2B&/a-%2B&-/x()?%24filter=id%20eq%20%27%2B%26%27";
        assert_eq!(sent("+&", None).unwrap().replace("/+", "/%2B").replace("-+", "-%2B"), expected);
    }

    #[test]
    fn a_value_never_becomes_another_path() {
        for id in ["", ".", "..", "a\nb", ".\n.", "\t", "\u{7f}"] {
            let error = sent(id, Some(1)).unwrap_err();
            assert!(error.contains(&format!("{id:?}")), "{error}");
        }
        for id in ["a/b", "..\\me", "%2e%2e", "a?b#c"] {
            let url = sent(id, Some(1)).unwrap();
            assert_eq!(url.split('?').next().unwrap().matches('/').count(), 7, "{url}");
        }
    }
}
