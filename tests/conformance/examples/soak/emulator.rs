//! The emulator under load, compared with an empty hyper service, and under random and changed requests.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use msgraph_incident_tasks_emulator::Emulator;
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Error, Server, peak_memory, print_line};

const CONNECTIONS: usize = 16;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const SEEDED: usize = 100_000;
const REQUESTS: usize = 100_000;
const HANGS_AFTER: Duration = Duration::from_secs(10);
const UPDATE: &[u8] = b"PATCH /beta/security/incidentTasks/213213 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer a\r\n\
    content-type: application/json\r\ncontent-length: 22\r\n\r\n{\"status\":\"completed\"}";

pub(crate) async fn run() -> Result<(), Error> {
    load().await?;
    let started = Instant::now();
    let server = Server::start(&format!("emulator {SEEDED}"))?;
    let seconds = started.elapsed().as_secs_f64();
    print_line(&format!("an emulator with {SEEDED} tasks starts in {seconds:.2} s; {}", memory_of(&server)));
    nonsense().await
}

/// Starts an emulator, and serves until it is killed.
pub(crate) async fn serve(tasks: usize) -> Result<(), Error> {
    let emulator = Emulator::builder().generated_tasks(tasks).start().await?;
    print_line(&emulator.url());
    std::future::pending().await
}

/// Serves an empty service.
pub(crate) async fn serve_nothing() -> Result<(), Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    print_line(&format!("http://{}/beta", listener.local_addr()?));
    loop {
        let (connection, _) = listener.accept().await?;
        let service = service_fn(async |_| Ok::<_, Infallible>(hyper::Response::new(String::new())));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    }
}

/// Measures the updates per second of both, in turns.
async fn load() -> Result<(), Error> {
    let (emulator, nothing) = (Server::start("emulator 0")?, Server::start("nothing")?);
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (server, rates) in [&emulator, &nothing].into_iter().zip(&mut rates) {
            rates.push(updates_a_second(address(server)).await?);
        }
    }
    let [emulator, nothing] = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[ROUNDS / 2]
    });
    let ratio = emulator / nothing;
    print_line(&format!(
        "updates a second over {CONNECTIONS} connections: emulator {emulator:.0}, empty hyper service {nothing:.0}, ratio {ratio:.2}"
    ));
    Ok(())
}

fn address(server: &Server) -> String {
    server.endpoint.trim_start_matches("http://").trim_end_matches("/beta").to_owned()
}

