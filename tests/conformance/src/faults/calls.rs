//! One call of the matrix, and what became of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use msgraph_core::{
    AccessToken, Endpoint, Error, FnCredential, Operation, Repeat, Transport, WriteOutcome, decode, failure_of,
};
use reqwest::Method;
use serde_json::{Map, Value};

use super::{Authority, FaultyServer, RecordingTimer};

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Reads a task.
    Read,
    /// Reads a further page of tasks.
    Page,
    /// Sets a status.
    IdempotentWrite,
    /// Executes something.
    OtherWrite,
}

impl Kind {
    /// Each kind.
    pub const ALL: [Self; 4] = [Self::Read, Self::Page, Self::IdempotentWrite, Self::OtherWrite];

    fn request(self) -> (Method, &'static str, Option<Repeat>) {
        match self {
            Self::Read => (Method::GET, "/security/incidentTasks/213213", None),
            Self::Page => (Method::GET, "/security/incidentTasks?%24skiptoken=abc", None),
            Self::IdempotentWrite => (Method::PATCH, "/security/incidentTasks/213213", Some(Repeat::Idempotent)),
            Self::OtherWrite => (Method::POST, "/security/incidentTasks/213213/execute", None),
        }
    }
}

/// A transport to a faulty server, whose credential has another token each time.
///
/// # Panics
///
/// Where the transport can't be built.
pub fn transport(server: &FaultyServer, timer: RecordingTimer, authority: Option<&Authority>) -> Transport {
    transport_to(server.url(), timer, authority)
}

/// As [`transport`], to any URL.
///
/// # Panics
///
/// Where the transport can't be built.
pub fn transport_to(url: &str, timer: RecordingTimer, authority: Option<&Authority>) -> Transport {
    let asked = Arc::new(AtomicUsize::new(0));
    let credential = FnCredential::new(move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let token = AccessToken::new(format!("{}{number}", crate::TOKEN)).expect("the token can be sent");
        std::future::ready(Ok(token.with_expiry(SystemTime::now() + Duration::from_secs(3600))))
    });
    let endpoint = Endpoint::new_allowing_loopback_http(url).expect("the endpoint is taken");
    let mut builder = Transport::builder(endpoint, credential).timer(timer);
    if let Some(authority) = authority {
        builder = builder.root_certificates(authority.pem());
    }
    builder.build().expect("the transport can be built")
}

/// Makes a call, and returns the value or the error.
///
/// # Errors
///
/// What became of the call.
///
/// # Panics
///
/// Where the request can't be built.
pub async fn call(transport: &Transport, kind: Kind) -> Result<Map<String, Value>, Error> {
    let (method, path, repeat) = kind.request();
    let url = format!("{}{path}", transport.endpoint());
    let mut request = transport.http_client().request(method.clone(), url);
    if method == Method::PATCH {
        request = request.json(&serde_json::json!({ "status": "completed" }));
    }
    let request = request.build().expect("the request can be built");
    let operation = Operation { name: "call", path_template: "/security/incidentTasks/{incidentTaskId}", repeat };
    let response = transport.execute(request, operation).await;
    if response.status() != 200 {
        return Err(failure_of(response).await);
    }
    match decode(response).await {
        Ok((value, ..)) => Ok(value),
        Err(response) => Err(failure_of(*response).await),
    }
}

/// The result of a call in the words of the matrix.
pub fn in_words(result: &Result<Map<String, Value>, Error>) -> Vec<String> {
    let Err(error) = result else { return vec!["ok".to_owned()] };
    let outcome = error.write_outcome().map(|outcome| match outcome {
        WriteOutcome::NotSent => "not-sent",
        WriteOutcome::NotApplied => "not-applied",
        WriteOutcome::Unknown => "unknown",
        WriteOutcome::Applied => "applied",
        other => panic!("{other} is no word of the matrix"),
    });
    let kind = error.kind().to_string().replace(' ', "-");
    [Some(kind), outcome.map(str::to_owned)].into_iter().flatten().collect()
}
