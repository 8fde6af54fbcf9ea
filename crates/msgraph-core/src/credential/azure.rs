//! Credentials of the Azure SDK.

use std::sync::Arc;
use std::time::SystemTime;

use azure_core::http::HttpClient;

use super::{CredentialError, TokenCredential, TokenFuture, TokenRequest};
use crate::{AccessToken, Error};

/// Tokens from a credential of `azure_identity`, or any other that implements `azure_core`'s trait.
///
/// `azure_core` has no way to pass on the claims of a claims challenge: they are ignored, and the
/// service's 401 stands, with the claims in it.
#[derive(Clone, Debug)]
pub struct AzureCredential(Arc<dyn azure_core::credentials::TokenCredential>);

impl AzureCredential {
    /// Asks `credential` for tokens.
    pub fn new(credential: Arc<dyn azure_core::credentials::TokenCredential>) -> Self {
        Self(credential)
    }

    /// An HTTP client for the options of such a credential: the TLS and the roots of this crate, so that no
    /// second TLS library is built. It takes http too, as the metadata service of a virtual machine has no other.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) where TLS can't be set up.
    pub fn http_client() -> Result<Arc<dyn HttpClient>, Error> {
        Ok(Arc::new(crate::transport::plain_http_client()?))
    }
}

impl TokenCredential for AzureCredential {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        Box::pin(async move {
            let token = self
                .0
                .get_token(&[&request.scope], None)
                .await
                .map_err(|error| CredentialError::new("the Azure credential has no token").with_source(error))?;
            let expires_at = SystemTime::from(token.expires_on);
            let secret = token.token.secret().to_owned();
            let taken = AccessToken::new(secret).map_err(|error| CredentialError::new(error.to_string()))?;
            Ok(taken.with_expiry(expires_at))
        })
    }
}
