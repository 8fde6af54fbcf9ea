//! The claims of a claims challenge, in `WWW-Authenticate`.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// Returns the claims that a challenge with `insufficient_claims` requires, in base64 as sent.
pub(crate) fn of_challenge(headers: &HeaderMap) -> Option<String> {
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    challenges.filter(|challenge| parameter(challenge, "error") == Some("insufficient_claims")).find_map(claims)
}

fn claims(challenge: &str) -> Option<String> {
    parameter(challenge, "claims").filter(|claims| !claims.is_empty()).map(str::to_owned)
}

/// Returns the value of a quoted parameter ([RFC 9110, section 11.2](https://www.rfc-editor.org/rfc/rfc9110#section-11.2)).
/// The values of these parameters have no escapes.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    // Every second piece is a quoted value.
    let mut pieces = challenge.split('"');
    loop {
        let before = pieces.next()?;
        let value = pieces.next()?;
        let before = before.trim_end().strip_suffix('=').map(str::trim_end).unwrap_or_default();
        let is_named = before.rsplit([',', ' ', '\t']).next().is_some_and(|last| last.eq_ignore_ascii_case(name));
        if is_named {
            return Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of_challenge;
    use http::{HeaderMap, HeaderValue};

    fn claims(challenges: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append("www-authenticate", HeaderValue::from_bytes(challenge).ok()?);
        }
        of_challenge(&headers)
    }

    #[test]
    fn the_documented_challenge_has_its_claims() {
        let challenge = br#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJh==""#;
        assert_eq!(claims(&[challenge]).as_deref(), Some("eyJh=="));
        assert_eq!(claims(&[b"Negotiate", challenge]).as_deref(), Some("eyJh=="));
    }

    #[test]
    fn another_challenge_has_none() {
        for challenge in [
            &br#"Bearer realm="", error="invalid_token", claims="a""#[..],
            br#"Bearer error="insufficient_claims""#,
            br#"Bearer error="insufficient_claims", claims="""#,
            br#"Bearer realm="error=insufficient_claims, claims=a""#,
            b"Bearer",
            b"",
        ] {
            assert_eq!(claims(&[challenge]), None);
        }
    }

    mod properties {
        use proptest::prelude::*;

        use super::claims;

        proptest! {
            #[test]
            fn any_bytes_are_read_without_a_panic(challenge: Vec<u8>) {
                let _ = claims(&[&challenge]);
            }
        }
    }
}
