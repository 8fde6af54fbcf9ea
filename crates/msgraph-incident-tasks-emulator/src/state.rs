//! What all requests share.

use jiff::Timestamp;

use crate::enum_members::FutureMembers;
use crate::fault_plan::FaultPlan;
use crate::recorder::Recorder;
use crate::spec_validator::SpecValidator;
use crate::store::Store;
use crate::throttle::Throttle;

pub(crate) struct State {
    pub(crate) spec: SpecValidator,
    pub(crate) store: Store,
    pub(crate) faults: FaultPlan,
    pub(crate) recorder: Recorder,
    pub(crate) future_members: FutureMembers,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) strict: bool,
    pub(crate) scheme: &'static str,
    pub(crate) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}
