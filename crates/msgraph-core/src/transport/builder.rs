//! How a transport is set up.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;

use super::{Shared, Transport};
use crate::{Endpoint, Error, ErrorKind, TokenCredential};

/// The settings of a [`Transport`].
#[must_use = "a builder does nothing until `build`"]
pub struct TransportBuilder {
    endpoint: Endpoint,
    credential: Arc<dyn TokenCredential>,
    user_agent: String,
    connect_timeout: Duration,
    timeout: Duration,
    max_body_bytes: usize,
}

impl TransportBuilder {
    pub(super) fn new(endpoint: Endpoint, credential: Arc<dyn TokenCredential>) -> Self {
        Self {
            endpoint,
            credential,
            user_agent: concat!("msgraph-core/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(100),
            max_body_bytes: 8 * 1024 * 1024,
        }
    }

    /// Puts a product, such as `my-tool/1.0`, before this crate's in the `User-Agent` header
    /// ([RFC 9110, section 10.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5)).
    pub fn user_agent(mut self, product: &str) -> Self {
        self.user_agent = format!("{product} {}", self.user_agent);
        self
    }

    /// How long making a connection may take. 10 seconds unless set.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long a request may take, from its start to the last byte of the answer. 100 seconds
    /// unless set.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Builds the transport. Opens no connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] where the user agent can't be a header, or TLS can't be set up.
    pub fn build(self) -> Result<Transport, Error> {
        let http = self.http_client()?;
        let Self { endpoint, credential, max_body_bytes, .. } = self;
        Ok(Transport(Arc::new(Shared { http, endpoint, credential, max_body_bytes })))
    }

    fn http_client(&self) -> Result<reqwest::Client, Error> {
        let builder = reqwest::Client::builder()
            .user_agent(&self.user_agent)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            // A redirect could lead a token elsewhere, and a write to a second run.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Another crate of the caller's may have turned these on in reqwest.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd();
        let builder = match self.endpoint.is_loopback_http() {
            true => on_loopback(with_tls(builder, Tls::Unused)?),
            false => with_tls(builder, Tls::Required)?.https_only(true),
        };
        builder.build().map_err(not_configured)
    }
}

/// Whether a client makes TLS connections; reqwest wants TLS configured in either case.
enum Tls {
    Required,
    Unused,
}

/// Loopback http goes to this machine alone: past every proxy, and past every resolver.
fn on_loopback(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    let addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    builder.no_proxy().resolve_to_addrs("localhost", &addresses)
}

#[cfg(feature = "rustls")]
fn with_tls(builder: reqwest::ClientBuilder, tls: Tls) -> Result<reqwest::ClientBuilder, Error> {
    let config = match tls {
        Tls::Required => super::tls::with_system_roots(),
        Tls::Unused => super::tls::without_roots(),
    };
    Ok(builder.tls_backend_preconfigured(config.map_err(not_configured)?))
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(builder: reqwest::ClientBuilder, _: Tls) -> Result<reqwest::ClientBuilder, Error> {
    Ok(builder.tls_backend_native())
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(builder: reqwest::ClientBuilder, tls: Tls) -> Result<reqwest::ClientBuilder, Error> {
    let message = "https needs the feature `rustls` or `native-tls`, and this build has neither";
    match tls {
        Tls::Required => Err(Error::new(ErrorKind::Configuration, message)),
        Tls::Unused => Ok(builder),
    }
}

fn not_configured(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Configuration, "the HTTP client can't be set up").with_source(error)
}
