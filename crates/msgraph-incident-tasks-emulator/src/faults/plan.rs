//! Which requests meet which fault.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::Fault;

/// The header that asks for a fault, for one request.
pub(crate) const HEADER: &str = "emulator-fault";

/// A fault for the next requests.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Injection {
    /// The fault.
    pub fault: Fault,
    /// How many requests meet it.
    pub times: u32,
    /// The task that the requests must be about, if any.
    pub task: Option<String>,
}

impl Injection {
    /// A fault for the next request.
    pub fn once(fault: Fault) -> Self {
        Self { fault, times: 1, task: None }
    }

    /// How many requests meet it.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Requests about this task alone.
    #[must_use]
    pub fn of_task(mut self, id: impl Into<String>) -> Self {
        self.task = Some(id.into());
        self
    }
}

/// The faults that are to come.
pub(crate) struct Plan {
    of_tasks: BTreeMap<String, Fault>,
    rates: Vec<(Fault, f64)>,
    state: Mutex<State>,
}

struct State {
    random: ChaCha8Rng,
    injected: VecDeque<Injection>,
}

impl Plan {
    pub(crate) fn new(of_tasks: BTreeMap<String, Fault>, rates: Vec<(Fault, f64)>, seed: u64) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { of_tasks, rates, state: Mutex::new(State { random, injected: VecDeque::new() }) }
    }

    pub(crate) fn inject(&self, injection: Injection) {
        self.state().injected.push_back(injection);
    }

    pub(crate) fn clear(&self) {
        self.state().injected.clear();
    }

    /// The fault that a request meets: one that it asks for, that was injected, of its task, or by chance. One
    /// within a batch meets no others than those that it asks for, or that are of its task.
    pub(crate) fn fault(
        &self,
        asked: Option<&str>,
        task: Option<&str>,
        in_batch: bool,
    ) -> Result<Option<Fault>, UnknownFault> {
        if let Some(name) = asked {
            return name.trim().parse().map(Some);
        }
        let of_task = task.and_then(|task| self.of_tasks.get(task)).copied();
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

    /// A random number from 0 to 1, reproducible by the seed.
    pub(crate) fn random(&self) -> f64 {
        self.state().random.random()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name that no fault has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(Box<str>);

impl UnknownFault {
    pub(super) fn new(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        write!(f, "there is no fault {:?}; allowed: {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownFault {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Injection, Plan};
    use crate::Fault;

    #[test]
    fn what_a_request_asks_for_comes_first_then_what_was_injected_then_its_task() {
        let plan = Plan::new(BTreeMap::from([("7".to_owned(), Fault::Reset)]), Vec::new(), 1);
        plan.inject(Injection::once(Fault::Latency).times(2).of_task("8"));
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
    fn a_rate_is_about_right_and_the_same_for_the_same_seed() {
        let faults = |seed: u64| -> Vec<_> {
            let plan = Plan::new(BTreeMap::new(), vec![(Fault::Reset, 0.25)], seed);
            (0..1000).map(|_| plan.fault(None, None, false).unwrap().is_some()).collect()
        };
        let count = faults(7).iter().filter(|met| **met).count();
        assert!((180..320).contains(&count), "{count}");
        assert_eq!(faults(7), faults(7));
        assert_ne!(faults(7), faults(8));
    }
}
