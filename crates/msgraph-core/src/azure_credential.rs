//! Credentials of the Azure SDK.

use std::sync::Arc;
use std::time::SystemTime;

use azure_core::http::HttpClient;

use crate::access_token::AccessToken;
use crate::credential::{CredentialError, TokenCredential, TokenFuture, TokenRequest};
use crate::error::Error;
use crate::transport::Proxies;

/// Tokens from a credential of `azure_identity`, or any other that implements `azure_core`'s trait.
///
/// `azure_core` cannot pass on the claims of a claims challenge: they are ignored, and the call ends with the
/// service's 401, with the claims in it.
#[derive(Clone, Debug)]
pub struct AzureCredential(Arc<dyn azure_core::credentials::TokenCredential>);

impl AzureCredential {
    /// Returns a credential that gets its tokens from `credential`.
    pub fn new(credential: Arc<dyn azure_core::credentials::TokenCredential>) -> Self {
        Self(credential)
    }

    /// Returns an HTTP client for the options of such a credential, with the TLS and the roots of this crate, so that
    /// no second TLS library is built. It also allows http.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if TLS cannot be set up.
    pub fn http_client() -> Result<Arc<dyn HttpClient>, Error> {
        Ok(Arc::new(crate::transport::plain_http_client(Proxies::System)?))
    }

    /// Returns an HTTP client as [`http_client`](Self::http_client) does, that never uses a proxy: for managed
    /// identity, whose endpoint is on this machine or link-local and is reached by http, so that a proxy would read the
    /// identity header and the token.
    ///
    /// # Errors
    ///
    /// As [`http_client`](Self::http_client).
    pub fn http_client_without_proxy() -> Result<Arc<dyn HttpClient>, Error> {
        Ok(Arc::new(crate::transport::plain_http_client(Proxies::None)?))
    }
}

impl TokenCredential for AzureCredential {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        Box::pin(async move {
            let token =
                self.0.get_token(&[&request.scope], None).await.map_err(|error| {
                    CredentialError::new("the Azure credential returned no token").with_source(error)
                })?;
            let expires_at = SystemTime::from(token.expires_on);
            let secret = token.token.secret().to_owned();
            let token = AccessToken::new(secret).map_err(|error| {
                CredentialError::new(format!("the token of the Azure credential is not usable: {error}"))
            })?;
            Ok(token.with_expiry(expires_at))
        })
    }
}
