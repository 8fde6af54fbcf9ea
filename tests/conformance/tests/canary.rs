//! No output or log of this project or its dependencies contains the token.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use conformance::faults::{
    Authority, FaultyServer, Kind, RecordingTimer, ServerBehavior, call, client_to, faulty_client, lines,
};
use conformance::{TOKEN, http2_server, raw_server};
use msgraph_incident_tasks::{AccessToken, Client, EnvironmentToken, StaticToken};

/// The buffer of all logs.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// One test, since a process has one global subscriber.
#[tokio::test]
async fn nothing_logged_or_printed_contains_the_token() {
    let capture = Capture::default();
    let writer = capture.clone();
    tracing_log::LogTracer::init().unwrap();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let authority = Authority::new();
    let mut printed = String::new();
    for line in lines() {
        for kind in Kind::ALL {
            let elsewhere = FaultyServer::start(vec![ServerBehavior::Garbage], "", &authority).await;
            let server = FaultyServer::start(line.behaviors.clone(), elsewhere.url(), &authority).await;
            let client = faulty_client(&server, RecordingTimer::new(server.stalled()), Some(&authority));
            let result = call(&client, kind).await;
            printed.push_str(&format!("{client:?} {client:#?} {result:?} {result:#?}\n"));
            if let Err(error) = result {
                let mut cause: Option<&dyn std::error::Error> = Some(&error);
                while let Some(error) = cause {
                    printed.push_str(&format!("{error} {error:?}\n"));
                    cause = error.source();
                }
            }
            // The token was sent.
            assert!(server.requests().iter().all(|head| head.contains(TOKEN)), "{}", line.name);
        }
    }
    let url = http2_server(&authority).await;
    let client = client_to(&url, RecordingTimer::new(Arc::default()), Some(&authority));
    call(&client, Kind::Update).await.unwrap();

    // A service that repeats the token.
    let success =
        b"HTTP/1.1 200 OK\r\nrequest-id: canary-7f3a.token_value~1\r\ncontent-length: 15\r\n\r\n{\"id\":\"213213\"}";
    let failure = b"HTTP/1.1 400 Bad\r\nrequest-id: canary-7f3a.token_value~1\r\nx-ms-ags-diagnostic: canary-7f3a.token_value~1\r\n\
        connection: close\r\n\r\n{\"error\":{\"code\":\"canary-7f3a.token_value~1\",\"message\":\"canary-7f3a.token_value~1 is bad\"}}";
    let text = b"HTTP/1.1 401 Bad\r\nconnection: close\r\n\r\nBearer canary-7f3a.token_value~1 is bad";
    call(&conformance::client(&raw_server(success).await), Kind::Update).await.unwrap();
    for response in [&failure[..], text] {
        let error = call(&conformance::client(&raw_server(response).await), Kind::Update).await.unwrap_err();
        let headers: Vec<_> = error.headers().map(|(_, value)| String::from_utf8_lossy(value)).collect();
        printed.push_str(&format!("{error} {error:?} {headers:?} {}", String::from_utf8_lossy(error.body().unwrap())));
    }

    let token = AccessToken::new(TOKEN).unwrap();
    let credential = StaticToken::from(token.clone());
    let client = Client::new(credential.clone()).unwrap();
    printed.push_str(&format!("{token:?} {credential:?} {client:?} {:?}", EnvironmentToken::new("GRAPH_TOKEN")));

    let logged = capture.text();
    println!("{} lines captured", logged.lines().count());
    for source in [" hyper_util::", " h2::", " rustls::", " reqwest::", " msgraph_core::"] {
        assert!(logged.contains(source), "nothing of{source}");
    }
    assert!(logged.contains("url.template=\"/security/incidentTasks/{incidentTaskId}\""));
    assert!(!logged.contains(TOKEN), "{:?}", logged.lines().find(|line| line.contains(TOKEN)));
    assert!(!printed.contains(TOKEN));

    // A deliberate leak is caught.
    tracing::trace!("{}", token.secret());
    assert!(capture.text().contains(TOKEN));
}
