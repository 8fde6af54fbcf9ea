//! A running emulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::{fmt, io};

use serde_json::{Map, Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fault_plan::Injection;
use crate::recorder::RecordedRequest;
use crate::seed;
use crate::state::State;

/// An emulator that is running. Dropping it stops it.
pub struct Emulator {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    pub(crate) ca_pem: Option<String>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) server: JoinHandle<io::Result<()>>,
}

impl Emulator {
    /// Returns the endpoint for a client: the base URL with the API version, such as `http://127.0.0.1:40001/beta`.
    pub fn url(&self) -> String {
        format!("{}://{}/beta", self.state.scheme, self.address)
    }

    /// Returns the certificate that a TLS client has to trust, in PEM; `None` without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Returns the last requests, the oldest first, without tokens.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.recorder.requests()
    }

    /// Returns the current state of a task.
    pub fn task(&self, id: &str) -> Option<Map<String, Value>> {
        self.state.store.get(id, self.state.now(), false).map(Arc::unwrap_or_clone)
    }

    /// Adds a task or replaces the one with its `id`.
    ///
    /// # Errors
    ///
    /// If the task has no valid `id` or does not match the schema, unless
    /// [`unchecked`](crate::EmulatorBuilder::unchecked).
    pub fn put_task(&self, task: Map<String, Value>) -> io::Result<()> {
        let check = seed::check_task(&self.state.spec, self.state.unchecked, &task);
        check.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, format!("invalid task: {error}")))?;
        self.state.store.put(task);
        Ok(())
    }

    /// Returns all tasks as a JSON array, in the form that [`tasks_json`](crate::EmulatorBuilder::tasks_json) takes.
    pub fn dump(&self) -> String {
        format!("{:#}\n", json!(self.state.store.dump(self.state.now()).iter().map(|task| &**task).collect::<Vec<_>>()))
    }

    /// Removes the recorded requests.
    pub fn clear_requests(&self) {
        self.state.recorder.clear();
    }

    /// Restores the state at the start: the initial tasks, no recorded requests, no pending faults, unused limits.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// Applies a fault to requests to come. At most 1,000 injections can be pending; more are ignored.
    pub fn inject(&self, injection: Injection) {
        let _ = self.state.faults.inject(injection);
    }

    /// Removes the [injected](Self::inject) faults that are still pending.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Stops the emulator after the requests in progress, which have five seconds to complete.
    ///
    /// # Errors
    ///
    /// Returns the error that the server ended with.
    pub async fn shutdown(mut self) -> io::Result<()> {
        drop(self.stop.take());
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("url", &self.url()).finish_non_exhaustive()
    }
}
