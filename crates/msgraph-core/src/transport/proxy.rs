//! The proxy of https requests, from the environment.

use std::ffi::OsString;

use reqwest::{NoProxy, Proxy, Url};

/// The variables, the first of which that is not empty is used.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Returns the proxy that the environment names for https.
///
/// # Errors
///
/// If its URL is not usable: a direct connection in its place could pass what the proxy is to see. The message does not
/// have the URL, which may have a password.
pub(super) fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Proxy>, String> {
    let first = |names: &[&'static str]| {
        names.iter().find_map(|name| Some((*name, variable(name).filter(|value| !value.is_empty())?)))
    };
    let Some((name, value)) = first(&VARIABLES) else { return Ok(None) };
    let invalid =
        || format!("invalid proxy URL in {name}: must be like http://host:8080; schemes: {}", SCHEMES.join(", "));
    let url = value.to_str().and_then(proxy_url).ok_or_else(invalid)?;
    let exceptions = first(&["NO_PROXY", "no_proxy"]).and_then(|(_, list)| list.into_string().ok());
    let proxy = Proxy::all(url).map_err(|_| invalid())?;
    Ok(Some(proxy.no_proxy(exceptions.as_deref().and_then(NoProxy::from_string))))
}

/// Returns the URL of a proxy: its scheme is http if it has none.
fn proxy_url(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = match text.split_once("://") {
        Some(_) => Url::parse(text),
        // Such as `http:/host`, which would be the host `http`.
        None if text.trim_end_matches('/').contains('/') => return None,
        None => Url::parse(&format!("http://{text}")),
    };
    url.ok().filter(|url| SCHEMES.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::from_environment;

    #[test]
    fn a_proxy_variable_is_used_or_an_error_that_does_not_show_it() {
        for (variables, expected) in [
            (&[][..], Ok(false)),
            (&[("HTTPS_PROXY", "")], Ok(false)),
            (&[("HTTP_PROXY", "not a proxy")], Ok(false)),
            (&[("HTTPS_PROXY", ""), ("https_proxy", "http://u:p@host:1")], Ok(true)),
            (&[("ALL_PROXY", "socks5h://host:1")], Ok(true)),
            (&[("ALL_PROXY", "host:1")], Ok(true)),
            (&[("ALL_PROXY", "[::1]:1")], Ok(true)),
            (&[("HTTPS_PROXY", "http://"), ("ALL_PROXY", "http://host")], Err("HTTPS_PROXY")),
            (&[("https_proxy", "ftp://host")], Err("https_proxy")),
            (&[("all_proxy", "http://canary:pass word@ho st")], Err("all_proxy")),
            (&[("HTTPS_PROXY", "http://host:99999")], Err("HTTPS_PROXY")),
            (&[("HTTPS_PROXY", "://host")], Err("HTTPS_PROXY")),
            (&[("HTTPS_PROXY", "http:/canary@")], Err("HTTPS_PROXY")),
        ] {
            let value = |name: &str| Some(variables.iter().find(|(set, _)| *set == name)?.1.into());
            match (from_environment(value), expected) {
                (Ok(proxy), Ok(is_some)) => assert_eq!(proxy.is_some(), is_some, "{variables:?}"),
                (Err(message), Err(name)) => {
                    assert!(message.contains(name) && !message.contains("canary"), "{message}")
                }
                (result, _) => panic!("{variables:?}: {result:?}"),
            }
        }
    }
}
