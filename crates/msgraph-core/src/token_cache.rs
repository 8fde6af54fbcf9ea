//! Caches the token of a client, and refreshes it shortly before it expires.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use crate::access_token::AccessToken;
use crate::credential::{CredentialError, TokenCredential, TokenRequest};

/// A token is refreshed if its remaining lifetime is shorter.
const MARGIN: Duration = Duration::from_secs(300);

pub(crate) struct TokenCache {
    credential: Arc<dyn TokenCredential>,
    last: Mutex<Last>,
    // Locked while a token is fetched. If that task is dropped, the next one fetches.
    fetching: tokio::sync::Mutex<()>,
}

/// The last token of the credential.
#[derive(Default)]
struct Last {
    /// The number of tokens so far.
    number: u64,
    header: Option<HeaderValue>,
    reuse: Reuse,
}

/// For how long a token is reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reuse {
    /// Only by the tasks that wait for it: its expiry is unknown.
    #[default]
    Never,
    /// Until a point in time.
    Until(SystemTime),
    /// Until it is rejected.
    Always,
}

impl Last {
    fn valid(&self) -> Option<HeaderValue> {
        let is_valid = match self.reuse {
            Reuse::Never => false,
            Reuse::Until(renew_at) => SystemTime::now() < renew_at,
            Reuse::Always => true,
        };
        self.header.clone().filter(|_| is_valid)
    }
}

impl TokenCache {
    pub(crate) fn new(credential: Arc<dyn TokenCredential>) -> Self {
        Self { credential, last: Mutex::default(), fetching: tokio::sync::Mutex::new(()) }
    }

    /// Returns the value of the `Authorization` header, if one can be used without fetching a token.
    pub(crate) fn valid(&self) -> Option<HeaderValue> {
        self.last().valid()
    }

    /// Returns the value of the `Authorization` header.
    pub(crate) async fn authorization(&self) -> Result<HeaderValue, CredentialError> {
        let number = {
            let last = self.last();
            if let Some(header) = last.valid() {
                return Ok(header);
            }
            last.number
        };
        let _fetching = self.fetching.lock().await;
        // Another task has fetched a token while this one waited.
        let fetched = {
            let last = self.last();
            last.valid().or_else(|| last.header.clone().filter(|_| last.number > number))
        };
        match fetched {
            Some(header) => Ok(header),
            None => self.fetch(TokenRequest::default()).await,
        }
    }

    /// Returns another value after a 401 for `rejected`; `claims` are those that the service requires. `None` if the
    /// credential has no other.
    pub(crate) async fn refresh(
        &self,
        rejected: &HeaderValue,
        claims: Option<String>,
    ) -> Result<Option<HeaderValue>, CredentialError> {
        let _fetching = self.fetching.lock().await;
        let other = self.last().valid().filter(|header| header != rejected);
        let fresh = match other {
            Some(header) => header,
            None => {
                self.last().reuse = Reuse::Never;
                self.fetch(TokenRequest { claims, ..TokenRequest::default() }).await?
            }
        };
        Ok((fresh != rejected).then_some(fresh))
    }

    async fn fetch(&self, request: TokenRequest) -> Result<HeaderValue, CredentialError> {
        let token = self.credential.access_token(request).await?;
        let header = token.header();
        let mut last = self.last();
        last.number += 1;
        last.header = Some(header.clone());
        last.reuse = reuse(&token, self.credential.is_static(), SystemTime::now());
        Ok(header)
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the time to refresh a token; a short-lived one is used for half of its lifetime.
fn reuse(token: &AccessToken, is_static: bool, now: SystemTime) -> Reuse {
    let Some(expires_at) = token.expires_at() else {
        return if is_static { Reuse::Always } else { Reuse::Never };
    };
    let left = expires_at.duration_since(now).unwrap_or_default();
    expires_at.checked_sub(MARGIN.min(left / 2)).map_or(Reuse::Never, Reuse::Until)
}

#[cfg(test)]
mod tests;
