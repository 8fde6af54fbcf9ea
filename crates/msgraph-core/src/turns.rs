//! Turns: work with the same key is done one after the other, in order.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The turns of each key. Only keys with a turn that has not ended are kept.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    count: u64,
    /// The last turn of each key, and its end.
    last: HashMap<String, (u64, oneshot::Receiver<Infallible>)>,
}

/// A turn of a key. It ends when it is dropped.
pub(crate) struct Turn {
    turns: Turns,
    key: String,
    number: u64,
    /// Resolves at the end of the turn before.
    before: Option<oneshot::Receiver<Infallible>>,
    _end: oneshot::Sender<Infallible>,
}

impl Turns {
    /// Returns the next turn of a key.
    pub(crate) fn next(&self, key: String) -> Turn {
        let (end, receiver) = oneshot::channel();
        let mut state = self.state();
        state.count += 1;
        let number = state.count;
        let before = state.last.insert(key.clone(), (number, receiver)).map(|(_, before)| before);
        drop(state);
        Turn { turns: self.clone(), key, number, before, _end: end }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Waits until the turn before has ended.
    pub(crate) async fn wait(&mut self) {
        if let Some(before) = &mut self.before {
            let _ = before.await;
            self.before = None;
        }
    }

    /// Returns true if the turn before has ended.
    pub(crate) fn has_come(&mut self) -> bool {
        // A receiver must not be polled after it has ended.
        self.before.take_if(|before| before.try_recv() != Err(oneshot::error::TryRecvError::Empty));
        self.before.is_none()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        if state.last.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            state.last.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::Turns;

    #[test]
    fn a_turn_comes_when_the_one_before_has_ended() {
        let turns = Turns::default();
        let (mut first, mut second, mut other) =
            (turns.next("a".into()), turns.next("a".into()), turns.next("b".into()));
        assert!(first.has_come() && other.has_come() && !second.has_come());
        assert!(second.wait().now_or_never().is_none());
        drop(first);
        assert!(second.has_come() && second.wait().now_or_never().is_some());
    }

    #[test]
    fn turns_that_have_ended_are_not_kept() {
        let turns = Turns::default();
        let (first, second) = (turns.next("a".into()), turns.next("a".into()));
        drop(first);
        assert_eq!(turns.state().last.len(), 1);
        drop(second);
        assert!(turns.state().last.is_empty());
        drop(turns.next("a".into()));
        assert!(turns.state().last.is_empty());
    }
}
