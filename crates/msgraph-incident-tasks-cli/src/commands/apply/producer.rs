//! Reads rows and hands out their updates, each after it was written to the journal.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

use super::input::Input;
use super::journal::Journal;
use super::look_up::Found;
use super::previous_run::PreviousRun;
use super::rows::{self, Row, RowError, RowOptions};
use crate::failure::Failure;

/// The number of rows that are written to the journal at once, and share one wait for the disk: five batches.
const GROUP: usize = 100;

/// A row that is settled without being sent, or the end of the run.
pub(super) enum Settled {
    /// An earlier run applied it.
    Earlier(Row),
    /// An earlier run may have applied it, and its task could not be read.
    Unread(Row),
    /// The journal could not be written.
    NotSent(Row),
    /// No more rows can be handed out.
    Broken(Failure),
}

/// Reads the rows in its own thread, since reading and the journal block.
pub(super) struct Producer {
    pub(super) input: Input,
    pub(super) options: RowOptions,
    pub(super) previous: PreviousRun,
    /// The rows that earlier runs may have applied.
    pub(super) looked_up: HashMap<u64, Found>,
    pub(super) journal: Option<Arc<Journal>>,
    /// A permit is needed for each row; closed to stop.
    pub(super) room: Arc<Semaphore>,
    pub(super) rows: mpsc::Sender<Vec<Row>>,
    pub(super) settled: mpsc::UnboundedSender<Settled>,
}

impl Producer {
    pub(super) fn start(self) -> Result<(), Failure> {
        let runtime = Handle::current();
        let run = move || {
            // Sent before the channel of rows closes. After the run has ended the receiver is gone.
            if let Err(failure) = self.run(&runtime) {
                let _ = self.settled.send(Settled::Broken(failure));
            }
        };
        std::thread::Builder::new().name("rows".to_owned()).spawn(run)?;
        Ok(())
    }

    fn run(&self, runtime: &Handle) -> Result<(), Failure> {
        let mut group = Vec::new();
        for row in rows::read(&self.input, &self.options)? {
            let row = row.map_err(|error| match error {
                RowError::Io(error) => Failure::Io(error),
                RowError::Invalid { line, reason } => self.changed(line, &reason),
            })?;
            if let Some(reason) = self.previous.difference(&row) {
                return Err(self.changed(row.line, &reason));
            }
            if self.room.available_permits() == 0 {
                // The permits return only after these rows are sent.
                self.give_out(&mut group)?;
            }
            let Ok(permit) = runtime.block_on(self.room.acquire()) else { break };
            permit.forget();
            let found = self.looked_up.get(&row.number);
            if self.previous.is_applied(&row) || found == Some(&Found::Applied) {
                let _ = self.settled.send(Settled::Earlier(row));
                continue;
            }
            if found == Some(&Found::Unread) {
                let _ = self.settled.send(Settled::Unread(row));
                continue;
            }
            group.push(row);
            if group.len() == GROUP {
                self.give_out(&mut group)?;
            }
        }
        self.give_out(&mut group)
    }

    fn give_out(&self, group: &mut Vec<Row>) -> Result<(), Failure> {
        let group = std::mem::take(group);
        if group.is_empty() || self.room.is_closed() {
            return Ok(());
        }
        if let Some(Err(failure)) = self.journal.as_ref().map(|journal| journal.sending(&group)) {
            for row in group {
                let _ = self.settled.send(Settled::NotSent(row));
            }
            return Err(failure);
        }
        // After the run has ended the receiver is gone.
        let _ = self.rows.blocking_send(group);
        Ok(())
    }

    fn changed(&self, line: u64, reason: &str) -> Failure {
        let path = self.input.path().display();
        Failure::CheckFailed(format!("{path} was changed during the run: line {line}: {reason}"))
    }
}
