//! 10,000 updates at once against a service that responds to every second request with 429 with `Retry-After: 0.5`:
//! each ends in success or in a correct error, and the retry budget bounds the number of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use msgraph_incident_tasks::{Client, IncidentTaskId, RetryPolicy, StaticToken, WriteOutcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{Error, Server, peak_memory, print_line};

const UPDATES: usize = 10_000;
const BUDGETS: [u32; 2] = [100, 20_000];

pub(crate) async fn run() -> Result<(), Error> {
    for budget in BUDGETS {
        let server = Server::start("throttling")?;
        throttled(&server.endpoint, budget).await?;
    }
    Ok(())
}

async fn throttled(endpoint: &str, budget: u32) -> Result<(), Error> {
    let mut policy = RetryPolicy::default();
    policy.budget = budget;
    let credential = StaticToken::new("soak")?;
    let client = Client::builder(credential).endpoint(endpoint).allow_loopback_http().retry(policy).build()?;
    let id: IncidentTaskId = "213213".parse()?;
    let started = Instant::now();
    let updates: Vec<_> =
        (0..UPDATES).map(|_| tokio::spawn(client.update_incident_task(&id).status("completed").send())).collect();
    let (mut succeeded, mut throttled, mut attempts, mut dishonest) = (0, 0, 0, 0);
    for update in updates {
        match update.await? {
            Ok(_) => succeeded += 1,
            Err(error) => {
                attempts += error.attempts();
                let honest = error.is_throttled() && error.write_outcome() == Some(WriteOutcome::NotApplied);
                if honest {
                    throttled += 1
                } else {
                    dishonest += 1
                }
                if !honest && dishonest <= 3 {
                    print_line(&format!("  {error}"));
                }
            }
        }
    }
    print_line(&format!(
        "budget {budget}: {UPDATES} updates in {:.1} s: {succeeded} succeeded, {throttled} throttled out after {attempts} \
         attempts in all, {dishonest} otherwise; {} requests sent; {}",
        started.elapsed().as_secs_f64(),
        requests(endpoint).await?,
        peak_memory("self")
    ));
    if dishonest == 0 { Ok(()) } else { Err("not every update had a correct result".into()) }
}

/// Responds to every second request with 429, and to a GET with the number of the others so far.
pub(crate) async fn serve() -> Result<(), Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    print_line(&format!("http://{}/beta", listener.local_addr()?));
    let requests = Arc::new(AtomicUsize::new(0));
    loop {
        let (mut connection, _) = listener.accept().await?;
        let requests = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut request = Vec::new();
            let mut buffer = [0; 2048];
            while let Ok(count @ 1..) = connection.read(&mut buffer).await {
                request.extend_from_slice(&buffer[..count]);
                let is_read = request.starts_with(b"GET");
                if !(request.ends_with(b"}") || is_read && request.ends_with(b"\r\n\r\n")) {
                    continue;
                }
                request.clear();
                let response = if is_read {
                    let count = requests.load(Ordering::SeqCst).to_string();
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{count}", count.len())
                } else if requests.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 0.5\r\ncontent-length: 0\r\n\r\n".to_owned()
                } else {
                    "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"id\":\"213213\"}".to_owned()
                };
                if connection.write_all(response.as_bytes()).await.is_err() {
                    break;
                }
            }
        });
    }
}

async fn requests(endpoint: &str) -> Result<String, Error> {
    let client = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(no_tls()?).build()?;
    Ok(client.get(endpoint).send().await?.text().await?)
}

/// Returns a client of reqwest, which requires TLS settings even if unused.
fn no_tls() -> Result<tokio_rustls::rustls::ClientConfig, Error> {
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
