//! The settings of an emulator.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::access::Access;
use crate::emulator::Emulator;
use crate::enum_members::FutureMembers;
use crate::fault::Fault;
use crate::fault_plan::FaultPlan;
use crate::host_guard::HostGuard;
use crate::limits::Limits;
use crate::recorder::Recorder;
use crate::scenario::{Effect, Scenario};
use crate::seed;
use crate::server::Server;
use crate::spec_validator::SpecValidator;
use crate::state::State;
use crate::store::Store;
use crate::task::Task;
use crate::throttle::Throttle;

/// The least that hyper supports.
const MIN_HEAD_BYTES: usize = 8_192;

/// The settings of an [`Emulator`].
#[must_use = "a builder does nothing until `start`"]
pub struct EmulatorBuilder {
    address: SocketAddr,
    allow_remote: bool,
    tls: bool,
    spec: String,
    tasks: Option<Vec<Task>>,
    tasks_json: Option<String>,
    generated: usize,
    seed: u64,
    scenario: Option<Scenario>,
    speed: f64,
    strict: bool,
    unchecked: bool,
    access: Access,
    guard: HostGuard,
    modified_by: String,
    action_delay: Duration,
    read_lag: Duration,
    throttle: Option<(u32, Duration)>,
    faults_by_task: BTreeMap<String, Fault>,
    fault_rates: Vec<(Fault, f64)>,
    limits: Limits,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            allow_remote: false,
            tls: false,
            spec: msgraph_incident_tasks_api::OPENAPI_SPEC.to_owned(),
            tasks: None,
            tasks_json: None,
            generated: 0,
            seed: 0,
            scenario: None,
            speed: 1.0,
            strict: false,
            unchecked: false,
            access: Access::default(),
            guard: HostGuard::default(),
            modified_by: "bealfasi".to_owned(),
            action_delay: Duration::from_secs(2),
            read_lag: Duration::ZERO,
            throttle: None,
            faults_by_task: BTreeMap::new(),
            fault_rates: Vec::new(),
            limits: Limits::default(),
            clock: Box::new(Timestamp::now),
        }
    }
}

impl Emulator {
    /// Returns the settings of an emulator.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Starts an emulator on a free port of 127.0.0.1, with the documented tasks 213213 and 213214.
    ///
    /// # Errors
    ///
    /// If no port can be opened.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }
}

