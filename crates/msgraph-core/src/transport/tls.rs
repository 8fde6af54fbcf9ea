//! TLS by rustls: an explicit provider, and the operating system's roots or bundled ones.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Returns a configuration that trusts the operating system's roots (or the bundled ones, if that feature is on), and
/// the certificates in these PEM texts.
pub(super) fn with_roots(pem_texts: &[Vec<u8>]) -> Result<ClientConfig> {
    let mut extra: Vec<CertificateDer<'static>> = Vec::new();
    for pem in pem_texts {
        let before = extra.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            extra.push(certificate?);
        }
        if extra.len() == before {
            return Err("a root certificate is not in PEM".into());
        }
    }
    let provider = Arc::new(ring::default_provider());
    let mut config = trusting(builder(&provider)?, provider, extra)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Returns a configuration without roots, for a client that makes no TLS connections.
pub(super) fn without_roots() -> Result<ClientConfig> {
    let builder = builder(&Arc::new(ring::default_provider()))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

#[cfg(not(feature = "webpki-roots"))]
fn trusting(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    provider: Arc<CryptoProvider>,
    extra: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig> {
    // An invalid one is an error before a request, not at the first connection.
    extra.iter().try_for_each(|certificate| RootCertStore::empty().add(certificate.clone()))?;
    let verifier = super::platform_verifier::LazyVerifier::new(provider, extra);
    // The platform's verifier is as safe as rustls's own; `dangerous` is the name of the hook that takes any.
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

#[cfg(feature = "webpki-roots")]
fn trusting(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    _: Arc<CryptoProvider>,
    extra: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in extra {
        roots.add(certificate)?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Returns a builder with its own provider, so that no process-wide default is needed or changed.
fn builder(provider: &Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    Ok(ClientConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions()?)
}
