//! Request paths in the form of the spec: OData ignores case, and a key may be in parentheses.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::spec_validator::SpecValidator;

/// The API version, which precedes each path of the spec.
pub(crate) const VERSION: &str = "/beta";

/// A request path below the endpoint.
#[derive(Debug, PartialEq)]
pub(crate) struct RequestPath {
    /// The path, with the names of the spec and encoded values.
    pub(crate) path: String,
    /// The qualified name that the request abbreviates, as the documentation does with `executeResponseAction`.
    pub(crate) unqualified: Option<String>,
}

impl RequestPath {
    /// Parses a path. Returns `None` if its API version is not beta.
    pub(crate) fn parse(spec: &SpecValidator, path: &str) -> Option<Self> {
        let names: Vec<_> = spec.operations().flat_map(|operation| operation.path().split('/')).collect();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        segments.next().filter(|version| version.eq_ignore_ascii_case(VERSION.trim_start_matches('/')))?;
        let mut parsed = Self { path: String::new(), unqualified: None };
        for segment in segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy()) {
            let (name, key) = split_key(&segment);
            let qualified = names.iter().find(|known| is_unqualified(known, name));
            let known = names.iter().find(|known| known.eq_ignore_ascii_case(name)).or(qualified);
            parsed.unqualified = parsed.unqualified.or(qualified.map(|name| (*name).to_owned()));
            parsed.path.push('/');
            match known {
                Some(known) => parsed.path.push_str(known),
                None => parsed.path.extend(utf8_percent_encode(name, NON_ALPHANUMERIC)),
            }
            if let Some(key) = key {
                parsed.path.push('/');
                parsed.path.extend(utf8_percent_encode(&key, NON_ALPHANUMERIC));
            }
        }
        Some(parsed)
    }

    /// Returns the task ID in the path, in lower case.
    pub(crate) fn task(&self) -> Option<String> {
        let id = self.path.strip_prefix("/security/incidentTasks/")?.split('/').next()?;
        Some(percent_decode_str(id).decode_utf8_lossy().to_lowercase())
    }
}

/// Splits `name('key')` and `name(id='key')`; a quotation mark in the key is doubled.
fn split_key(segment: &str) -> (&str, Option<String>) {
    let split = || {
        let (name, key) = segment.strip_suffix("')")?.split_once('(')?;
        let key = key.strip_prefix("id=").unwrap_or(key).strip_prefix('\'')?;
        Some((name, Some(key.replace("''", "'"))))
    };
    split().unwrap_or((segment, None))
}

fn is_unqualified(qualified: &str, name: &str) -> bool {
    qualified.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::RequestPath;
    use crate::spec_validator::SpecValidator;

    #[test]
    fn a_path_matches_in_any_case_and_with_its_key_in_parentheses() {
        let spec = SpecValidator::new(msgraph_incident_tasks_api::OPENAPI_SPEC).unwrap();
        let parse = |path: &str| RequestPath::parse(&spec, path).map(|parsed| parsed.path);
        let task = "/security/incidentTasks/213213";
        for path in [
            "/beta/security/incidentTasks/213213",
            "/BETA/Security/INCIDENTTASKS/213213/",
            "/beta//security/incidentTasks('213213')",
            "/beta/security/incidentTasks%28%27213213%27%29",
            "/beta/security/incidentTasks(id='213213')",
        ] {
            assert_eq!(parse(path).as_deref(), Some(task), "{path}");
        }
        assert_eq!(parse("/beta/%24BATCH").as_deref(), Some("/$batch"));
        assert_eq!(parse("/beta/security/incidentTasks('a''%2Fb')").unwrap(), "/security/incidentTasks/a%27%2Fb");
        assert_eq!(parse("/v1.0/security/incidentTasks"), None);
        let execute = RequestPath::parse(&spec, "/beta/security/incidentTasks('1')/ExecuteResponseAction").unwrap();
        assert_eq!(execute.path, "/security/incidentTasks/1/microsoft.graph.security.executeResponseAction");
        assert!(execute.unqualified.is_some());
    }
}
