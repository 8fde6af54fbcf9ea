//! The HTTP client: no redirects, no retries, no decompression, and TLS that depends on no
//! process-wide setting.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Proxy, redirect};

use crate::error::{Error, ErrorKind};

/// A connection by HTTP/2 is asked for a sign of life after this long without one, and closed if there is none: together
/// less than an attempt may take.
const PING_INTERVAL: Duration = Duration::from_secs(15);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The settings of an HTTP client.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) loopback_http: bool,
    pub(super) user_agent: String,
    pub(super) connect_timeout: Duration,
    pub(super) proxy: Option<String>,
    /// Certificates in PEM, trusted in addition to the others.
    pub(super) root_certificates: Vec<Vec<u8>>,
}

/// Whether a client keeps connections for later requests.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Pool {
    Kept,
    None,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loopback_http: false,
            user_agent: concat!("msgraph-core/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            proxy: None,
            root_certificates: Vec::new(),
        }
    }
}

impl Settings {
    /// Returns the TLS of each client with these settings.
    pub(super) fn tls(&self) -> Result<TlsConfig, Error> {
        if self.loopback_http { tls(&[], Tls::Unused) } else { tls(&self.root_certificates, Tls::Required) }
    }

    pub(super) fn client(&self, pool: Pool, tls: &TlsConfig) -> Result<Client, Error> {
        let mut builder = with_tls(Client::builder(), tls)
            .user_agent(&self.user_agent)
            .connect_timeout(self.connect_timeout)
            // A redirect could send the token to another host, or a write twice.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .http2_keep_alive_while_idle(true)
            // Another crate may have enabled these features of reqwest.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd();
        if pool == Pool::None {
            builder = builder.pool_max_idle_per_host(0);
        }
        builder = match self.proxy.as_deref() {
            _ if self.loopback_http => on_loopback(builder),
            Some(proxy) => builder.https_only(true).proxy(Proxy::all(proxy).map_err(not_configured)?),
            None => with_proxy_of_environment(builder.https_only(true))?,
        };
        builder.build().map_err(not_configured)
    }
}

/// The proxies that a client uses.
#[cfg(feature = "azure")]
pub(crate) enum Proxies {
    /// Those of the system.
    System,
    None,
}

/// Returns a client for requests without a Graph token: any URL, and no redirects.
#[cfg(feature = "azure")]
pub(crate) fn plain_http_client(proxies: Proxies) -> Result<Client, Error> {
    let Settings { user_agent, connect_timeout, .. } = Settings::default();
    let mut builder = with_tls(Client::builder(), &tls(&[], Tls::Required)?)
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .redirect(redirect::Policy::none());
    builder = match proxies {
        Proxies::System => with_proxy_of_environment(builder)?,
        Proxies::None => builder.no_proxy(),
    };
    builder.build().map_err(not_configured)
}

/// Whether a client makes TLS connections; reqwest requires TLS settings in either case.
enum Tls {
    Required,
    Unused,
}

/// Without one in the environment, macOS and Windows have settings of their own.
fn with_proxy_of_environment(builder: ClientBuilder) -> Result<ClientBuilder, Error> {
    let proxy = super::proxy::from_environment(|name| std::env::var_os(name)).map_err(not_configured)?;
    Ok(match proxy {
        Some(proxy) => builder.no_proxy().proxy(proxy),
        None => builder,
    })
}

/// Connects loopback http directly to this machine, without proxy or resolver.
fn on_loopback(builder: ClientBuilder) -> ClientBuilder {
    let addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    builder.no_proxy().resolve_to_addrs("localhost", &addresses)
}

/// What takes long to make: clients with the same settings share it, and the sessions that can be resumed.
#[cfg(feature = "rustls")]
pub(super) type TlsConfig = rustls::ClientConfig;

#[cfg(feature = "rustls")]
fn tls(root_certificates: &[Vec<u8>], tls: Tls) -> Result<TlsConfig, Error> {
    let config = match tls {
        Tls::Required => super::tls::with_roots(root_certificates),
        Tls::Unused => super::tls::without_roots(),
    };
    config.map_err(not_configured)
}

#[cfg(feature = "rustls")]
fn with_tls(builder: ClientBuilder, config: &TlsConfig) -> ClientBuilder {
    builder.tls_backend_preconfigured(config.clone())
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
pub(super) type TlsConfig = Vec<reqwest::Certificate>;

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn tls(root_certificates: &[Vec<u8>], _: Tls) -> Result<TlsConfig, Error> {
    let mut certificates = Vec::new();
    for pem in root_certificates {
        certificates.extend(reqwest::Certificate::from_pem_bundle(pem).map_err(not_configured)?);
    }
    Ok(certificates)
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(builder: ClientBuilder, config: &TlsConfig) -> ClientBuilder {
    builder.tls_backend_native().tls_certs_merge(config.clone())
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(super) type TlsConfig = ();

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn tls(_: &[Vec<u8>], tls: Tls) -> Result<TlsConfig, Error> {
    let message = "https requires the feature `rustls` or `native-tls`; this build has neither";
    match tls {
        Tls::Required => Err(Error::new(ErrorKind::Configuration, message)),
        Tls::Unused => Ok(()),
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(builder: ClientBuilder, _: &TlsConfig) -> ClientBuilder {
    builder
}

fn not_configured(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Configuration, "cannot set up the HTTP client").with_source(error)
}
