//! The credential of a run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use msgraph_incident_tasks::{AccessToken, CredentialError, TokenCredential, TokenFuture, TokenRequest};

use crate::failure::Failure;
use crate::text::eprint_line;

/// A sign-in that takes longer is reported.
const LONG_SIGN_IN: Duration = Duration::from_secs(2);

/// A credential, where its tokens come from, and whether it has given one.
pub(crate) struct SignedIn {
    credential: Arc<dyn TokenCredential>,
    /// Where the tokens come from, for people.
    pub(crate) source: &'static str,
    shows_waits: bool,
    /// A token that was read before the first request.
    prefetched: Mutex<Option<AccessToken>>,
    was_used: AtomicBool,
}

impl SignedIn {
    pub(crate) fn new(credential: Arc<dyn TokenCredential>, source: &'static str, shows_waits: bool) -> Self {
        Self { credential, source, shows_waits, prefetched: Mutex::default(), was_used: AtomicBool::new(false) }
    }

    /// Returns an access token, which the first request will use too.
    pub(crate) async fn token(&self) -> Result<AccessToken, Failure> {
        let token = self.fetch(TokenRequest::default()).await.map_err(|error| Failure::SignIn {
            message: "there is no access token".to_owned(),
            source: Some(Box::new(error)),
        })?;
        *self.prefetched.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    /// Returns true if a request may have left: it had a token.
    pub(crate) fn was_used(&self) -> bool {
        self.was_used.load(Ordering::Relaxed)
    }

    async fn fetch(&self, request: TokenRequest) -> Result<AccessToken, CredentialError> {
        let mut token = self.credential.access_token(request);
        if self.shows_waits {
            tokio::select! {
                token = &mut token => return token,
                () = tokio::time::sleep(LONG_SIGN_IN) => {
                    eprint_line(&format!("waiting for an access token from {}", self.source));
                }
            }
        }
        token.await
    }
}

impl TokenCredential for SignedIn {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        Box::pin(async move {
            let prefetched = self.prefetched.lock().unwrap_or_else(PoisonError::into_inner).take();
            let token = match prefetched.filter(|_| request.claims.is_none()) {
                Some(token) => token,
                None => self.fetch(request).await?,
            };
            self.was_used.store(true, Ordering::Relaxed);
            Ok(token)
        })
    }

    fn is_static(&self) -> bool {
        self.credential.is_static()
    }
}
