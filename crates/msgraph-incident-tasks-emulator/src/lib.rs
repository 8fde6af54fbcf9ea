#![doc = include_str!("../README.md")]

mod answer;
mod contract;
mod exchange;
mod filter;
mod operations;
mod query;
mod server;
mod store;

use std::net::SocketAddr;
use std::sync::Arc;
use std::{fmt, io};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use contract::{Contract, ContractError, Operation, json_schema};

/// An emulator that is running on a loopback port. Dropping it stops it.
pub struct Emulator {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
}

impl Emulator {
    /// Starts an emulator on a free port of 127.0.0.1, with the documented task 213213 in its store.
    ///
    /// # Errors
    ///
    /// Where no port can be opened, or the API description that is built in can't be used.
    pub async fn start() -> io::Result<Self> {
        let state = Arc::new(exchange::State::new().map_err(io::Error::other)?);
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let until_stopped = async {
                // An error means that the sender was dropped, which stops the server as well.
                let _ = stopped.await;
            };
            axum::serve(listener, server::router(state)).with_graceful_shutdown(until_stopped).await
        });
        Ok(Self { address, stop: Some(stop), server })
    }

    /// The endpoint for a client: base URL with the API version, such as `http://127.0.0.1:40001/beta`.
    pub fn url(&self) -> String {
        format!("http://{}/beta", self.address)
    }

    /// Stops the emulator once the requests under way are answered.
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
