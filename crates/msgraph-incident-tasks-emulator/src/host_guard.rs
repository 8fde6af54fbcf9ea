//! Protects the emulator from web pages: requests to a foreign host name (DNS rebinding), and writes from another
//! origin.

use std::net::IpAddr;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method};

/// The hosts and origins that the settings allow.
#[derive(Default)]
pub(crate) struct HostGuard {
    /// In lower case.
    pub(crate) hosts: Vec<String>,
    /// As browsers send them; `*` for all.
    pub(crate) origins: Vec<String>,
}

impl HostGuard {
    /// Checks the host and the origin of a request that arrived at a local address. Returns the message of a 403.
    pub(crate) fn check(&self, request: &Parts, local: IpAddr) -> Result<(), String> {
        let authority = authority(request).ok_or("The request has no valid Host.")?;
        let host = authority.host().trim_end_matches('.').to_lowercase();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_local = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback() || ip == local);
        if !is_local && !self.hosts.contains(&host) {
            return Err(format!("The host {host} is not allowed; to allow it: --allow-host {host}"));
        }
        let is_write = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method);
        if is_write && request.uri.path().starts_with("/emulator") && self.is_foreign(request, authority.as_str()) {
            return Err("A page of another origin must not call the emulator; to allow it: --allow-origin".to_owned());
        }
        Ok(())
    }

    fn is_foreign(&self, request: &Parts, authority: &str) -> bool {
        let Some(origin) = request.headers.get(ORIGIN) else {
            // Browsers that send no Origin send this.
            let site = request.headers.get("sec-fetch-site");
            return site.is_some_and(|site| site == "cross-site" || site == "same-site");
        };
        let own = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        let is_own = own.is_some_and(|(_, host)| host.eq_ignore_ascii_case(authority));
        !is_own && self.allowed_origin(&request.headers).is_none()
    }

    fn allowed_origin<'a>(&self, request: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = request.get(ORIGIN)?;
        self.origins.iter().any(|allowed| allowed == "*" || *origin == **allowed).then_some(origin)
    }

    /// Returns the CORS headers of a response; none unless the origin is allowed.
    pub(crate) fn cors(&self, request: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Some(origin) = self.allowed_origin(request) else { return headers };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(VARY, HeaderValue::from_static("origin"));
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("request-id, client-request-id, retry-after"),
        );
        if request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PATCH, PUT, DELETE"));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
            if let Some(requested) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
            }
        }
        headers
    }
}

/// Returns the host and port that a request names: HTTP/2 has them in the URI.
fn authority(request: &Parts) -> Option<Authority> {
    let mut headers = request.headers.get_all(HOST).iter();
    match (headers.next(), headers.next()) {
        (Some(host), None) => host.to_str().ok().filter(|host| !host.contains('@'))?.parse().ok(),
        (None, _) => request.uri.authority().cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Request};

    use super::HostGuard;

    fn check(guard: &HostGuard, method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/emulator/faults");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        guard.check(&request.body(()).unwrap().into_parts().0, [192, 168, 1, 2].into()).is_ok()
    }

    #[test]
    fn only_local_and_allowed_hosts_are_accepted() {
        let guard = HostGuard { hosts: vec!["emulator.test".to_owned()], origins: Vec::new() };
        for host in
            ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:80", "192.168.1.2", "emulator.test:9"]
        {
            assert!(check(&guard, "GET", &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "192.168.1.3",
            "127.0.0.1.nip.io",
            "0.0.0.0",
            "",
            "a b",
            "evil@localhost",
        ] {
            assert!(!check(&guard, "GET", &[("host", host)]), "{host}");
        }
        assert!(!check(&guard, "GET", &[("host", "localhost"), ("host", "evil.example")]));
        assert!(!check(&guard, "GET", &[]));
    }

    #[test]
    fn a_page_of_another_origin_cannot_write() {
        let guard = HostGuard { hosts: Vec::new(), origins: vec!["http://app.test".to_owned()] };
        let host = ("host", "localhost:8080");
        assert!(check(&guard, "POST", &[host]));
        assert!(check(&guard, "POST", &[host, ("origin", "http://localhost:8080")]));
        assert!(check(&guard, "POST", &[host, ("origin", "http://app.test")]));
        for origin in ["http://evil.example", "null", "http://localhost:3000", "http://localhost:8080.evil.example"] {
            assert!(!check(&guard, "DELETE", &[host, ("origin", origin)]), "{origin}");
            assert!(check(&guard, "GET", &[host, ("origin", origin)]), "{origin}");
        }
        assert!(!check(&guard, "POST", &[host, ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn cors_is_off_except_for_allowed_origins() {
        let headers = |origin: &'static str| HeaderMap::from_iter([(http::header::ORIGIN, origin.parse().unwrap())]);
        let guard = HostGuard { hosts: Vec::new(), origins: vec!["http://app.test".to_owned()] };
        assert!(guard.cors(&headers("http://evil.example")).is_empty());
        assert_eq!(guard.cors(&headers("http://app.test"))["access-control-allow-origin"], "http://app.test");
        assert!(HostGuard::default().cors(&headers("http://app.test")).is_empty());
    }
}
