//! The claims of an access token. Microsoft documents Graph's tokens as opaque: the claims may change, and no request
//! depends on them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use msgraph_incident_tasks::AccessToken;
use serde_json::{Map, Value};

/// Returns the claims of a token that is a JSON Web Token ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)), not
/// verified; `None` if it is not one.
pub(crate) fn of(token: &AccessToken) -> Option<TokenClaims> {
    let mut parts = token.secret().split('.');
    let (_, payload) = (parts.next()?, parts.next()?);
    let json = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&json).ok().map(TokenClaims)
}

/// See [Access token claims](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
pub(crate) struct TokenClaims(Map<String, Value>);

impl TokenClaims {
    /// Returns the user, or else the application.
    pub(crate) fn identity(&self) -> Option<&str> {
        ["upn", "preferred_username", "unique_name", "name", "app_displayname", "oid"]
            .into_iter()
            .find_map(|name| self.text(name))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Returns when it expires, in seconds since 1970.
    pub(crate) fn expires_at(&self) -> Option<i64> {
        self.0.get("exp")?.as_i64()
    }

    /// Returns an application's permissions.
    pub(crate) fn roles(&self) -> Vec<&str> {
        self.texts("roles")
    }

    /// Returns the IDs of a user's directory roles.
    pub(crate) fn directory_roles(&self) -> Vec<&str> {
        self.texts("wids")
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Returns a user's delegated permissions.
    pub(crate) fn scopes(&self) -> Vec<&str> {
        self.text("scp").into_iter().flat_map(str::split_whitespace).collect()
    }

    /// Returns true if it is for Microsoft Graph in the global service.
    pub(crate) fn is_for_graph(&self) -> bool {
        const GRAPH: [&str; 2] = ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"];
        self.text("aud").is_some_and(|audience| GRAPH.contains(&audience.trim_end_matches('/')))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use msgraph_incident_tasks::AccessToken;

    fn token(claims: &str) -> AccessToken {
        AccessToken::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))).unwrap()
    }

    #[test]
    fn claims_are_read_and_an_opaque_token_has_none() {
        let claims = super::of(&token(
            r#"{"aud":"https://graph.microsoft.com/","upn":"a@b.test","exp":7,"roles":["A.B"],"scp":"c d","tid":"t"}"#,
        ))
        .unwrap();
        assert_eq!((claims.identity(), claims.expires_at()), (Some("a@b.test"), Some(7)));
        assert_eq!((claims.roles(), claims.scopes()), (vec!["A.B"], vec!["c", "d"]));
        assert!(claims.is_for_graph());
        assert!(!super::of(&token(r#"{"aud":"https://management.azure.com"}"#)).unwrap().is_for_graph());
        for opaque in ["none", "a.b", "a.b.c", "..", "a.W10.c"] {
            assert!(super::of(&AccessToken::new(opaque).unwrap()).is_none(), "{opaque}");
        }
    }
}
