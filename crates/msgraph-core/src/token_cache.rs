//! The token of a client: fetched once for any number of requests, and again shortly before it expires.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use crate::access_token::AccessToken;
use crate::credential::{CredentialError, TokenCredential, TokenRequest};

/// A token is renewed when its remaining lifetime is shorter.
const MARGIN: Duration = Duration::from_secs(300);

pub(crate) struct TokenCache {
    credential: Arc<dyn TokenCredential>,
    last: Mutex<Last>,
    // Held while a token is fetched. Dropping the task that fetches lets the next one fetch.
    fetching: tokio::sync::Mutex<()>,
}

/// The last token that the credential gave.
#[derive(Default)]
struct Last {
    /// How many tokens there were.
    number: u64,
    header: Option<HeaderValue>,
    reuse: Reuse,
}

/// How long a token is used without fetching another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reuse {
    /// By those who wait for it only: its expiry is not known.
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
        // A token that another task fetched while this one waited is as fresh as its own would be.
        let fetched = {
            let last = self.last();
            last.valid().or_else(|| last.header.clone().filter(|_| last.number > number))
        };
        match fetched {
            Some(header) => Ok(header),
            None => self.fetch(TokenRequest::default()).await,
        }
    }

    /// Returns a value other than `rejected`, for which the service responded with 401; `claims` are those that
    /// it requires. `None` if the credential has no other.
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

/// A token that is short-lived from the start is used for half of its lifetime.
fn reuse(token: &AccessToken, is_static: bool, now: SystemTime) -> Reuse {
    let Some(expires_at) = token.expires_at() else {
        return if is_static { Reuse::Always } else { Reuse::Never };
    };
    let left = expires_at.duration_since(now).unwrap_or_default();
    expires_at.checked_sub(MARGIN.min(left / 2)).map_or(Reuse::Never, Reuse::Until)
}

#[cfg(test)]
mod tests;
