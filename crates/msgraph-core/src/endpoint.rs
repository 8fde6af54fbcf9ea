//! The base URL of requests, and the only origin that receives the token.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, ErrorKind};

/// The base of each request's URL: scheme, host, port and the path up to the API version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The beta version of Microsoft Graph in the global service.
    pub const GLOBAL_BETA: &str = "https://graph.microsoft.com/beta";

    /// Returns an endpoint over https.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if `url` is not an absolute https URL, or has a user name, a
    /// query or a fragment.
    pub fn new(url: &str) -> Result<Self, Error> {
        let endpoint = Self::parse(url)?;
        if endpoint.0.scheme() != "https" {
            return Err(invalid(url, "must be https: over http the token would be readable"));
        }
        Ok(endpoint)
    }

    /// Returns an endpoint over https, or over http on this machine's loopback interface (`127.0.0.0/8`,
    /// `[::1]` or `localhost`, which means these two addresses, without a resolver).
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and if an http URL has another host.
    pub fn new_allowing_loopback_http(url: &str) -> Result<Self, Error> {
        let endpoint = Self::parse(url)?;
        if endpoint.0.scheme() == "http" && !endpoint.has_loopback_host() {
            return Err(invalid(url, "http is allowed to 127.0.0.1, [::1] or localhost only; use https"));
        }
        Ok(endpoint)
    }

    /// Returns the endpoint itself if it is in one of `clouds`, or not in a known cloud.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if it is in a known cloud that is not in `clouds`; the message names the cloud.
    pub fn available_in(self, clouds: &[Cloud]) -> Result<Self, Error> {
        match self.cloud() {
            Some(cloud) if !clouds.contains(&cloud) => {
                let names: Vec<_> = clouds.iter().map(Cloud::to_string).collect();
                let reason = format!("it is in {cloud}, but this resource is documented for {} only", names.join(", "));
                Err(invalid(self.as_str(), &reason))
            }
            _ => Ok(self),
        }
    }

    /// Returns the deployment of Microsoft Graph of the host, if it is a known one.
    pub fn cloud(&self) -> Option<Cloud> {
        let host = self.0.host_str()?.trim_end_matches('.');
        Cloud::ALL.into_iter().find(|cloud| cloud.host() == host)
    }

    /// Returns the URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Returns the URL of a path below this endpoint, with each segment encoded. Does not parse the endpoint again,
    /// which would cost more than the rest of a small request.
    pub(crate) fn url<S: AsRef<str>>(&self, segments: impl IntoIterator<Item = S>) -> Result<Url, Error> {
        let mut url = self.0.clone();
        let mut invalid = None;
        // A URL with a host always has segments.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments.into_iter().inspect(|segment| {
                let segment = segment.as_ref();
                // `url` would drop these or resolve them to another path.
                if matches!(segment, "" | "." | "..") || segment.bytes().any(|byte| byte.is_ascii_control()) {
                    invalid.get_or_insert_with(|| segment.to_owned());
                }
            }));
        }
        match invalid {
            None => Ok(url),
            Some(segment) => Err(Error::invalid_input(format!(
                "invalid path segment {segment:?}: must not be empty, \".\" or \"..\", or contain control characters"
            ))),
        }
    }

    /// Returns true if `url` has this endpoint's scheme, host and port, and is below its path.
    pub(crate) fn covers(&self, url: &Url) -> bool {
        let base = self.0.path().trim_end_matches('/');
        let below = url.path().strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
        // Compared part by part: `origin` would copy them, for each request.
        fn origin(url: &Url) -> (&str, Option<&str>, Option<u16>) {
            (url.scheme(), url.host_str(), url.port_or_known_default())
        }
        below && origin(url) == origin(&self.0) && url.username().is_empty() && url.password().is_none()
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.0.host_str()
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.0.port_or_known_default()
    }

    /// Returns true if requests are sent unencrypted, which is allowed for loopback only.
    pub(crate) fn is_loopback_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let url = Url::parse(text).map_err(|error| invalid(text, &error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(invalid(text, "the scheme must be https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(text, "must not contain a user name or password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid(text, "must not have a query or fragment"));
        }
        Ok(Self(url))
    }

    fn has_loopback_host(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A deployment of Microsoft Graph. Tokens of one are not valid in another. See [National cloud
/// deployments](https://learn.microsoft.com/graph/deployments).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cloud {
    /// The global service.
    Global,
    /// US Government L4 (GCC High).
    UsGovernmentL4,
    /// US Government L5 (DoD).
    UsGovernmentL5,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    const ALL: [Self; 4] = [Self::Global, Self::UsGovernmentL4, Self::UsGovernmentL5, Self::China];

    fn host(self) -> &'static str {
        match self {
            Self::Global => "graph.microsoft.com",
            Self::UsGovernmentL4 => "graph.microsoft.us",
            Self::UsGovernmentL5 => "dod-graph.microsoft.us",
            Self::China => "microsoftgraph.chinacloudapi.cn",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Global => "the global service",
            Self::UsGovernmentL4 => "US Government L4",
            Self::UsGovernmentL5 => "US Government L5 (DOD)",
            Self::China => "China operated by 21Vianet",
        })
    }
}

