//! The credential of a run: the first source that returns a token.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use msgraph_incident_tasks::{AccessToken, CredentialError, TokenCredential, TokenFuture, TokenRequest};

use crate::failure::Failure;
use crate::text::{eprint_line, one_line};

/// A sign-in that takes longer is reported.
const LONG_SIGN_IN: Duration = Duration::from_secs(2);
/// The default timeout of a source.
const DEADLINE: Duration = Duration::from_secs(30);

/// A source is not asked again for this long if its token has expired: the service, or this machine's clock, will not
/// change its mind.
const EXPIRED_IS_KEPT: Duration = Duration::from_secs(300);

/// A source of tokens.
pub(crate) struct Source {
    /// Its name for people.
    pub(crate) name: &'static str,
    pub(crate) credential: Arc<dyn TokenCredential>,
    /// The advice if the service requires other claims in the token.
    pub(crate) claims_advice: Option<fn(&str) -> String>,
    /// The timeout, if it is not the default.
    pub(crate) deadline: Option<Duration>,
}

impl Source {
    pub(crate) fn new(name: &'static str, credential: impl TokenCredential + 'static) -> Self {
        Self { name, credential: Arc::new(credential), claims_advice: None, deadline: None }
    }
}

/// The sources of a run, and the state of their use.
pub(crate) struct SignedIn {
    sources: Vec<Source>,
    /// The current source: those before it have failed.
    current: AtomicUsize,
    /// Whether long waits and failed sources are reported.
    shows_waits: bool,
    /// A token that was read before the first request.
    prefetched: Mutex<Option<AccessToken>>,
    /// A token that had expired when its source gave it, and when that was.
    expired: Mutex<Option<(AccessToken, Instant)>>,
    was_used: AtomicBool,
    /// The failed sources, with their reasons.
    failed: Mutex<Vec<(&'static str, String)>>,
}

impl SignedIn {
    /// Uses the first of these sources that returns a token.
    pub(crate) fn new(sources: Vec<Source>, shows_waits: bool) -> Self {
        let (current, was_used) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self {
            sources,
            current,
            shows_waits,
            prefetched: Mutex::default(),
            expired: Mutex::default(),
            was_used,
            failed: Mutex::default(),
        }
    }

    /// Returns the name of the source for people.
    pub(crate) fn source(&self) -> &'static str {
        self.sources.get(self.current.load(Ordering::Relaxed)).map_or("none", |source| source.name)
    }

    /// Returns an access token, which the first request also uses.
    pub(crate) async fn token(&self) -> Result<AccessToken, Failure> {
        let token = self.fetch(TokenRequest::default()).await.map_err(|error| Failure::SignIn {
            message: "no access token".to_owned(),
            source: Some(Box::new(error)),
        })?;
        *self.prefetched.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    /// Returns the failed sources before the current one, with their reasons.
    pub(crate) fn failed(&self) -> Vec<(&'static str, String)> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns true if a request may have been sent, since there was a token.
    pub(crate) fn was_used(&self) -> bool {
        self.was_used.load(Ordering::Relaxed)
    }

    async fn fetch(&self, request: TokenRequest) -> Result<AccessToken, CredentialError> {
        let expired = self.expired.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let expired = expired.filter(|(_, asked)| asked.elapsed() < EXPIRED_IS_KEPT && request.claims.is_none());
        if let Some((token, _)) = expired {
            return Ok(token);
        }
        let first = self.current.load(Ordering::Relaxed);
        let mut failed = CredentialError::new("no source of access tokens");
        for (index, source) in self.sources.iter().enumerate().skip(first) {
            self.current.store(index, Ordering::Relaxed);
            match self.fetch_from(source, request.clone()).await {
                Ok(token) => {
                    let has_expired = token.expires_at().is_some_and(|expires_at| expires_at <= SystemTime::now());
                    *self.expired.lock().unwrap_or_else(PoisonError::into_inner) =
                        has_expired.then(|| (token.clone(), Instant::now()));
                    return Ok(token);
                }
                Err(error) => failed = error,
            }
            let Some(next) = self.sources.get(index + 1) else { break };
            let causes = std::iter::successors(std::error::Error::source(&failed), |error| error.source());
            let reason = one_line(&causes.last().map_or_else(|| failed.to_string(), ToString::to_string));
            if self.shows_waits {
                eprint_line(&format!("no access token from {}: {reason}; trying {}", source.name, next.name));
            }
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).push((source.name, reason));
        }
        Err(failed)
    }

    async fn fetch_from(&self, source: &Source, request: TokenRequest) -> Result<AccessToken, CredentialError> {
        if let Some((advice, claims)) = source.claims_advice.zip(request.claims.as_deref()) {
            let advice = advice(claims);
            eprint_line(&advice);
            return Err(CredentialError::new(advice));
        }
        let deadline = source.deadline.unwrap_or(DEADLINE);
        let mut token = std::pin::pin!(tokio::time::timeout(deadline, source.credential.access_token(request)));
        let early = tokio::time::timeout(LONG_SIGN_IN, &mut token).await;
        let token = match early {
            Ok(token) => token,
            Err(_) => {
                // A longer one is for a person, who knows.
                if self.shows_waits && deadline <= DEADLINE {
                    eprint_line(&format!("waiting for an access token from {}", source.name));
                }
                token.await
            }
        };
        token.unwrap_or_else(|_| {
            Err(CredentialError::new(format!("{} returned no token within {} s", source.name, deadline.as_secs())))
        })
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
        let current = self.sources.get(self.current.load(Ordering::Relaxed));
        current.is_some_and(|source| source.credential.is_static())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use msgraph_incident_tasks::{AccessToken, CredentialError, FnCredential, StaticToken};

    use super::{SignedIn, Source};

    fn failing(name: &'static str) -> Source {
        Source::new(name, FnCredential::new(|_| std::future::ready(Err(CredentialError::new("broken")))))
    }

    fn working() -> Source {
        Source::new("works", StaticToken::new("canary.token").unwrap())
    }

    #[tokio::test]
    async fn the_first_source_that_returns_a_token_is_used() {
        let signed_in = SignedIn::new(vec![failing("one"), working(), failing("three")], false);
        assert_eq!(signed_in.token().await.unwrap().secret(), "canary.token");
        assert_eq!(signed_in.source(), "works");
        let signed_in = SignedIn::new(vec![failing("one"), failing("two")], false);
        assert!(signed_in.token().await.unwrap_err().to_string().contains("broken"));
    }

    #[tokio::test]
    async fn a_source_that_hangs_times_out() {
        let hanging = FnCredential::new(|_| std::future::pending::<Result<AccessToken, CredentialError>>());
        let deadline = Some(Duration::from_millis(10));
        let signed_in = SignedIn::new(vec![Source { deadline, ..Source::new("hangs", hanging) }, working()], false);
        assert_eq!(signed_in.token().await.unwrap().secret(), "canary.token");
    }
}
