//! Divides requests into batches.

use super::group::{BATCH_SIZE, InFlight};

/// The requests that were not sent yet, in the order in which they were added.
pub(super) struct Plan<T> {
    waiting: Vec<InFlight<T>>,
}

impl<T> Plan<T> {
    pub(super) fn new(requests: Vec<InFlight<T>>) -> Self {
        Self { waiting: requests }
    }

    /// Returns the requests that can be sent now, in groups of one batch each, and those that cannot be sent anymore.
    /// `succeeded` returns whether a request succeeded, if it is done.
    pub(super) fn next_groups(
        &mut self,
        succeeded: impl Fn(usize) -> Option<bool>,
    ) -> (Vec<Vec<InFlight<T>>>, Vec<InFlight<T>>) {
        let waiting = std::mem::take(&mut self.waiting);
        let mut failed: Vec<InFlight<T>> = Vec::new();
        let mut sendable = Vec::new();
        for request in waiting {
            let has_failed =
                |index: &usize| succeeded(*index) == Some(false) || failed.iter().any(|other| other.index == *index);
            if request.depends_on.iter().any(has_failed) {
                failed.push(request);
            } else {
                sendable.push(request);
            }
        }
        let mut groups: Vec<Vec<InFlight<T>>> = Vec::new();
        for mut component in components(sendable, |index| succeeded(index).is_none()) {
            let whole = component.len() <= BATCH_SIZE;
            let with_room = groups.iter_mut().find(|group| whole && group.len() + component.len() <= BATCH_SIZE);
            if let Some(group) = with_room {
                group.append(&mut component);
                continue;
            }
            // The first requests of a larger set are sent: they do not depend on later ones.
            let rest = component.split_off(component.len().min(BATCH_SIZE));
            groups.push(component);
            self.waiting.extend(rest);
        }
        self.waiting.sort_by_key(|request| request.index);
        (groups, failed)
    }
}

/// Returns the requests in sets that do not depend on each other. Dependencies that are done do not count.
fn components<T>(requests: Vec<InFlight<T>>, is_open: impl Fn(usize) -> bool) -> Vec<Vec<InFlight<T>>> {
    let mut components: Vec<Vec<InFlight<T>>> = Vec::new();
    for request in requests {
        let is_linked = |component: &Vec<InFlight<T>>| {
            component.iter().any(|other| is_open(other.index) && request.depends_on.contains(&other.index))
        };
        let first = components.iter().position(is_linked);
        let Some(first) = first else {
            components.push(vec![request]);
            continue;
        };
        let mut linked = Vec::new();
        for place in (first + 1..components.len()).rev() {
            if is_linked(&components[place]) {
                linked.append(&mut components.remove(place));
            }
        }
        components[first].append(&mut linked);
        components[first].push(request);
        components[first].sort_by_key(|request| request.index);
    }
    components
}
