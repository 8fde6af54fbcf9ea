//! The HTTP clients of a transport: one that keeps its connections, and is replaced when one of them is of no use, and
//! one that keeps none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use reqwest::Client;

use super::http_client::{Pool, Settings, TlsConfig};
use crate::error::Error;

pub(super) struct HttpClients {
    settings: Settings,
    tls: TlsConfig,
    current: RwLock<Generation>,
    /// For the attempt after a 503: its connections are never kept.
    without_pool: OnceLock<Client>,
}

/// A client that keeps its connections. Requests under way keep the client that they began with.
#[derive(Clone)]
pub(super) struct Generation {
    number: u64,
    pub(super) client: Client,
    has_responded: Arc<AtomicBool>,
}

impl Generation {
    fn new(number: u64, client: Client) -> Self {
        Self { number, client, has_responded: Arc::default() }
    }

    /// Returns true if a request may get a connection that was used before. reqwest does not report whether it did.
    pub(super) fn may_reuse(&self) -> bool {
        self.has_responded.load(Ordering::Relaxed)
    }

    /// Notes that a connection of this client has had a response.
    pub(super) fn responded(&self) {
        // All requests share it, and most find it set.
        if !self.may_reuse() {
            self.has_responded.store(true, Ordering::Relaxed);
        }
    }
}

impl HttpClients {
    pub(super) fn new(settings: Settings) -> Result<Self, Error> {
        let tls = settings.tls()?;
        let current = RwLock::new(Generation::new(0, settings.client(Pool::Kept, &tls)?));
        Ok(Self { settings, tls, current, without_pool: OnceLock::new() })
    }

    pub(super) fn current(&self) -> Generation {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has later requests make new connections. Of any number of requests with one generation the first replaces it.
    pub(super) fn retire(&self, generation: &Generation) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // It was built before with the same settings: if that fails now, the old client is all there is.
        if current.number == generation.number
            && let Ok(client) = self.settings.client(Pool::Kept, &self.tls)
        {
            *current = Generation::new(current.number + 1, client);
        }
    }

    /// Returns a client whose connections are all new.
    pub(super) fn without_pool(&self) -> Result<&Client, Error> {
        if let Some(client) = self.without_pool.get() {
            return Ok(client);
        }
        let client = self.settings.client(Pool::None, &self.tls)?;
        Ok(self.without_pool.get_or_init(|| client))
    }
}

#[cfg(test)]
mod tests {
    use super::{HttpClients, Settings};

    #[test]
    fn any_number_of_failures_of_one_generation_replace_it_once() {
        let clients = HttpClients::new(Settings { loopback_http: true, ..Settings::default() }).unwrap();
        let first = clients.current();
        for _ in 0..100 {
            clients.retire(&first);
        }
        assert_eq!(clients.current().number, 1);
        clients.retire(&clients.current());
        assert_eq!(clients.current().number, 2);
    }
}
