#![doc = include_str!("../README.md")]

mod admin;
mod answer;
mod builder;
mod contract;
mod exchange;
mod faults;
mod filter;
mod members;
mod operations;
mod query;
mod recorder;
mod server;
mod store;
mod throttle;
#[cfg(feature = "tls")]
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::{fmt, io};

use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use builder::{EmulatorBuilder, Limits};
pub use contract::{Contract, ContractError, Operation};
pub use faults::{Fault, Injection, UnknownFault};
pub use recorder::RecordedRequest;

/// An emulator that is running. Dropping it stops it.
pub struct Emulator {
    address: SocketAddr,
    state: Arc<exchange::State>,
    ca_pem: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
}

impl Emulator {
    /// Sets up an emulator.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    /// Starts an emulator on a free port of 127.0.0.1, with the documented tasks 213213 and 213214 in its store.
    ///
    /// # Errors
    ///
    /// Where no port can be opened.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// The endpoint for a client: base URL with the API version, such as `http://127.0.0.1:40001/beta`.
    pub fn url(&self) -> String {
        format!("{}://{}/beta", self.state.scheme, self.address)
    }

    /// The certificate that a client of TLS has to trust, in PEM; `None` without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The last requests, the oldest first, without what holds a token.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.recorder.requests()
    }

    /// A task as it is now.
    pub fn task(&self, id: &str) -> Option<Map<String, Value>> {
        self.state.store.get(id, (self.state.clock)(), false)
    }

    /// Puts a task in, in place of one with its `id`. Without an `id` it is left out.
    pub fn put_task(&self, task: Map<String, Value>) {
        self.state.store.put(task);
    }

    /// The store as a JSON array, in the form that [`tasks_json`](EmulatorBuilder::tasks_json) takes.
    pub fn dump(&self) -> String {
        format!("{:#}\n", self.state.store.to_json((self.state.clock)()))
    }

    /// A fault for requests to come.
    pub fn inject(&self, injection: Injection) {
        self.state.plan.inject(injection);
    }

    /// Forgets the faults that were [injected](Self::inject) and have not come yet.
    pub fn clear_faults(&self) {
        self.state.plan.clear();
    }

    /// Stops the emulator once the requests under way are answered, for which they have five seconds.
    ///
    /// # Errors
    ///
    /// What the server ended with.
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
