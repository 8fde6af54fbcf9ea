//! A run of `apply`: reads rows, sends requests, prints results in order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt, stream};
use msgraph_incident_tasks::types::IncidentTask;
use msgraph_incident_tasks::{BulkResults, Error, ErrorKind, RetryMode, StatusUpdate, WriteOutcome};
use tokio::sync::mpsc;

use super::input::Input;
use super::journal::Journal;
use super::look_up::{is_applied, look_up};
use super::previous_run::{Entry, PreviousRun, State};
use super::producer::{Producer, Settled};
use super::report::{Outcome, Report, Shown};
use super::rows::{Row, RowOptions};
use crate::failure::Failure;
use crate::interrupt::Interruption;
use crate::session::Session;
use crate::text::eprint_line;
use crate::warnings;

/// The parts of a run.
pub(super) struct Setup<'a> {
    pub(super) session: &'a Session,
    pub(super) input: Input,
    pub(super) options: RowOptions,
    /// The number of rows.
    pub(super) rows: u64,
    pub(super) previous: PreviousRun,
    pub(super) journal: Option<Journal>,
    pub(super) concurrency: usize,
    pub(super) unbatched: bool,
    pub(super) max_errors: Option<u64>,
    pub(super) shown: Shown,
}

/// The number of requests in a batch.
const BATCH: usize = 20;

/// The rows on their way, by the index of their update.
type InFlight = Arc<Mutex<HashMap<usize, Row>>>;

/// The task that an update returned; `None` if its response was lost and a read confirmed the write.
type RowResult = Result<Option<IncidentTask>, Error>;

/// A run in progress.
struct Run<'a> {
    session: &'a Session,
    journal: Option<Arc<Journal>>,
    report: Report,
    rows: u64,
    max_errors: Option<u64>,
    /// Set when no more updates are to be sent.
    is_stopped: Arc<AtomicBool>,
    /// Why the run was stopped, if not by a signal.
    failure: Option<Failure>,
    signal: Option<u8>,
}

/// Runs until each row has an outcome or the run is stopped, and prints the summary.
pub(super) async fn run(setup: Setup<'_>, interruption: &mut Interruption) -> Result<(), Failure> {
    let Setup { session, input, options, rows, previous, journal, concurrency, unbatched, max_errors, shown } = setup;
    let journal = journal.map(Arc::new);
    let looked_up = match &journal {
        Some(journal) => look_up(session, journal, &previous, interruption).await?,
        None => HashMap::new(),
    };
    let mut run = Run {
        session,
        journal: journal.clone(),
        report: Report::new(session.output, shown, rows),
        rows,
        max_errors,
        is_stopped: Arc::default(),
        failure: None,
        signal: None,
    };
    let allow_unknown = options.allow_unknown_status;
    let (row_sender, row_receiver) = mpsc::channel(1);
    let (settled_sender, settled) = mpsc::unbounded_channel();
    let (room, rows, settled_) = (run.report.room(), row_sender, settled_sender);
    Producer { input, options, previous, looked_up, journal, room, rows, settled: settled_ }.start()?;

    let in_flight = InFlight::default();
    let updates = run.updates(row_receiver, &in_flight);
    // Unbatched, as many requests are in flight as the batches would have rows.
    let requests = if unbatched { concurrency * BATCH } else { concurrency };
    let mut bulk = session.client.update_incident_tasks_from(updates).concurrency(requests);
    bulk = bulk.retry_mode(RetryMode::OnlyIfNotProcessed);
    if unbatched {
        bulk = bulk.unbatched();
    }
    if allow_unknown {
        bulk = bulk.allow_unknown_status();
    }
    run.receive(bulk.send()?, settled, &in_flight, interruption).await;
    run.end()
}

