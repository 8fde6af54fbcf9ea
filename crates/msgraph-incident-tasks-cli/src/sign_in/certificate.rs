//! An application's certificate: its key signs an assertion, see [Certificate
//! credentials](https://learn.microsoft.com/entra/identity-platform/certificate-credentials). The Azure SDK has this by
//! OpenSSL only.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

const LIFETIME: Duration = Duration::from_secs(600);

/// Assertions of one application for one authority.
pub(super) struct CertificateAssertion {
    key: RsaKeyPair,
    /// The SHA-1 of the certificate, by which the authority finds it.
    thumbprint: String,
    client_id: String,
    audience: String,
}

impl CertificateAssertion {
    /// Takes a certificate and its RSA key from a PEM text.
    ///
    /// # Errors
    ///
    /// The reason that it has none that is usable, without its text.
    pub(super) fn new(pem: &[u8], client_id: &str, audience: String) -> Result<Self, String> {
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| "has no certificate in PEM")?;
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            "has no private key in PEM without a password; to convert a PFX: openssl pkcs12 -in x.pfx -nodes -out x.pem"
        })?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err("has a key that is not RSA".to_owned()),
        };
        let key = key.map_err(|error| format!("has a key that is not usable for RS256: {error}"))?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate));
        Ok(Self { key, thumbprint, client_id: client_id.to_owned(), audience })
    }

    /// Returns an assertion ([RFC 7523](https://www.rfc-editor.org/rfc/rfc7523#section-3)) that is valid from a time on.
    fn sign(&self, now: Duration) -> Result<String, ring::error::Unspecified> {
        let random = SystemRandom::new();
        let mut id = [0; 16];
        random.fill(&mut id)?;
        let header = json!({ "alg": "RS256", "typ": "JWT", "x5t": self.thumbprint });
        let claims = json!({
            "aud": self.audience,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": URL_SAFE_NO_PAD.encode(id),
            "nbf": now.as_secs(),
            "exp": (now + LIFETIME).as_secs(),
        });
        let encode = |part: serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[async_trait::async_trait]
impl ClientAssertion for CertificateAssertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.sign(now).map_err(|_| Error::with_message(ErrorKind::Credential, "the assertion cannot be signed"))
    }
}

impl fmt::Debug for CertificateAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAssertion").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    use super::CertificateAssertion;

    /// Made by `openssl req -x509 -newkey rsa:2048 -nodes`; used nowhere.
    const PEM: &str = include_str!("test_certificate.pem");

    #[test]
    fn an_assertion_is_signed_by_the_key_of_the_certificate() {
        let assertion = CertificateAssertion::new(PEM.as_bytes(), "c-1", "https://a.test".to_owned()).unwrap();
        let token = assertion.sign(Duration::from_secs(1000)).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, assertion.key.public_key());
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let part = |index: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').nth(index).unwrap()).unwrap()).unwrap()
        };
        // By `openssl x509 -fingerprint -sha1`.
        assert_eq!((&part(0)["alg"], &part(0)["x5t"]), (&"RS256".into(), &"xFsPWKgmZ7Ev_TBQeKUzCixGXzY".into()));
        assert_eq!(
            (&part(1)["aud"], &part(1)["iss"], &part(1)["exp"]),
            (&"https://a.test".into(), &"c-1".into(), &1600.into())
        );
    }

    #[test]
    fn a_file_without_a_usable_certificate_and_key_is_an_error() {
        let (key, certificate) = PEM.split_once("-----BEGIN CERTIFICATE").unwrap();
        let certificate = format!("-----BEGIN CERTIFICATE{certificate}");
        let encrypted = PEM.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let elliptic = PEM.replace("PRIVATE KEY", "EC PRIVATE KEY");
        for pem in ["", key, certificate.as_str(), encrypted.as_str(), elliptic.as_str(), "\u{1}\u{2}"] {
            let error = CertificateAssertion::new(pem.as_bytes(), "c-1", String::new()).unwrap_err();
            assert!(error.starts_with("has ") && error.len() < 120, "{error}");
        }
    }
}
