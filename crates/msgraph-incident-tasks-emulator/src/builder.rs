//! How an emulator is set up.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::contract::Contract;
use crate::exchange::State;
use crate::faults::Plan;
use crate::members::Members;
use crate::recorder::Recorder;
use crate::server::Server;
use crate::store::{self, Store, Task};
use crate::throttle::Throttle;
use crate::{Emulator, Fault};

/// What an emulator takes at the most.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The body of a request, in bytes. More is answered with 413. 1 MiB unless set.
    pub body_bytes: usize,
    /// The head of a request, in bytes, 8,192 or more. 64 KiB unless set.
    pub head_bytes: usize,
    /// Connections at once; others wait. 1,024 unless set.
    pub connections: usize,
    /// Tasks in the store when it starts. 1,000,000 unless set.
    pub tasks: usize,
    /// Requests that are kept for [`Emulator::requests`]; older ones are forgotten. 1,000 unless set.
    pub recorded_requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            head_bytes: 1 << 16,
            connections: 1_024,
            tasks: 1_000_000,
            recorded_requests: 1_000,
        }
    }
}

/// The settings of an [`Emulator`].
#[must_use = "a builder does nothing until `start`"]
pub struct EmulatorBuilder {
    address: SocketAddr,
    allow_remote: bool,
    tls: bool,
    description: String,
    tasks: Option<Vec<Task>>,
    tasks_json: Option<String>,
    generated: usize,
    seed: u64,
    strict: bool,
    modified_by: String,
    action_delay: Duration,
    read_lag: Duration,
    throttle: Option<(u32, Duration)>,
    faults_of_tasks: BTreeMap<String, Fault>,
    fault_rates: Vec<(Fault, f64)>,
    limits: Limits,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            allow_remote: false,
            tls: false,
            description: msgraph_incident_tasks_api::FRAGMENT.to_owned(),
            tasks: None,
            tasks_json: None,
            generated: 0,
            seed: 0,
            strict: false,
            // Who changed the documented tasks.
            modified_by: "bealfasi".to_owned(),
            action_delay: Duration::from_secs(2),
            read_lag: Duration::ZERO,
            throttle: None,
            faults_of_tasks: BTreeMap::new(),
            fault_rates: Vec::new(),
            limits: Limits::default(),
            clock: Box::new(Timestamp::now),
        }
    }

    /// The port. A free one unless set.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// The address to listen on. 127.0.0.1 unless set; any but loopback needs
    /// [`allow_remote`](Self::allow_remote).
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address.set_ip(address);
        self
    }

    /// Lets other machines connect.
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }

    /// Speaks TLS (HTTP/2 or HTTP/1.1) with a certificate that the emulator signs itself; clients trust it by
    /// [`Emulator::ca_pem`].
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Judges by another API description than the one that is built in: one that is to come, for instance.
    pub fn description(mut self, openapi: impl Into<String>) -> Self {
        self.description = openapi.into();
        self
    }

    /// Holds these tasks in place of the documented ones.
    pub fn tasks(mut self, tasks: impl IntoIterator<Item = Map<String, Value>>) -> Self {
        self.tasks = Some(tasks.into_iter().collect());
        self
    }

    /// Holds the tasks of a JSON array, such as [`Emulator::dump`] writes, in place of the documented ones.
    pub fn tasks_json(mut self, json: impl Into<String>) -> Self {
        self.tasks_json = Some(json.into());
        self
    }

    /// Holds so many made-up tasks beside the others: the same for the same [seed](Self::seed).
    pub fn generated_tasks(mut self, count: usize) -> Self {
        self.generated = count;
        self
    }

    /// What made-up tasks and faults by chance begin with. 0 unless set.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Refuses each request that the API description does not describe, even if Graph may take it: annotations in a
    /// body, parameters that are no query options, the unqualified path of execute.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The `lastModifiedByDisplayName` of what is changed. `bealfasi` unless set, as in the documentation.
    pub fn modified_by(mut self, display_name: impl Into<String>) -> Self {
        self.modified_by = display_name.into();
        self
    }

    /// How long a response action is in progress. 2 seconds unless set.
    pub fn action_delay(mut self, delay: Duration) -> Self {
        self.action_delay = delay;
        self
    }

    /// For how long reads do not see a change. Not at all unless set.
    pub fn read_lag(mut self, lag: Duration) -> Self {
        self.read_lag = lag;
        self
    }

    /// Takes so many requests an app in so much time, and answers more with 429. No limit unless set. An app is
    /// known by its token.
    pub fn throttle(mut self, requests: u32, window: Duration) -> Self {
        self.throttle = Some((requests, window));
        self
    }

    /// A fault for each request about a task.
    pub fn fault_of_task(mut self, id: impl AsRef<str>, fault: Fault) -> Self {
        self.faults_of_tasks.insert(id.as_ref().to_lowercase(), fault);
        self
    }

    /// A fault for a part of all requests, 0 to 1, by chance; the same requests in the same order meet it for
    /// the same [seed](Self::seed).
    pub fn fault_rate(mut self, fault: Fault, rate: f64) -> Self {
        self.fault_rates.push((fault, rate));
        self
    }

    /// What the emulator takes at the most.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Seconds since 1970 in place of the system's clock, for tests of what takes time.
    pub fn clock(mut self, seconds: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Box::new(move || Timestamp::from_second(seconds()).unwrap_or_default());
        self
    }

    /// Starts the emulator on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// Where the address is not loopback and remote clients aren't allowed, no port can be opened, the API
    /// description can't be used, the tasks are no list of tasks with IDs or too many, or a rate is not from 0
    /// to 1.
    pub async fn start(self) -> io::Result<Emulator> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
        if !self.address.ip().is_loopback() && !self.allow_remote {
            let address = self.address.ip();
            return Err(invalid(format!(
                "{address} is not loopback: other machines could connect; allow that explicitly"
            )));
        }
        if let Some((fault, rate)) = self.fault_rates.iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            return Err(invalid(format!("the rate {rate} of {fault} is refused; allowed: 0 to 1")));
        }
        let contract = Contract::new(&self.description).map_err(|error| invalid(error.to_string()))?;
        let tasks = self.first_tasks().map_err(invalid)?;
        if tasks.len() + self.generated > self.limits.tasks {
            let count = tasks.len() + self.generated;
            return Err(invalid(format!("{count} tasks are refused; allowed: {} and less", self.limits.tasks)));
        }
        let tasks = tasks.into_iter().chain(store::generated(&contract, self.generated, self.seed));
        let duration = |duration: Duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let store = Store::new(tasks, self.modified_by, duration(self.action_delay), duration(self.read_lag));

        #[cfg(feature = "tls")]
        let (tls, ca_pem) = match self.tls.then(|| crate::tls::self_signed(self.address.ip())).transpose()? {
            Some((acceptor, pem)) => (Some(acceptor), Some(pem)),
            None => (None, None),
        };
        #[cfg(not(feature = "tls"))]
        let ca_pem = None;
        let state = Arc::new(State {
            members: Members::of(&contract),
            contract,
            store,
            plan: Plan::new(self.faults_of_tasks, self.fault_rates, self.seed),
            recorder: Recorder::new(self.limits.recorded_requests),
            throttle: self.throttle.map(|(requests, window)| Throttle::new(requests, window)),
            strict: self.strict,
            scheme: if self.tls { "https" } else { "http" },
            clock: self.clock,
        });
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let server = Server {
            state: Arc::clone(&state),
            limits: self.limits,
            #[cfg(feature = "tls")]
            tls,
        };
        let task = tokio::spawn(server.serve(listener, stopped));
        Ok(Emulator { address, state, ca_pem, stop: Some(stop), server: task })
    }

    fn first_tasks(&self) -> Result<Vec<Task>, String> {
        let mut tasks = self.tasks.clone().unwrap_or_default();
        match &self.tasks_json {
            Some(json) => tasks.extend(store::parsed(json)?),
            None if self.tasks.is_none() => tasks = store::documented()?,
            None => {}
        }
        Ok(tasks)
    }
}