async fn updates_a_second(address: String) -> Result<f64, Error> {
    let started = Instant::now();
    let count = Arc::new(AtomicUsize::new(0));
    let mut loads = Vec::new();
    for _ in 0..CONNECTIONS {
        let (address, count) = (address.clone(), Arc::clone(&count));
        loads.push(tokio::spawn(async move {
            let mut connection = TcpStream::connect(address).await?;
            connection.set_nodelay(true)?;
            let mut buffer = vec![0; 4096];
            while started.elapsed() < ROUND {
                connection.write_all(UPDATE).await?;
                let mut read = 0;
                while !is_whole(&buffer[..read]) {
                    read += match connection.read(&mut buffer[read..]).await? {
                        0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                        more => more,
                    };
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }));
    }
    for load in loads {
        load.await??;
    }
    Ok(count.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

/// Returns true if a response has arrived with its body.
fn is_whole(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}

fn memory_of(server: &Server) -> String {
    peak_memory(&server.process.id().to_string())
}

/// Sends random requests, and valid ones with changes.
async fn nonsense() -> Result<(), Error> {
    let panics = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&panics);
    std::panic::set_hook(Box::new(move |panic| {
        counter.fetch_add(1, Ordering::SeqCst);
        print_line(&format!("  {panic}"));
    }));
    let emulator = Emulator::builder().generated_tasks(50).start().await?;
    let address = emulator.url().trim_start_matches("http://").trim_end_matches("/beta").to_owned();
    let (failures, hangs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let mut senders = Vec::new();
    for sender in 0..CONNECTIONS {
        let (address, failures, hangs) = (address.clone(), Arc::clone(&failures), Arc::clone(&hangs));
        senders.push(tokio::spawn(async move {
            let mut random = ChaCha8Rng::seed_from_u64(sender as u64);
            for _ in 0..REQUESTS / CONNECTIONS {
                let request = request(&mut random);
                match tokio::time::timeout(HANGS_AFTER, response_to(&address, &request)).await {
                    Ok(status) if status >= 500 => {
                        failures.fetch_add(1, Ordering::SeqCst);
                        print_line(&format!("  {status} for {:?}", String::from_utf8_lossy(&request)));
                    }
                    Ok(_) => {}
                    Err(_) => {
                        hangs.fetch_add(1, Ordering::SeqCst);
                    }
                }
            }
        }));
    }
    for sender in senders {
        sender.await?;
    }
    let [panics, failures, hangs] = [panics, failures, hangs].map(|count| count.load(Ordering::SeqCst));
    let seconds = started.elapsed().as_secs_f64();
    print_line(&format!(
        "{REQUESTS} random and changed requests in {seconds:.0} s: {panics} panics, {failures} failures of the server, {hangs} hangs"
    ));
    if panics + failures + hangs == 0 { Ok(()) } else { Err("the emulator failed".into()) }
}

/// Returns the status of the response; 0 if the connection is closed without one.
async fn response_to(address: &str, request: &[u8]) -> u16 {
    let Ok(mut connection) = TcpStream::connect(address).await else { return 0 };
    // The server may close before it has read all.
    let _ = connection.write_all(request).await;
    // The request ends here, whatever its Content-Length.
    let _ = connection.shutdown().await;
    let mut response = Vec::new();
    let _ = connection.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

fn request(random: &mut ChaCha8Rng) -> Vec<u8> {
    const PATHS: [&str; 9] = [
        "/beta/security/incidentTasks",
        "/beta/security/incidentTasks?$top=3&$filter=status eq 'open' and (type eq 'text')&$orderby=lastUpdateDateTime desc",
        "/beta/security/incidentTasks?$skiptoken=303a",
        "/beta/security/incidentTasks/213213",
        "/beta/security/incidentTasks/213214/microsoft.graph.security.executeResponseAction",
        "/beta/$batch",
        "/emulator/faults",
        "/emulator/requests",
        "/",
    ];
    const BODIES: [&str; 6] = [
        "",
        r#"{"status":"completed"}"#,
        r#"{"requests":[{"id":"1","method":"PATCH","url":"/security/incidentTasks/213213","headers":{"Content-Type":"application/json"},"body":{"status":"open"}},{"id":"2","method":"GET","url":"/security/incidentTasks?$top=2","dependsOn":["1"]}]}"#,
        r#"{"fault":"batch-missing","times":1}"#,
        r#"{"a":[[[[[[1e999,null,"\u0000"]]]]]]}"#,
        "[]",
    ];
    let mut pick = |list: &[&str]| list.choose(random).copied().unwrap_or_default().to_owned();
    let method = pick(&["GET", "PATCH", "POST", "DELETE", "PUT", "OPTIONS"]);
    let (mut path, mut body) = (pick(&PATHS).replace(' ', "%20").into_bytes(), pick(&BODIES).into_bytes());
    // Excludes faults that reset or wait: the emulator itself is tested.
    let kind = random.random_range(0..10);
    if kind < 5 {
        change(random, &mut path);
        path.retain(|byte| byte.is_ascii_graphic());
    }
    if (3..8).contains(&kind) {
        change(random, &mut body);
    }
    let mut head = format!("{method} ").into_bytes();
    head.extend(&path);
    head.extend(format!(" HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len()).bytes());
    let mut request = [head, body].concat();
    if kind == 9 {
        change(random, &mut request);
    }
    request
}

/// Changes, inserts, removes and repeats some bytes.
fn change(random: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..4) {
            0 if at < bytes.len() => bytes[at] = random.random(),
            1 => bytes.insert(at, random.random()),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                let end = (at + random.random_range(0..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}
