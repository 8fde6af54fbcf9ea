//! When a token is fetched and reused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use super::{Reuse, TokenCache, reuse};
use crate::access_token::AccessToken;
use crate::credential::{FnCredential, StaticToken, TokenCredential, TokenFuture, TokenRequest};

const HOUR: Duration = Duration::from_secs(3600);

/// Returns a cache whose credential numbers its tokens, and takes a few turns to respond.
fn numbered(lifetime: Option<Duration>) -> (Arc<TokenCache>, Arc<AtomicUsize>) {
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetched);
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
    (Arc::new(TokenCache::new(Arc::new(credential))), fetched)
}

#[tokio::test]
async fn any_number_of_tasks_fetch_one_token() {
    for lifetime in [Some(HOUR), None] {
        fetches_once(lifetime).await;
    }
}

/// A token without an expiry is used only by the tasks that wait for it.
async fn fetches_once(lifetime: Option<Duration>) {
    let (cache, fetched) = numbered(lifetime);
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.authorization().await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "Bearer token-0");
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_without_expiry_or_past_it_is_fetched_again() {
    for lifetime in [None, Some(Duration::ZERO)] {
        let (cache, fetched) = numbered(lifetime);
        cache.authorization().await.unwrap();
        cache.authorization().await.unwrap();
        assert_eq!(fetched.load(Ordering::SeqCst), 2, "{lifetime:?}");
    }
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once_for_all_requests() {
    let (cache, fetched) = numbered(Some(HOUR));
    let rejected = cache.authorization().await.unwrap();
    let fresh = cache.refresh(&rejected, Some("claims".to_owned())).await.unwrap().unwrap();
    assert_eq!(fresh, "Bearer token-1claims");
    assert_eq!(cache.refresh(&rejected, None).await.unwrap().unwrap(), fresh);
    assert_eq!(cache.authorization().await.unwrap(), fresh);
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_credential_that_returns_the_same_token_has_no_other() {
    let credential = StaticToken::new("same").unwrap();
    let cache = TokenCache::new(Arc::new(credential));
    let rejected = cache.authorization().await.unwrap();
    assert_eq!(cache.refresh(&rejected, None).await.unwrap(), None);
}

#[tokio::test]
async fn a_static_token_is_fetched_once_and_one_of_a_wrapper_each_time() {
    struct Counting {
        token: StaticToken,
        fetched: Arc<AtomicUsize>,
        is_wrapper: bool,
    }
    impl TokenCredential for Counting {
        fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
            self.fetched.fetch_add(1, Ordering::SeqCst);
            self.token.access_token(request)
        }

        fn is_static(&self) -> bool {
            !self.is_wrapper && self.token.is_static()
        }
    }

    for (is_wrapper, times) in [(false, 1), (true, 3)] {
        let fetched = Arc::new(AtomicUsize::new(0));
        let token = StaticToken::new("only").unwrap();
        let credential: Box<dyn TokenCredential> =
            Box::new(Counting { token, fetched: Arc::clone(&fetched), is_wrapper });
        let cache = TokenCache::new(Arc::new(credential));
        for _ in 0..3 {
            assert_eq!(cache.authorization().await.unwrap(), "Bearer only");
        }
        assert_eq!(fetched.load(Ordering::SeqCst), times);
    }
}

#[tokio::test]
async fn dropping_the_task_that_fetches_lets_the_next_one_fetch() {
    let (cache, fetched) = numbered(Some(HOUR));
    {
        let mut first = Box::pin(cache.authorization());
        let polled = std::future::poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await;
        assert!(polled.is_pending());
    }
    assert_eq!(cache.authorization().await.unwrap(), "Bearer token-1");
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[test]
fn a_token_is_renewed_five_minutes_before_it_expires_or_at_half_of_a_short_life() {
    let now = SystemTime::now();
    let renewed = |lifetime: u64| {
        let token = AccessToken::new("a").unwrap().with_expiry(now + Duration::from_secs(lifetime));
        match reuse(&token, false, now) {
            Reuse::Until(renew_at) => renew_at.duration_since(now).unwrap().as_secs(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(renewed(3600), 3300);
    assert_eq!(renewed(100), 50);
    assert_eq!(renewed(0), 0);
}
