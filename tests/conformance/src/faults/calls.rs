//! The calls of the matrix and their results.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use msgraph_core::{Endpoint, Transport};
use msgraph_incident_tasks::{AccessToken, Client, Error, FnCredential, IncidentTaskId, TokenCredential, WriteOutcome};

use super::{Authority, FaultyServer, RecordingTimer};

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Gets a task.
    Get,
    /// Lists tasks, and has received the first page.
    Page,
    /// Updates a task.
    Update,
    /// Executes a response action.
    Execute,
    /// Updates a task in a batch.
    Batch,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Get, Self::Page, Self::Update, Self::Execute, Self::Batch];
}

/// Returns a client of a faulty server, whose credential returns a new token each time.
///
/// # Panics
///
/// If the client cannot be built.
pub fn faulty_client(server: &FaultyServer, timer: RecordingTimer, authority: Option<&Authority>) -> Client {
    client_to(server.url(), timer, authority)
}

/// As [`faulty_client`], for any URL.
///
/// # Panics
///
/// If the client cannot be built.
pub fn client_to(url: &str, timer: RecordingTimer, authority: Option<&Authority>) -> Client {
    let mut builder = Client::builder(changing_token()).endpoint(url).allow_loopback_http().timer(timer);
    if let Some(authority) = authority {
        builder = builder.root_certificates(authority.pem());
    }
    builder.build().expect("the client can be built")
}

/// Returns a transport with a timer, for features that the library does not expose.
///
/// # Panics
///
/// If the transport cannot be built.
pub fn transport_to(url: &str, timer: RecordingTimer) -> Transport {
    let endpoint = Endpoint::new_allowing_loopback_http(url).expect("the endpoint is valid");
    Transport::builder(changing_token()).timer(timer).build(endpoint).expect("the transport can be built")
}

/// Returns a credential that returns a new token each time.
fn changing_token() -> impl TokenCredential + 'static {
    let asked = Arc::new(AtomicUsize::new(0));
    FnCredential::new(move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let token = AccessToken::new(format!("{}{number}", crate::TOKEN)).expect("the token can be sent");
        std::future::ready(Ok(token.with_expiry(SystemTime::now() + Duration::from_secs(3600))))
    })
}

/// Makes a call.
///
/// # Errors
///
/// The error of the call.
///
/// # Panics
///
/// If the first page, which has no fault, has no second one.
pub async fn call(client: &Client, kind: Kind) -> Result<(), Error> {
    let id: IncidentTaskId = "213213".parse()?;
    match kind {
        Kind::Get => client.get_incident_task(id).send().await.map(drop),
        Kind::Page => {
            let mut pages = client.list_incident_tasks().pages();
            pages.next().await.expect("there is a first page")?;
            pages.next().await.expect("there is a second page").map(drop)
        }
        Kind::Update => client.update_incident_task(id).status("completed").send().await.map(drop),
        Kind::Execute => client.execute_response_action(id).send().await,
        Kind::Batch => {
            let mut results = client.update_incident_tasks([(id, "completed")]).send()?;
            results.next().await.expect("there is one result").result.map(drop)
        }
    }
}

/// Returns the result of a call in the terms of the matrix.
///
/// # Panics
///
/// If the matrix has no term for it.
pub fn describe(result: &Result<(), Error>) -> Vec<String> {
    let Err(error) = result else { return vec!["ok".to_owned()] };
    let outcome = error.write_outcome().map(|outcome| match outcome {
        WriteOutcome::NotSent => "not-sent",
        WriteOutcome::NotApplied => "not-applied",
        WriteOutcome::Unknown => "unknown",
        WriteOutcome::Applied => "applied",
        other => panic!("{other} is not a term of the matrix"),
    });
    let kind = error.kind().to_string().replace(' ', "-");
    [Some(kind), outcome.map(str::to_owned)].into_iter().flatten().collect()
}
