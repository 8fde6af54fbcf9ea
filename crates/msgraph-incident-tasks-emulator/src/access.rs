//! The accepted bearer tokens and their roles.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The accepted tokens with their roles; a token without roles may call each operation. Default: any token.
#[derive(Default)]
pub(crate) struct Access(BTreeMap<String, Vec<String>>);

/// The reason for which a request is rejected.
#[derive(Debug, PartialEq)]
pub(crate) enum Denied {
    /// The message of a 401.
    Unauthorized(&'static str),
    Forbidden,
}

impl Access {
    pub(crate) fn accept(&mut self, token: String, roles: Vec<String>) {
        self.0.insert(token, roles);
    }

    /// Returns the roles of all tokens.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        self.0.values().flatten().map(String::as_str)
    }

    /// Checks the token of a request to an operation that requires one of these roles.
    pub(crate) fn check(&self, headers: &HeaderMap, required: &[&str]) -> Result<(), Denied> {
        let token = bearer_token(headers).ok_or(Denied::Unauthorized("Access token is empty."))?;
        if self.0.is_empty() {
            return Ok(());
        }
        let roles = self.0.get(token).ok_or(Denied::Unauthorized("Access token validation failure."))?;
        let is_allowed =
            roles.is_empty() || required.is_empty() || roles.iter().any(|role| required.contains(&&**role));
        if is_allowed { Ok(()) } else { Err(Denied::Forbidden) }
    }
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
