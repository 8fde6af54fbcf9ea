//! The token of a client: got once for however many requests, and again shortly before it expires.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use crate::{AccessToken, CredentialError, TokenCredential, TokenRequest};

/// A token is renewed when it has less than this left.
const MARGIN: Duration = Duration::from_secs(300);

pub(crate) struct TokenCache {
    credential: Arc<dyn TokenCredential>,
    last: Mutex<Last>,
    // Held while the credential is asked. Dropping the one who asks lets the next one ask.
    asking: tokio::sync::Mutex<()>,
}

/// The last token that the credential gave.
#[derive(Default)]
struct Last {
    /// How many tokens there were.
    number: u64,
    header: Option<HeaderValue>,
    validity: Validity,
}

/// How long a token can be used without asking for another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Validity {
    /// By those who wait for it: it doesn't say how long it is valid.
    #[default]
    Now,
    /// Until a point in time.
    Until(SystemTime),
    /// Until it is refused.
    Kept,
}

impl Last {
    fn valid(&self) -> Option<HeaderValue> {
        let is_valid = match self.validity {
            Validity::Now => false,
            Validity::Until(renew_at) => SystemTime::now() < renew_at,
            Validity::Kept => true,
        };
        self.header.clone().filter(|_| is_valid)
    }
}

impl TokenCache {
    pub(crate) fn new(credential: Arc<dyn TokenCredential>) -> Self {
        Self { credential, last: Mutex::default(), asking: tokio::sync::Mutex::new(()) }
    }

    /// The value of the `Authorization` header, where there is one that can be used without asking.
    pub(crate) fn valid(&self) -> Option<HeaderValue> {
        self.last().valid()
    }

    /// The value of the `Authorization` header.
    pub(crate) async fn authorization(&self) -> Result<HeaderValue, CredentialError> {
        let number = {
            let last = self.last();
            if let Some(header) = last.valid() {
                return Ok(header);
            }
            last.number
        };
        let _asking = self.asking.lock().await;
        // What someone else got while this one waited is as fresh as what it would get itself.
        let gotten = {
            let last = self.last();
            last.valid().or_else(|| last.header.clone().filter(|_| last.number > number))
        };
        match gotten {
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
        let other = self.last().valid().filter(|header| header != refused);
        let fresh = match other {
            Some(header) => header,
            None => {
                self.last().validity = Validity::Now;
                self.ask(TokenRequest { claims, ..TokenRequest::default() }).await?
            }
        };
        Ok((fresh != refused).then_some(fresh))
    }

    async fn ask(&self, request: TokenRequest) -> Result<HeaderValue, CredentialError> {
        let token = self.credential.access_token(request).await?;
        let header = token.header();
        let mut last = self.last();
        last.number += 1;
        last.header = Some(header.clone());
        last.validity = validity(&token, self.credential.has_one_token(), SystemTime::now());
        Ok(header)
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of a token that is short-lived from the start half the time is used.
fn validity(token: &AccessToken, is_the_only_one: bool, now: SystemTime) -> Validity {
    let Some(expires_at) = token.expires_at() else {
        return if is_the_only_one { Validity::Kept } else { Validity::Now };
    };
    let left = expires_at.duration_since(now).unwrap_or_default();
    expires_at.checked_sub(MARGIN.min(left / 2)).map_or(Validity::Now, Validity::Until)
}

#[cfg(test)]
mod tests;
