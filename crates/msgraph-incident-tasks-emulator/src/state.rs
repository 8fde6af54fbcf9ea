//! The state that all requests share.

use bytes::Bytes;
use http::Request;
use http::header::HOST;
use jiff::Timestamp;

use crate::access::Access;
use crate::enum_members::FutureMembers;
use crate::fault_plan::FaultPlan;
use crate::host_guard::HostGuard;
use crate::limits::Limits;
use crate::recorder::Recorder;
use crate::spec_validator::SpecValidator;
use crate::store::Store;
use crate::throttle::Throttle;

pub(crate) struct State {
    pub(crate) spec: SpecValidator,
    pub(crate) store: Store,
    pub(crate) faults: FaultPlan,
    pub(crate) recorder: Recorder,
    /// The nullable properties of a task.
    pub(crate) nullable: Vec<String>,
    pub(crate) future_members: FutureMembers,
    pub(crate) access: Access,
    pub(crate) guard: HostGuard,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) strict: bool,
    /// Accepts tasks that the spec does not allow.
    pub(crate) unchecked: bool,
    pub(crate) limits: Limits,
    pub(crate) scheme: &'static str,
    pub(crate) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl State {
    /// Restores the state at the start.
    pub(crate) fn reset(&self) {
        self.store.reset(self.now());
        self.recorder.clear();
        self.faults.reset();
        self.throttle.iter().for_each(Throttle::reset);
    }

    /// Returns a URL of the emulator, with the host that the client uses.
    pub(crate) fn base_url(&self, request: &Request<Bytes>, path: &str) -> String {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
        format!("{}://{}{path}", self.scheme, host.unwrap_or("localhost"))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}
