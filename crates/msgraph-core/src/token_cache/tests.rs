//! When a credential is asked for a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use super::{TokenCache, Validity, validity};
use crate::{AccessToken, FnCredential, StaticToken, TokenCredential, TokenFuture, TokenRequest};

const HOUR: Duration = Duration::from_secs(3600);

/// A cache whose credential numbers its tokens, and takes a few turns to answer.
fn numbered(lifetime: Option<Duration>) -> (Arc<TokenCache>, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let credential = FnCredential::new(move |request| {
        let count = Arc::clone(&count);
        async move {
            let number = count.fetch_add(1, Ordering::SeqCst);
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            let claims = request.claims.unwrap_or_default();
            let token = AccessToken::new(format!("token-{number}{claims}")).unwrap();
            Ok(match lifetime {
                Some(lifetime) => token.with_expiry(SystemTime::now() + lifetime),
                None => token,
            })
        }
    });
    (Arc::new(TokenCache::new(Arc::new(credential))), asked)
}

#[tokio::test]
async fn one_refresh_at_a_time_however_many_tasks_ask() {
    for lifetime in [Some(HOUR), None] {
        asks_once(lifetime).await;
    }
}

/// A token that doesn't say how long it is valid serves those who wait for it, and nobody after them.
async fn asks_once(lifetime: Option<Duration>) {
    let (cache, asked) = numbered(lifetime);
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.authorization().await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "Bearer token-0");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_without_expiry_or_past_it_is_asked_for_anew() {
    for lifetime in [None, Some(Duration::ZERO)] {
        let (cache, asked) = numbered(lifetime);
        cache.authorization().await.unwrap();
        cache.authorization().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2, "{lifetime:?}");
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_who_were_refused() {
    let (cache, asked) = numbered(Some(HOUR));
    let refused = cache.authorization().await.unwrap();
    let fresh = cache.instead_of(&refused, Some("claims".to_owned())).await.unwrap().unwrap();
    assert_eq!(fresh, "Bearer token-1claims");
    assert_eq!(cache.instead_of(&refused, None).await.unwrap().unwrap(), fresh);
    assert_eq!(cache.authorization().await.unwrap(), fresh);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_credential_with_the_same_token_again_has_no_other() {
    let credential = StaticToken::new(AccessToken::new("same").unwrap());
    let cache = TokenCache::new(Arc::new(credential));
    let refused = cache.authorization().await.unwrap();
    assert_eq!(cache.instead_of(&refused, None).await.unwrap(), None);
}

#[tokio::test]
async fn the_only_token_that_there_is_is_asked_for_once_and_one_that_is_handed_on_each_time() {
    struct Counting {
        token: StaticToken,
        asked: Arc<AtomicUsize>,
        hands_on: bool,
    }
    impl TokenCredential for Counting {
        fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.token.access_token(request)
        }

        fn has_one_token(&self) -> bool {
            !self.hands_on && self.token.has_one_token()
        }
    }

    for (hands_on, times) in [(false, 1), (true, 3)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let token = StaticToken::new(AccessToken::new("only").unwrap());
        let credential: Box<dyn TokenCredential> = Box::new(Counting { token, asked: Arc::clone(&asked), hands_on });
        let cache = TokenCache::new(Arc::new(credential));
        for _ in 0..3 {
            assert_eq!(cache.authorization().await.unwrap(), "Bearer only");
        }
        assert_eq!(asked.load(Ordering::SeqCst), times);
    }
}

#[tokio::test]
async fn dropping_the_one_who_asks_lets_the_next_one_ask() {
    let (cache, asked) = numbered(Some(HOUR));
    {
        let mut first = Box::pin(cache.authorization());
        let polled = std::future::poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await;
        assert!(polled.is_pending());
    }
    assert_eq!(cache.authorization().await.unwrap(), "Bearer token-1");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_token_is_renewed_five_minutes_before_it_expires_or_at_half_of_a_short_life() {
    let now = SystemTime::now();
    let renewed = |lifetime: u64| {
        let token = AccessToken::new("a").unwrap().with_expiry(now + Duration::from_secs(lifetime));
        match validity(&token, false, now) {
            Validity::Until(renew_at) => renew_at.duration_since(now).unwrap().as_secs(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(renewed(3600), 3300);
    assert_eq!(renewed(100), 50);
    assert_eq!(renewed(0), 0);
}