impl Run<'_> {
    /// Returns the updates to send. After the run was stopped, waiting rows are not sent.
    fn updates(
        &self,
        groups: mpsc::Receiver<Vec<Row>>,
        in_flight: &InFlight,
    ) -> impl Stream<Item = StatusUpdate> + Send + use<> {
        let (is_stopped, in_flight, journal) =
            (Arc::clone(&self.is_stopped), Arc::clone(in_flight), self.journal.clone());
        stream::unfold((groups, Vec::<Row>::new().into_iter(), 0), move |(mut groups, mut group, index)| {
            let (is_stopped, in_flight, journal) = (Arc::clone(&is_stopped), Arc::clone(&in_flight), journal.clone());
            async move {
                loop {
                    let Some(row) = group.next() else {
                        group = groups.recv().await?.into_iter();
                        continue;
                    };
                    if is_stopped.load(Ordering::Relaxed) {
                        // If writing fails, the next run looks the row up.
                        let _ = journal.as_ref().map(|journal| journal.note([Entry::new(&row, State::NotSent)]));
                        continue;
                    }
                    let update = StatusUpdate { id: row.id.clone(), status: row.status.clone() };
                    in_flight.lock().unwrap_or_else(PoisonError::into_inner).insert(index, row);
                    return Some((update, (groups, group, index + 1)));
                }
            }
        })
    }

    /// Receives the outcome of each row.
    async fn receive(
        &mut self,
        results: BulkResults<StatusUpdate, IncidentTask>,
        mut settled: mpsc::UnboundedReceiver<Settled>,
        in_flight: &InFlight,
        interruption: &mut Interruption,
    ) {
        let (session, is_dry_run) = (self.session, self.session.is_dry_run());
        let results = results.map(|update| {
            warnings::of_update(&update);
            let row = in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&update.index);
            row.map(|row| (row, update.result.map(Some)))
        });
        let mut results = std::pin::pin!(results.ready_chunks(BATCH));
        let is_unknown = |(_, result): &(Row, RowResult)| {
            !is_dry_run && matches!(result, Err(error) if error.write_outcome() == Some(WriteOutcome::Unknown))
        };
        let (mut has_more, mut looked_up) = (true, FuturesUnordered::new());
        while has_more || !looked_up.is_empty() {
            let done = tokio::select! {
                biased;
                Some(settled) = settled.recv() => self.settle(settled),
                Some(result) = looked_up.next() => self.results(vec![result]),
                group = results.next(), if has_more => {
                    has_more = group.is_some();
                    let group = group.into_iter().flatten().flatten();
                    let (unknown, known): (Vec<_>, _) = group.partition(is_unknown);
                    looked_up.extend(unknown.into_iter().map(|(row, result)| confirmed(session, row, result)));
                    self.results(known)
                }
                signal = interruption.next() => {
                    if self.signal.replace(signal).is_some() {
                        return;
                    }
                    eprint_line("interrupted: waiting for the requests in flight; press Ctrl-C again to abandon them");
                    self.stop();
                    Ok(())
                }
            };
            self.stop_if_failed(done);
            let printed = self.report.print();
            self.stop_if_failed(printed);
        }
        while let Ok(settled) = settled.try_recv() {
            let done = self.settle(settled);
            self.stop_if_failed(done);
        }
    }

    fn settle(&mut self, settled: Settled) -> Result<(), Failure> {
        match settled {
            Settled::Earlier(row) => self.report.add(row, Outcome { earlier: true, ..Outcome::new(State::Applied) }),
            Settled::Unread(row) => self.report.add(row, Outcome::new(State::Unknown)),
            Settled::NotSent(row) => self.report.add(row, Outcome::new(State::NotSent)),
            Settled::Broken(failure) => Err(failure),
        }
    }

    /// Takes results that have arrived together. All are in the journal before the first is printed.
    fn results(&mut self, results: Vec<(Row, RowResult)>) -> Result<(), Failure> {
        let entries = results.iter().map(|(row, result)| Entry::new(row, state(result)));
        let noted = self.journal.as_ref().map_or(Ok(()), |journal| journal.note(entries));
        results.into_iter().fold(noted, |done, (row, result)| {
            let reported = self.result(row, result);
            done.and(reported)
        })
    }

    fn result(&mut self, row: Row, result: RowResult) -> Result<(), Failure> {
        let state = state(&result);
        let error = match result {
            Ok(task) => return self.report.add(row, Outcome { task, ..Outcome::new(state) }),
            Err(error) if self.session.is_dry_run() && error.kind() == ErrorKind::DryRun => {
                return self.report.pass(&row);
            }
            Err(error) => error,
        };
        let is_rejected = error.kind() == ErrorKind::Credential || matches!(error.status(), Some(401 | 403));
        let failure = Failure::Graph(error.clone());
        self.report.add(row, Outcome { failure: Some(failure), ..Outcome::new(state) })?;
        if self.max_errors.is_some_and(|max| self.report.counts.failed() as u64 >= max) {
            self.stop();
        }
        // Every other row would fail too.
        if is_rejected { Err(error.into()) } else { Ok(()) }
    }

    fn stop_if_failed(&mut self, done: Result<(), Failure>) {
        if let Err(failure) = done {
            self.failure.get_or_insert(failure);
            self.stop();
        }
    }

    /// Stops sending updates; those in flight complete.
    fn stop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.report.room().close();
    }

    /// Prints the remaining results and the summary.
    fn end(mut self) -> Result<(), Failure> {
        let printed = self.report.end();
        self.stop_if_failed(printed);
        let counts = &self.report.counts;
        let (failed, all, unread) = (counts.failed(), counts.all, self.rows.saturating_sub(counts.all as u64));
        if self.session.is_dry_run() {
            let partial = if failed > 0 { Err(Failure::Partial { failed, all }) } else { Ok(()) };
            let signal = self.signal.map(|signal| Failure::Interrupted { signal, write: None });
            return signal.or(self.failure).map_or(partial, Err);
        }
        let is_whole = failed == 0 && unread == 0 && self.signal.is_none();
        let completed = match &self.journal {
            Some(journal) if is_whole => journal.complete(self.rows),
            _ => Ok(()),
        };
        eprint_line(&counts.summary(unread));
        if let Some(journal) = self.journal.as_ref().filter(|_| !is_whole) {
            eprint_line(&format!("finish it with --resume; the journal is {}", journal.path().display()));
        }
        if let Some(signal) = self.signal {
            let write = if self.report.counts.unknown > 0 { Some(WriteOutcome::Unknown) } else { None };
            return Err(Failure::Interrupted { signal, write });
        }
        match self.failure {
            Some(failure) => Err(failure),
            None if failed > 0 => Err(Failure::Partial { failed, all }),
            None if unread > 0 => {
                Err(Failure::CheckFailed(format!("the file was changed during the run: {unread} rows are missing")))
            }
            None => completed,
        }
    }
}

/// Reads the task of an update with an unknown outcome: if it has the status, it was applied.
async fn confirmed(session: &Session, row: Row, result: RowResult) -> (Row, RowResult) {
    let is_applied = is_applied(session, &row.id, &row.status).await;
    (row, if is_applied { Ok(None) } else { result })
}

fn state(result: &RowResult) -> State {
    match result.as_ref().map_err(Error::write_outcome) {
        // An error that is applied has an invalid response: nothing is left to do.
        Ok(_) | Err(Some(WriteOutcome::Applied)) => State::Applied,
        Err(Some(WriteOutcome::NotApplied)) => State::NotApplied,
        Err(Some(WriteOutcome::NotSent)) => State::NotSent,
        Err(_) => State::Unknown,
    }
}