fn invalid(url: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("invalid endpoint {:?}: {reason}", shown(url)))
}

/// Returns what of a URL can be shown: no password, which may be before an @, and no query or what follows it. Some other
/// characters look like these, and are taken for them.
fn shown(url: &str) -> &str {
    if url.contains(['@', '\u{ff20}', '\u{fe6b}']) {
        return "(not shown)";
    }
    let queries = ['?', '\u{ff1f}', '\u{fe56}', '#', '\u{ff03}', '\u{fe5f}'];
    url.split_once(queries).map_or(url, |(url, _)| url)
}

#[cfg(test)]
mod tests {
    use super::{Cloud, Endpoint};

    #[test]
    fn https_is_required() {
        assert!(Endpoint::new("https://graph.microsoft.com/beta").is_ok());
        for url in
            ["http://graph.microsoft.com/beta", "http://127.0.0.1:8080/beta", "ftp://x/", "graph.microsoft.com", ""]
        {
            assert!(Endpoint::new(url).is_err(), "{url}");
        }
    }

    #[test]
    fn http_is_for_loopback_only() {
        for url in [
            "http://127.0.0.1:1/beta",
            "http://127.9.9.9/beta",
            "http://[::1]:1/beta",
            "http://localhost:1",
            "https://x.test/",
        ] {
            assert!(Endpoint::new_allowing_loopback_http(url).is_ok(), "{url}");
        }
        for url in [
            "http://127.0.0.1.evil.test/",
            "http://localhost.evil.test/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://[::]/",
        ] {
            assert!(Endpoint::new_allowing_loopback_http(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_national_cloud_is_rejected_by_name() {
        for (url, name) in [
            ("https://graph.microsoft.us/beta", "US Government L4"),
            ("https://GRAPH.microsoft.us./beta", "US Government L4"),
            ("https://dod-graph.microsoft.us/beta", "US Government L5"),
            ("https://microsoftgraph.chinacloudapi.cn/beta", "21Vianet"),
        ] {
            let error = Endpoint::new(url).unwrap().available_in(&[Cloud::Global]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("global service"), "{error}");
        }
        assert!(Endpoint::new(Endpoint::GLOBAL_BETA).unwrap().available_in(&[Cloud::Global]).is_ok());
    }

    #[test]
    fn user_names_queries_and_fragments_are_rejected_and_a_password_is_not_shown() {
        for url in [
            "https://a:canary@x.test/",
            "https://a:canary@",
            "https://a:canary\u{ff20}x.test/",
            "http://x.test/?canary",
            "https://x.test/?a=canary",
            "https://x.test/#canary",
            "https://[x.test/\u{ff1f}canary",
            "https://[x.test\u{ff03}canary",
        ] {
            let error = Endpoint::new(url).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_segment_of_a_path_stays_one_segment_below_the_endpoint() {
        let endpoint = Endpoint::new("https://graph.microsoft.com/beta/").unwrap();
        for (segment, encoded) in [
            ("213213", "213213"),
            ("a/b", "a%2Fb"),
            ("..\\me", "..%5Cme"),
            ("%2e%2e", "%252e%252e"),
            ("a?b#c", "a%3Fb%23c"),
            ("a b", "a%20b"),
            ("$batch", "$batch"),
        ] {
            let url = endpoint.url(["security", segment]).unwrap();
            assert_eq!(url.as_str(), format!("https://graph.microsoft.com/beta/security/{encoded}"));
            assert!(endpoint.covers(&url));
        }
        for segment in ["", ".", ".."] {
            let error = endpoint.url(["security", segment, "x"]).unwrap_err().to_string();
            assert!(error.contains(&format!("{segment:?}")), "{error}");
        }
    }

    #[test]
    fn only_urls_of_the_origin_below_the_path_are_covered() {
        let endpoint = Endpoint::new("https://graph.microsoft.com/beta/").unwrap();
        for (url, covered) in [
            ("https://graph.microsoft.com/beta/security", true),
            ("https://graph.microsoft.com:443/beta/security", true),
            ("https://graph.microsoft.com/beta", false),
            ("https://graph.microsoft.com/betas/x", false),
            ("https://graph.microsoft.com/beta/../v1.0/me", false),
            ("https://graph.microsoft.com:444/beta/security", false),
            ("http://graph.microsoft.com/beta/security", false),
            ("https://graph.microsoft.com.evil.test/beta/security", false),
            ("https://u@graph.microsoft.com/beta/security", false),
        ] {
            assert_eq!(endpoint.covers(&url.parse().unwrap()), covered, "{url}");
        }
    }
}
