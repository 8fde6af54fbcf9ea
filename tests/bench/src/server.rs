//! A minimal server, in a separate process.

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::implementations::Target;
use crate::{Error, measure, payloads, print_line};

/// A server in another process.
pub struct Server {
    process: Child,
    /// Its address.
    pub target: Target,
}

impl Server {
    /// Starts a server, with or without TLS, that delays each response by this many milliseconds.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(tls: bool, delay: u64) -> Result<Self, Error> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", if tls { "tls" } else { "http" }, &delay.to_string()]).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("the server printed nothing")?).lines();
        let mut line = || lines.next().ok_or("the server has ended");
        let url = line()??;
        let ca: String = serde_json::from_str(&line()??)?;
        Ok(Self { process, target: Target { url, ca: (!ca.is_empty()).then_some(ca) } })
    }

    /// Returns its CPU time, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        measure::cpu_seconds_of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until it is killed. Prints its endpoint, and as a JSON string the certificate to trust.
///
/// # Errors
///
/// If it cannot listen.
pub async fn serve(tls: bool, delay: u64) -> Result<(), Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let acceptor = tls.then(acceptor).transpose()?;
    let (scheme, host) = if tls { ("https", "localhost") } else { ("http", "127.0.0.1") };
    print_line(&format!("{scheme}://{host}:{port}/beta"));
    print_line(&serde_json::to_string(acceptor.as_ref().map_or("", |(_, pem)| pem))?);
    loop {
        let (connection, _) = listener.accept().await?;
        connection.set_nodelay(true)?;
        let acceptor = acceptor.as_ref().map(|(acceptor, _)| acceptor.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| response(request, Duration::from_millis(delay)));
            let builder = Builder::new(TokioExecutor::new());
            // Errors of a connection are the client's.
            let _ = match acceptor {
                None => builder.serve_connection(TokioIo::new(connection), service).await,
                Some(acceptor) => match acceptor.accept(connection).await {
                    Ok(connection) => builder.serve_connection(TokioIo::new(connection), service).await,
                    Err(_) => Ok(()),
                },
            };
        });
    }
}

async fn response(request: Request<Incoming>, delay: Duration) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let bytes = match (parts.method, parts.uri.path().ends_with("$batch")) {
        (Method::POST, true) => Bytes::from(batch(&body)),
        _ => Bytes::from_static(payloads::TASK.as_bytes()),
    };
    let response = Response::builder().header("content-type", "application/json").body(Full::new(bytes));
    Ok(response.unwrap_or_default())
}

fn batch(body: &[u8]) -> String {
    let batch: Value = serde_json::from_slice(body).unwrap_or_default();
    let items = batch["requests"].as_array().into_iter().flatten();
    let mut task: Value = serde_json::from_str(payloads::TASK).unwrap_or_default();
    let items = items.map(|item| {
        task["id"] = item["url"].as_str().and_then(|url| url.rsplit('/').next()).into();
        json!({ "id": item["id"], "status": 200, "body": task })
    });
    json!({ "responses": items.collect::<Vec<_>>() }).to_string()
}

/// Returns the TLS settings with a certificate for localhost, and the certificate that signed it.
fn acceptor() -> Result<(TlsAcceptor, String), Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let signed = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &authority)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
    let mut config = builder.with_single_cert(vec![signed.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), authority.pem()))
}
