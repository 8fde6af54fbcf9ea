//! A dry run shows each request without sending it.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use msgraph_incident_tasks::{Client, CredentialError, ErrorKind, FnCredential, IncidentTaskId, WriteOutcome};

#[tokio::test]
async fn a_dry_run_shows_each_request_without_sending_it_or_fetching_a_token() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/beta", server.local_addr().unwrap());
    let shown: Arc<Mutex<Vec<_>>> = Arc::default();
    let seen = Arc::clone(&shown);
    let no_token = FnCredential::new(|_| async { Err(CredentialError::new("no token must be fetched")) });
    let builder = Client::builder(no_token).endpoint(&endpoint).allow_loopback_http();
    let client = builder.dry_run(move |request| seen.lock().unwrap().push(request.clone())).build().unwrap();

    let id: IncidentTaskId = "213213".parse().unwrap();
    let error = client.update_incident_task(&id).status("completed").send().await.unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::DryRun, Some(WriteOutcome::NotSent)));
    let error = client.list_incident_tasks().top(5).pages().next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DryRun);
    let updates = [(id.as_str(), "failed"), ("7", "open")];
    let mut results = client.update_incident_tasks(updates).send().unwrap();
    while let Some(update) = results.next().await {
        assert_eq!(update.result.unwrap_err().kind(), ErrorKind::DryRun);
    }

    let shown = shown.lock().unwrap();
    let lines: Vec<_> = shown.iter().map(|request| format!("{} {}", request.method, request.url)).collect();
    let paths = ["PATCH /security/incidentTasks/213213", "GET /security/incidentTasks?%24top=5", "POST /$batch"];
    assert_eq!(lines, paths.map(|line| line.replacen(" /", &format!(" {endpoint}/"), 1)));
    assert_eq!(shown[0].body.as_deref(), Some("{\"status\":\"completed\"}"));
    assert!(shown[0].headers.contains(&("authorization".to_owned(), "Bearer (redacted)".to_owned())));
    assert!(shown[0].headers.is_sorted());
    server.set_nonblocking(true).unwrap();
    assert_eq!(server.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
