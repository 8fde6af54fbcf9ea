//! The updates of a run of `apply`, from the rows to what is sent.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use msgraph_incident_tasks::StatusUpdate;
use tokio::sync::{Semaphore, mpsc, watch};

use super::input::{InvalidRow, Row, Rows};
use super::journal::{Journal, Left, State};
use super::report::Outcome;
use crate::exit::Failure;

/// How many rows are written to the journal at once: a batch.
pub(super) const CHUNK: usize = 20;

type NextRow = io::Result<Result<Row, InvalidRow>>;
pub(super) type SharedJournal = Arc<Mutex<Option<Journal>>>;

/// Reads rows in a thread of its own: a slow pipe must not hold up what is under way.
pub(super) fn in_background(rows: Rows) -> Result<mpsc::Receiver<NextRow>, Failure> {
    let (sender, receiver) = mpsc::channel(CHUNK);
    let read = move || {
        for row in rows {
            if sender.blocking_send(row).is_err() {
                break;
            }
        }
    };
    std::thread::Builder::new().name("rows".to_owned()).spawn(read)?;
    Ok(receiver)
}

/// The updates to send, each in the journal before it leaves.
pub(super) struct Updates {
    pub(super) rows: mpsc::Receiver<NextRow>,
    pub(super) room: Arc<Semaphore>,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) journal: SharedJournal,
    pub(super) left: Left,
    pub(super) looked_up: HashMap<u64, bool>,
    /// Takes what is settled without being sent.
    pub(super) settled: mpsc::UnboundedSender<Result<(u64, Outcome), Failure>>,
    pub(super) ready: VecDeque<Row>,
    /// How many were given out.
    pub(super) sent: usize,
    pub(super) in_flight: Arc<Mutex<HashMap<usize, Row>>>,
    /// Whether the input can't be read any further.
    pub(super) is_broken: bool,
}

impl Updates {
    pub(super) async fn next(&mut self) -> Option<StatusUpdate> {
        while self.ready.is_empty() {
            self.fill().await?;
        }
        let row = self.ready.pop_front()?;
        let update = (row.id.clone(), row.status.clone());
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner).insert(self.sent, row);
        self.sent += 1;
        Some(update)
    }

    /// Reads the next rows, as many as are there and fit in a batch; `None` at the end.
    async fn fill(&mut self) -> Option<()> {
        if self.is_broken || *self.stopped.borrow() {
            return None;
        }
        let row = tokio::select! {
            biased;
            _ = self.stopped.changed() => return None,
            row = row(&self.room, &mut self.rows) => row?,
        };
        self.take(row);
        while self.ready.len() < CHUNK
            && !self.is_broken
            && let Some(row) = row_if_there(&self.room, &mut self.rows)
        {
            self.take(row);
        }
        if self.ready.is_empty() {
            return Some(());
        }
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let written = journal.as_mut().map_or(Ok(()), |journal| journal.sending(&self.ready));
        drop(journal);
        if let Err(failure) = written {
            // What can't be remembered is not sent.
            for row in std::mem::take(&mut self.ready) {
                self.settle(row.number, row.id.as_str(), row.status.as_ref(), Err(&failure.to_string()));
            }
            return None;
        }
        Some(())
    }

    fn take(&mut self, row: NextRow) {
        match row {
            Ok(Ok(row)) => {
                if let Some(reason) = differs_from_journal(&row, &self.left) {
                    self.settle(row.number, row.id.as_str(), row.status.as_ref(), Err(&reason));
                } else if self.is_done(&row) {
                    self.settle(row.number, row.id.as_str(), row.status.as_ref(), Ok(()));
                } else {
                    self.ready.push_back(row);
                }
            }
            Ok(Err(InvalidRow { number, id, reason })) => {
                self.settle(number, &id, "", Err(&reason));
            }
            Err(error) => {
                let error = io::Error::new(error.kind(), format!("the input can't be read any further: {error}"));
                let _ = self.settled.send(Err(error.into()));
                // The rows before it go on.
                self.is_broken = true;
            }
        }
    }

    fn is_done(&self, row: &Row) -> bool {
        let applied = self.left.get(&row.number).is_some_and(|entry| entry.state == State::Applied);
        applied || self.looked_up.get(&row.number).copied().unwrap_or_default()
    }

    /// Settles a row that is not sent: done by an earlier run, or refused.
    fn settle(&self, number: u64, id: &str, status: &str, done: Result<(), &str>) {
        let outcome = Outcome {
            id: id.to_owned(),
            status: status.to_owned(),
            state: if done.is_ok() { State::Applied } else { State::NotSent },
            earlier: done.is_ok(),
            error: done.err().map(|reason| (reason.to_owned(), serde_json::json!({ "message": reason }))),
            task: None,
        };
        // The run is over where nobody takes it.
        let _ = self.settled.send(Ok((number, outcome)));
    }
}

/// The next row, once there is room for its result.
async fn row(room: &Semaphore, rows: &mut mpsc::Receiver<NextRow>) -> Option<NextRow> {
    let permit = room.acquire().await.ok()?;
    let row = rows.recv().await?;
    permit.forget();
    Some(row)
}

/// As [`row`], without waiting for either.
fn row_if_there(room: &Semaphore, rows: &mut mpsc::Receiver<NextRow>) -> Option<NextRow> {
    let permit = room.try_acquire().ok()?;
    let row = rows.try_recv().ok()?;
    permit.forget();
    Some(row)
}

/// Why a row is not the one that an earlier run had in its place.
pub(super) fn differs_from_journal(row: &Row, left: &Left) -> Option<String> {
    let entry =
        left.get(&row.number).filter(|entry| entry.id != row.id.as_str() || entry.status != row.status.to_string())?;
    Some(format!(
        "it is {} {}, and an earlier run had {} {} there; the journal is of another file",
        row.id, row.status, entry.id, entry.status
    ))
}