impl EmulatorBuilder {
    /// Sets the port. Default: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Sets the address to listen on. Default: 127.0.0.1. One that is not loopback requires
    /// [`allow_remote`](Self::allow_remote).
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address.set_ip(address);
        self
    }

    /// Allows other machines to connect.
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }

    /// Serves TLS (HTTP/2 or HTTP/1.1) with a self-signed certificate, which clients trust by [`Emulator::ca_pem`].
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Sets the spec, an OpenAPI 3.0 document in JSON. Default: the built-in one.
    pub fn spec(mut self, openapi: impl Into<String>) -> Self {
        self.spec = openapi.into();
        self
    }

    /// Replaces the documented tasks by these.
    pub fn tasks(mut self, tasks: impl IntoIterator<Item = Map<String, Value>>) -> Self {
        self.tasks = Some(tasks.into_iter().collect());
        self
    }

    /// Replaces the documented tasks by those of a JSON array, such as [`Emulator::dump`] returns.
    pub fn tasks_json(mut self, json: impl Into<String>) -> Self {
        self.tasks_json = Some(json.into());
        self
    }

    /// Adds this many generated tasks, the same for the same [seed](Self::seed).
    pub fn generated_tasks(mut self, count: usize) -> Self {
        self.generated = count;
        self
    }

    /// Sets the seed of generated tasks and random faults. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Lets tasks appear and change over time: the events of a JSON array, each `at` a number of seconds after the start
    /// with a task to `create`, the properties of one to `change`, or the ID of one to `remove`. Default: none.
    ///
    /// ```
    /// # use msgraph_incident_tasks_emulator::Emulator;
    /// let builder = Emulator::builder().scenario_json(r#"[
    ///     { "at": 5, "create": { "id": "7", "status": "open" } },
    ///     { "at": 8, "change": { "id": "7", "status": "completed" } },
    ///     { "at": 9, "change": { "id": "7", "actionStatus": "failed" }, "silent": true },
    ///     { "at": 20, "remove": "7" }
    /// ]"#);
    /// ```
    ///
    /// A change sets `lastModifiedDateTime`, unless it is `silent`.
    pub fn scenario_json(mut self, json: impl Into<String>) -> Self {
        self.scenario = Some(Scenario::Json(json.into()));
        self
    }

    /// Lets 120 tasks appear and change as in a day of a security operations center, the same each time.
    pub fn scenario_day(mut self) -> Self {
        self.scenario = Some(Scenario::Day);
        self
    }

    /// Sets how many times faster the scenario runs. Default: 1.
    pub fn speed(mut self, factor: f64) -> Self {
        self.speed = factor;
        self
    }

    /// Rejects each request that the spec does not allow, even if Graph may tolerate it: annotations and read-only
    /// properties in an update, unknown members of a batch, unknown query parameters, the unqualified path of execute.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Accepts tasks with odd data: IDs that Graph would not assign, duplicates, values that the schema does not allow.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// Accepts only this bearer token and others that are set; other tokens get 401. Default: any token.
    pub fn accept_token(self, token: impl Into<String>) -> Self {
        self.accept_token_with_roles(token, [""; 0])
    }

    /// Accepts this bearer token for the operations that one of its roles may call, such as `Security Reader`; the others
    /// get 403.
    pub fn accept_token_with_roles(
        mut self,
        token: impl Into<String>,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.access.accept(token.into(), roles.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts requests to this host name, without a port. Default: `localhost`, loopback addresses, and the address that
    /// the emulator listens on. Others are rejected, since a web page can point its own name to this machine.
    pub fn allow_host(mut self, name: impl AsRef<str>) -> Self {
        self.guard.hosts.push(name.as_ref().to_lowercase());
        self
    }

    /// Allows pages of this origin, such as `http://localhost:3000`, to call the emulator (CORS); `*` for all. Default:
    /// none.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.guard.origins.push(origin.into());
        self
    }

    /// Sets the `lastModifiedByDisplayName` of changed tasks. Default: `bealfasi`, as in the documentation.
    pub fn modified_by(mut self, display_name: impl Into<String>) -> Self {
        self.modified_by = display_name.into();
        self
    }

    /// Sets the duration of a response action. Default: 2 seconds.
    pub fn action_delay(mut self, delay: Duration) -> Self {
        self.action_delay = delay;
        self
    }

    /// Sets the time for which reads do not return a change. Default: 0.
    pub fn read_lag(mut self, lag: Duration) -> Self {
        self.read_lag = lag;
        self
    }

    /// Limits the requests of an app per time window; more get 429. Default: no limit. An app is identified by its
    /// token.
    pub fn throttle(mut self, requests: u32, window: Duration) -> Self {
        self.throttle = Some((requests, window));
        self
    }

    /// Applies a fault to each request about a task.
    pub fn fault_of_task(mut self, id: impl AsRef<str>, fault: Fault) -> Self {
        self.faults_by_task.insert(id.as_ref().to_lowercase(), fault);
        self
    }

    /// Applies a fault to a random fraction of all requests, 0 to 1, reproducibly by the [seed](Self::seed).
    pub fn fault_rate(mut self, fault: Fault, rate: f64) -> Self {
        self.fault_rates.push((fault, rate));
        self
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Replaces the system clock by a function that returns the seconds since 1970, for tests of time.
    pub fn clock(mut self, seconds: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Box::new(move || Timestamp::from_second(seconds()).unwrap_or_default());
        self
    }

    /// Starts the emulator on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address is not loopback and remote clients are not allowed, the port cannot be opened, the spec, the
    /// tasks or the scenario are invalid, there are too many tasks, or a rate is not from 0 to 1.
    pub async fn start(self) -> io::Result<Emulator> {
        let address = self.address;
        #[cfg(feature = "tls")]
        let (tls, ca_pem) = self.tls.then(|| crate::tls::self_signed(address.ip())).transpose()?.unzip();
        #[cfg(not(feature = "tls"))]
        let ca_pem = None;
        let state = self.state().map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
        let state = Arc::new(state);
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let server = Server {
            state: Arc::clone(&state),
            #[cfg(feature = "tls")]
            tls,
        };
        let task = tokio::spawn(server.serve(listener, stopped));
        Ok(Emulator { address, state, ca_pem, stop: Some(stop), server: task })
    }

    fn state(self) -> Result<State, String> {
        let spec = SpecValidator::new(&self.spec).map_err(|error| error.to_string())?;
        self.check(&spec)?;
        let tasks = self.initial_tasks()?;
        seed::check(&spec, self.unchecked, &tasks)?;
        let scenario = self.scenario.as_ref().map(|scenario| scenario.events(&spec, self.unchecked, self.speed));
        let scenario = scenario.transpose()?.unwrap_or_default();
        let created = scenario.iter().filter(|event| matches!(event.effect, Effect::Create(_))).count();
        let count = tasks.len().saturating_add(self.generated).saturating_add(created);
        if count > self.limits.tasks {
            return Err(format!("too many tasks: {count}; allowed: at most {}", self.limits.tasks));
        }
        let tasks = tasks.into_iter().chain(seed::generated(&spec, self.generated, self.seed));
        let duration = |duration: Duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let store = Store::new(tasks, self.modified_by, duration(self.action_delay), duration(self.read_lag));
        Ok(State {
            store: store.with_scenario(scenario, (self.clock)()),
            faults: FaultPlan::new(self.faults_by_task, self.fault_rates, self.seed),
            recorder: Recorder::new(self.limits.recorded_requests),
            nullable: spec.nullable_properties("incidentTask").into_iter().map(str::to_owned).collect(),
            future_members: FutureMembers::new(&spec),
            spec,
            access: self.access,
            guard: self.guard,
            throttle: self.throttle.map(|(requests, window)| Throttle::new(requests, window)),
            strict: self.strict,
            unchecked: self.unchecked,
            limits: self.limits,
            scheme: if self.tls { "https" } else { "http" },
            clock: self.clock,
        })
    }

    fn check(&self, spec: &SpecValidator) -> Result<(), String> {
        let ip = self.address.ip();
        if !ip.is_loopback() && !self.allow_remote {
            return Err(format!("{ip} is not loopback: allow remote connections explicitly"));
        }
        if let Some((fault, rate)) = self.fault_rates.iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            return Err(format!("invalid rate {rate} of {fault}; allowed: 0 to 1"));
        }
        let head_bytes = self.limits.head_bytes;
        if head_bytes < MIN_HEAD_BYTES {
            return Err(format!("invalid head_bytes {head_bytes}; allowed: {MIN_HEAD_BYTES} or more"));
        }
        let known: BTreeSet<_> = spec.operations().flat_map(|operation| spec.roles(operation)).collect();
        if let Some(unknown) = self.access.roles().find(|role| !known.contains(role)) {
            let known: Vec<_> = known.into_iter().collect();
            return Err(format!("unknown role {unknown:?}; allowed: {}", known.join(", ")));
        }
        Ok(())
    }

    fn initial_tasks(&self) -> Result<Vec<Task>, String> {
        let mut tasks = self.tasks.clone().unwrap_or_default();
        match &self.tasks_json {
            Some(json) => tasks.extend(seed::parse(json)?),
            None if self.tasks.is_none() => tasks = seed::documented()?,
            None => {}
        }
        Ok(tasks)
    }
}
