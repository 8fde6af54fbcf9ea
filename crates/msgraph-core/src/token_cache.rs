//! The token of a client: got once for however many requests, and again shortly before it expires.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use crate::{AccessToken, CredentialError, TokenCredential, TokenRequest};

/// A token is renewed when it has less than this left.
const MARGIN: Duration = Duration::from_secs(300);

pub(crate) struct TokenCache {
    credential: Arc<dyn TokenCredential>,
    kept: Mutex<Option<Kept>>,
    // Held while the credential is asked. Dropping the one who asks lets the next one ask.
    asking: tokio::sync::Mutex<()>,
}

/// A token as it is sent.
#[derive(Clone)]
struct Kept {
    header: HeaderValue,
    renew_at: SystemTime,
}

impl TokenCache {
    pub(crate) fn new(credential: Arc<dyn TokenCredential>) -> Self {
        Self { credential, kept: Mutex::new(None), asking: tokio::sync::Mutex::new(()) }
    }

    /// The value of the `Authorization` header.
    pub(crate) async fn authorization(&self) -> Result<HeaderValue, CredentialError> {
        if let Some(header) = self.kept() {
            return Ok(header);
        }
        let _asking = self.asking.lock().await;
        // Someone else may have got it in the meantime.
        match self.kept() {
            Some(header) => Ok(header),
            None => self.ask(TokenRequest::default()).await,
        }
    }

    /// A value other than `refused`, which the service has answered with 401; `claims` are those that
    /// it wants. `None` where the credential has no other.
    pub(crate) async fn instead_of(
        &self,
        refused: &HeaderValue,
        claims: Option<String>,
    ) -> Result<Option<HeaderValue>, CredentialError> {
        let _asking = self.asking.lock().await;
        let fresh = match self.kept() {
            Some(header) if header != refused => header,
            _ => {
                self.keep(None);
                self.ask(TokenRequest { claims, ..TokenRequest::default() }).await?
            }
        };
        Ok((fresh != refused).then_some(fresh))
    }

    async fn ask(&self, request: TokenRequest) -> Result<HeaderValue, CredentialError> {
        let token = self.credential.access_token(request).await?;
        let header = token.header();
        self.keep(renew_at(&token, SystemTime::now()).map(|renew_at| Kept { header: header.clone(), renew_at }));
        Ok(header)
    }

    fn kept(&self) -> Option<HeaderValue> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| SystemTime::now() < kept.renew_at).map(|kept| kept.header.clone())
    }

    fn keep(&self, kept: Option<Kept>) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}

/// When a token is to be renewed; `None` for one that is not to be kept, since nobody said how long it
/// is valid. A token that is short-lived from the start is used for half its time.
fn renew_at(token: &AccessToken, now: SystemTime) -> Option<SystemTime> {
    let expires_at = token.expires_at()?;
    let left = expires_at.duration_since(now).unwrap_or_default();
    expires_at.checked_sub(MARGIN.min(left / 2))
}

#[cfg(test)]
mod tests;
