//! `GET /emulator/changes`: waits until tasks or requests change, for the page.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Uri};
use serde_json::json;
use tokio::sync::watch;

use crate::response::{Response, json_response};
use crate::state::State;

const PATH: &str = "/emulator/changes";
const CHECK_INTERVAL: Duration = Duration::from_millis(250);
const MAX_WAIT: Duration = Duration::from_secs(25);
const MAX_TASKS: usize = 50;
const MAX_REQUESTS: usize = 50;

/// The state that a page has already.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Since {
    tasks: Option<u64>,
    requests: Option<u64>,
}

impl Since {
    /// Parses a request for changes.
    pub(crate) fn parse(method: &Method, uri: &Uri) -> Option<Self> {
        if method != Method::GET || uri.path() != PATH {
            return None;
        }
        let mut since = Self::default();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "tasks" => since.tasks = value.parse().ok(),
                "requests" => since.requests = value.parse().ok(),
                _ => {}
            }
        }
        Some(since)
    }
}

/// Returns the last changed tasks and the last requests as soon as they differ from `since`, and null if they don't.
pub(crate) async fn wait(state: &Arc<State>, since: Since, mut stop: watch::Receiver<bool>) -> Response {
    let deadline = tokio::time::Instant::now() + MAX_WAIT;
    while since == current(state) {
        tokio::select! {
            // A shutdown does not wait for pages.
            _ = stop.wait_for(|stop| *stop) => return json_response(http::StatusCode::OK, json!(null)),
            () = tokio::time::sleep_until(deadline) => return json_response(http::StatusCode::OK, json!(null)),
            () = tokio::time::sleep(CHECK_INTERVAL) => {}
        }
    }
    let recent = state.store.recent(state.now(), MAX_TASKS);
    let body = json!({
        "tasks": { "revision": recent.revision, "count": recent.count, "recent": recent.tasks.iter().map(|task| &**task).collect::<Vec<_>>() },
        "requests": { "last": state.recorder.last(), "recent": state.recorder.page(None, MAX_REQUESTS) },
        "faults": state.faults.pending(),
    });
    json_response(http::StatusCode::OK, body)
}

fn current(state: &State) -> Since {
    Since { tasks: Some(state.store.revision(state.now())), requests: Some(state.recorder.last()) }
}
