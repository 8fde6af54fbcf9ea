//! 1,000 updates by `$batch` and one by one against a service that takes 50 ms a request, and the peak memory of a
//! long stream of updates.

use std::convert::Infallible;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::stream;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Client, IncidentTaskId, StaticToken, StatusUpdate, UpdateIncidentTasks};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{Error, Server, peak_memory, print_line};

const UPDATES: usize = 1_000;
const DELAY: Duration = Duration::from_millis(50);
const STREAMS: [usize; 2] = [1_000, 100_000];

pub(crate) async fn run() -> Result<(), Error> {
    let server = Server::start(&format!("batches {}", DELAY.as_millis()))?;
    let client = client(&server.endpoint)?;
    let ids: Vec<_> = (1..=UPDATES).map(|id| id.to_string().parse()).collect::<Result<Vec<IncidentTaskId>, _>>()?;
    let updates = || client.update_incident_tasks(ids.iter().map(|id| (id.clone(), IncidentTaskStatus::Completed)));
    let batches = timed(updates().concurrency(4), UPDATES).await?;
    let singles = timed(updates().concurrency(4).unbatched(), UPDATES).await?;
    print_line(&format!(
        "{UPDATES} updates at {} ms a request, 4 in flight: by $batch {batches:.3} s, one by one {singles:.3} s, ratio {:.1}",
        DELAY.as_millis(),
        singles / batches
    ));
    let server = Server::start("batches 0")?;
    for updates in STREAMS {
        // A separate process, so that its peak memory is that of the stream.
        let arguments = ["stream", &server.endpoint, &updates.to_string()];
        let status = Command::new(std::env::current_exe()?).args(arguments).status()?;
        if !status.success() {
            return Err("a stream of updates failed".into());
        }
    }
    Ok(())
}

/// Updates the tasks of a stream, and prints the peak memory.
pub(crate) async fn stream_of(endpoint: &str, updates: usize) -> Result<(), Error> {
    let ids = stream::iter(1..=updates);
    let update = |id: usize| StatusUpdate::new(id.to_string(), IncidentTaskStatus::Completed);
    let updates_of_stream = futures_util::StreamExt::filter_map(ids, move |id| std::future::ready(update(id).ok()));
    let seconds = timed(client(endpoint)?.update_incident_tasks_from(updates_of_stream), updates).await?;
    print_line(&format!("a stream of {updates} updates: {seconds:.2} s, {}", peak_memory("self")));
    Ok(())
}

async fn timed(updates: UpdateIncidentTasks, expected: usize) -> Result<f64, Error> {
    let started = Instant::now();
    let mut results = updates.send()?;
    let mut succeeded = 0;
    while let Some(update) = results.next().await {
        update.result?;
        succeeded += 1;
    }
    if succeeded == expected {
        Ok(started.elapsed().as_secs_f64())
    } else {
        Err(format!("{succeeded} of {expected} updates succeeded").into())
    }
}

fn client(endpoint: &str) -> Result<Client, Error> {
    let credential = StaticToken::new("soak")?;
    Ok(Client::builder(credential).endpoint(endpoint).allow_loopback_http().build()?)
}

/// Responds to each request after a delay, a batch with a task for each request in it.
pub(crate) async fn serve(delay: u64) -> Result<(), Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    print_line(&format!("http://{}/beta", listener.local_addr()?));
    loop {
        let (connection, _) = listener.accept().await?;
        connection.set_nodelay(true)?;
        tokio::spawn(async move {
            let service = service_fn(move |request| response(request, Duration::from_millis(delay)));
            // Errors of a connection are the client's.
            let _ =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(connection), service).await;
        });
    }
}

async fn response(request: Request<Incoming>, delay: Duration) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    tokio::time::sleep(delay).await;
    let task =
        |url: &str| json!({ "id": url.rsplit('/').next(), "status": "completed", "source": "defenderExpertsXDR" });
    let response = if path.ends_with("$batch") {
        let batch: Value = serde_json::from_slice(&body).unwrap_or_default();
        let url = |item: &Value| item["url"].as_str().unwrap_or_default().to_owned();
        let items = batch["requests"].as_array().into_iter().flatten();
        let items = items.map(|item| json!({ "id": item["id"], "status": 200, "body": task(&url(item)) }));
        json!({ "responses": items.collect::<Vec<_>>() })
    } else {
        task(&path)
    };
    Ok(Response::new(Full::new(Bytes::from(response.to_string()))))
}
