//! The library retries an update by default.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::TOKEN;
use conformance::faults::{Authority, FaultyServer, ServerBehavior};
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Client, ErrorKind, IncidentTaskId, RetryMode, RetryPolicy, StaticToken, WriteOutcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Returns a server that responds with 503 once, and a client that does not wait.
async fn service() -> (FaultyServer, Client) {
    let response = |status| ServerBehavior::Response { status, parts: Default::default() };
    let server = FaultyServer::start(vec![response(503), response(200)], "", &Authority::new()).await;
    let client = client(server.url());
    (server, client)
}

fn client(url: &str) -> Client {
    let mut policy = RetryPolicy::default();
    policy.initial_backoff = Duration::ZERO;
    let credential = StaticToken::new(TOKEN).unwrap();
    Client::builder(credential).endpoint(url).allow_loopback_http().retry(policy).build().unwrap()
}

fn id() -> IncidentTaskId {
    "213213".parse().unwrap()
}

#[tokio::test]
async fn an_update_is_retried_after_a_503() {
    let (server, client) = service().await;
    client.update_incident_task(id()).status(IncidentTaskStatus::Completed).send().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_update_that_must_not_be_retried_is_sent_once() {
    let (server, client) = service().await;
    let update = client.update_incident_task(id()).status(IncidentTaskStatus::Completed).retry_mode(RetryMode::Never);
    let error = update.send().await.unwrap_err();
    assert_eq!(error.write_outcome(), Some(WriteOutcome::Unknown));
    assert_eq!(server.requests().len(), 1);
}

/// Starts a server that keeps its connections and responds with this status first, then with 200. Returns its base URL
/// and the connection of each request.
async fn keeping_connections(first: u16) -> (String, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/beta", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&requests);
    tokio::spawn(async move {
        for connection in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let recorded = Arc::clone(&recorded);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                // The requests of these tests arrive in one read.
                while let Ok(1..) = stream.read(&mut buffer).await {
                    let number = {
                        let mut recorded = recorded.lock().unwrap();
                        recorded.push(connection);
                        recorded.len()
                    };
                    let status = if number == 1 { first } else { 200 };
                    let response =
                        format!("HTTP/1.1 {status} Reason\r\ncontent-length: 15\r\n\r\n{{\"id\":\"213213\"}}");
                    stream.write_all(response.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, requests)
}

#[tokio::test]
async fn after_a_503_the_next_attempt_is_on_a_new_connection_and_after_a_429_on_the_same() {
    for (status, expected) in [(503, [0, 1]), (429, [0, 0])] {
        let (url, requests) = keeping_connections(status).await;
        let client = client(&url);
        client.update_incident_task(id()).status(IncidentTaskStatus::Completed).send().await.unwrap();
        assert_eq!(*requests.lock().unwrap(), expected, "{status}");
    }
}

/// A server that closes each connection on its second request, before a response. Returns its base URL.
async fn closing_on_reuse() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/beta", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let Ok(1..) = stream.read(&mut buffer).await else { return };
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"id\":\"213213\"}").await.unwrap();
                let _ = stream.read(&mut buffer).await;
            });
        }
    });
    url
}

#[tokio::test]
async fn a_connection_found_closed_on_reuse_costs_no_wait_and_nothing_of_the_reserve() {
    let url = closing_on_reuse().await;
    let client = |policy| {
        let credential = StaticToken::new(TOKEN).unwrap();
        Client::builder(credential).endpoint(url.as_str()).allow_loopback_http().retry(policy).build().unwrap()
    };
    // A wait would take an hour.
    let patient = RetryPolicy::default().budget(0).initial_backoff(Duration::from_secs(3600));
    let updating = client(patient.clone());
    for number in 0..10 {
        let update = updating.update_incident_task(id()).status(IncidentTaskStatus::Completed);
        assert!(update.send().await.is_ok(), "{number}");
    }
    // What may have been processed is not sent again, and neither is anything by a policy without retries.
    let [once, executing] = [RetryPolicy::never(), patient].map(client);
    for client in [&once, &executing] {
        client.get_incident_task(id()).send().await.unwrap();
    }
    let error = once.get_incident_task(id()).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    let error = executing.execute_response_action(id()).send().await.unwrap_err();
    assert_eq!((error.write_outcome(), error.attempts()), (Some(WriteOutcome::Unknown), 1));
}
