//! Decides which fault is applied to which request.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use crate::fault::{Fault, UnknownFault};

/// The request header that names a fault for this request.
pub(crate) const HEADER: &str = "emulator-fault";
/// The number of injected faults that can be pending.
const MAX_INJECTED: usize = 1_000;

/// A fault for the next requests.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Injection {
    /// The fault.
    pub fault: Fault,
    /// The number of requests to apply it to.
    pub times: u32,
    /// The ID of the task that the requests must be about, if any.
    pub task: Option<String>,
}

impl Injection {
    /// Creates a fault for the next request.
    pub fn once(fault: Fault) -> Self {
        Self { fault, times: 1, task: None }
    }

    /// Sets the number of requests to apply it to. Default: 1.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Applies it only to requests about this task.
    #[must_use]
    pub fn of_task(mut self, id: impl Into<String>) -> Self {
        self.task = Some(id.into().to_lowercase());
        self
    }
}

/// The pending faults.
pub(crate) struct FaultPlan {
    by_task: BTreeMap<String, Fault>,
    rates: Vec<(Fault, f64)>,
    seed: u64,
    state: Mutex<State>,
}

struct State {
    random: ChaCha8Rng,
    injected: VecDeque<Injection>,
}

impl State {
    fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), injected: VecDeque::new() }
    }
}

impl FaultPlan {
    pub(crate) fn new(by_task: BTreeMap<String, Fault>, rates: Vec<(Fault, f64)>, seed: u64) -> Self {
        Self { by_task, rates, seed, state: Mutex::new(State::new(seed)) }
    }

    /// Adds a fault. Returns the message of the error if too many are pending.
    pub(crate) fn inject(&self, injection: Injection) -> Result<(), String> {
        let mut state = self.state();
        if state.injected.len() >= MAX_INJECTED {
            return Err(format!("too many pending faults; allowed: at most {MAX_INJECTED}"));
        }
        if injection.times > 0 {
            state.injected.push_back(injection);
        }
        Ok(())
    }

    pub(crate) fn pending(&self) -> Vec<Injection> {
        self.state().injected.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.state().injected.clear();
    }

    /// Removes the pending faults and restarts the random numbers.
    pub(crate) fn reset(&self) {
        *self.state() = State::new(self.seed);
    }

    /// Returns the fault for a request: the one that it asks for, an injected one, that of its task, or a random one.
    /// A request in a batch gets only one that it asks for or that of its task.
    pub(crate) fn fault(
        &self,
        requested: Option<&str>,
        task: Option<&str>,
        in_batch: bool,
    ) -> Result<Option<Fault>, UnknownFault> {
        if let Some(name) = requested {
            return name.trim().parse().map(Some);
        }
        let of_task = task.and_then(|task| self.by_task.get(task)).copied();
        if in_batch {
            return Ok(of_task);
        }
        let mut state = self.state();
        let fits = |injection: &Injection| injection.task.is_none() || injection.task.as_deref() == task;
        if let Some(index) = state.injected.iter().position(fits) {
            let injection = &mut state.injected[index];
            let fault = injection.fault;
            injection.times = injection.times.saturating_sub(1);
            if injection.times == 0 {
                state.injected.remove(index);
            }
            return Ok(Some(fault));
        }
        if of_task.is_some() {
            return Ok(of_task);
        }
        let by_chance = self.rates.iter().find(|(_, rate)| state.random.random::<f64>() < *rate);
        Ok(by_chance.map(|(fault, _)| *fault))
    }

    /// Returns a random number from 0 to 1, reproducible by the seed.
    pub(crate) fn random(&self) -> f64 {
        self.state().random.random()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FaultPlan, Injection};
    use crate::fault::Fault;

    #[test]
    fn a_requested_fault_precedes_an_injected_one_which_precedes_that_of_the_task() {
        let plan = FaultPlan::new(BTreeMap::from([("7".to_owned(), Fault::Reset)]), Vec::new(), 1);
        plan.inject(Injection::once(Fault::Latency).times(2).of_task("8")).unwrap();
        assert_eq!(plan.fault(Some("redirect"), Some("7"), false), Ok(Some(Fault::Redirect)));
        assert_eq!(plan.fault(None, Some("7"), false), Ok(Some(Fault::Reset)));
        assert_eq!(plan.fault(None, Some("9"), false), Ok(None));
        assert_eq!(plan.fault(None, Some("8"), false), Ok(Some(Fault::Latency)));
        assert_eq!(plan.fault(None, Some("8"), false), Ok(Some(Fault::Latency)));
        assert_eq!(plan.fault(None, Some("8"), false), Ok(None));
        assert_eq!(plan.fault(None, Some("7"), true), Ok(Some(Fault::Reset)));
        assert_eq!(plan.fault(None, Some("9"), true), Ok(None));
        assert!(plan.fault(Some("none such"), None, false).unwrap_err().to_string().contains("throttled-seconds"));
    }

    #[test]
    fn faults_occur_at_their_rate_and_reproducibly_by_the_seed() {
        let faults = |seed: u64| -> Vec<_> {
            let plan = FaultPlan::new(BTreeMap::new(), vec![(Fault::Reset, 0.25)], seed);
            (0..1000).map(|_| plan.fault(None, None, false).unwrap().is_some()).collect()
        };
        let count = faults(7).iter().filter(|met| **met).count();
        assert!((180..320).contains(&count), "{count}");
        assert_eq!(faults(7), faults(7));
        assert_ne!(faults(7), faults(8));
    }
}
