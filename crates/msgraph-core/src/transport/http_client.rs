//! The HTTP client: no redirects, no retries, no decompression, and TLS that depends on no
//! process-wide setting.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::{ClientBuilder, Proxy, redirect};

use crate::error::{Error, ErrorKind};

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
    pub(super) fn client(&self, pool: Pool) -> Result<reqwest::Client, Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(&self.user_agent)
            .connect_timeout(self.connect_timeout)
            // A redirect could send the token to another host, or a write twice.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Another crate of the caller's may have turned these on in reqwest.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd();
        if pool == Pool::None {
            builder = builder.pool_max_idle_per_host(0);
        }
        builder = if self.loopback_http {
            on_loopback(with_tls(builder, &[], Tls::Unused)?)
        } else {
            with_tls(builder, &self.root_certificates, Tls::Required)?.https_only(true)
        };
        if !self.loopback_http {
            builder = match self.proxy.as_deref() {
                Some(proxy) => builder.proxy(Proxy::all(proxy).map_err(not_configured)?),
                None => with_proxy_of_environment(builder)?,
            };
        }
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
pub(crate) fn plain_http_client(proxies: Proxies) -> Result<reqwest::Client, Error> {
    let Settings { user_agent, connect_timeout, .. } = Settings::default();
    let mut builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .redirect(redirect::Policy::none());
    builder = match proxies {
        Proxies::System => with_proxy_of_environment(builder)?,
        Proxies::None => builder.no_proxy(),
    };
    with_tls(builder, &[], Tls::Required)?.build().map_err(not_configured)
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

#[cfg(feature = "rustls")]
fn with_tls(builder: ClientBuilder, root_certificates: &[Vec<u8>], tls: Tls) -> Result<ClientBuilder, Error> {
    let config = match tls {
        Tls::Required => super::tls::with_roots(root_certificates),
        Tls::Unused => super::tls::without_roots(),
    };
    Ok(builder.tls_backend_preconfigured(config.map_err(not_configured)?))
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn with_tls(builder: ClientBuilder, root_certificates: &[Vec<u8>], _: Tls) -> Result<ClientBuilder, Error> {
    let mut certificates = Vec::new();
    for pem in root_certificates {
        certificates.extend(reqwest::Certificate::from_pem_bundle(pem).map_err(not_configured)?);
    }
    Ok(builder.tls_backend_native().tls_certs_merge(certificates))
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(builder: ClientBuilder, _: &[Vec<u8>], tls: Tls) -> Result<ClientBuilder, Error> {
    let message = "https needs the feature `rustls` or `native-tls`, and this build has neither";
    match tls {
        Tls::Required => Err(Error::new(ErrorKind::Configuration, message)),
        Tls::Unused => Ok(builder),
    }
}

fn not_configured(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Configuration, "cannot set up the HTTP client").with_source(error)
}
