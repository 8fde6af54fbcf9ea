//! Runs of `apply` with unknown outcomes, in this process and with a clock that does not wait.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use msgraph_incident_tasks::{Sleep, StaticToken, Timer};
use msgraph_incident_tasks_emulator::{Emulator, EmulatorBuilder, Fault};

use crate::commands::apply;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::interrupt::Interruption;
use crate::output::{self, Output};
use crate::session::{Mode, Session};
use crate::sign_in::{SignedIn, Source};

#[derive(Parser)]
struct AllArguments {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: output::Arguments,
    #[command(flatten)]
    apply: apply::Arguments,
}

/// A clock whose waits end at once.
struct NoWaits;

impl Timer for NoWaits {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wait(&self, _: Duration) -> Sleep<'_> {
        Box::pin(std::future::ready(()))
    }

    fn timeout(&self, limit: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(limit))
    }
}

struct Runs {
    emulator: Emulator,
    folder: tempfile::TempDir,
}

impl Runs {
    /// Starts an emulator, and writes a file that sets this status on the two documented tasks.
    async fn start(builder: EmulatorBuilder, status: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("u.csv"), format!("id,status\n213213,{status}\n213214,{status}\n")).unwrap();
        Self { emulator: builder.start().await.unwrap(), folder }
    }

    async fn apply(&self, arguments: &[&str]) -> Result<(), Failure> {
        let file = self.folder.path().join("u.csv");
        let url = self.emulator.url();
        let all = ["apply", "--no-retry", "--endpoint", &url, file.to_str().unwrap(), "--quiet"];
        let AllArguments { connection, output, apply } =
            AllArguments::try_parse_from(all.iter().chain(arguments)).unwrap();
        let token = StaticToken::new("canary-7f3a.token").unwrap();
        let credential = SignedIn::new(vec![Source::new("the test", token)], false);
        let output = Output::new(&output);
        let session =
            Session::with_credential(&connection, credential, Arc::new(NoWaits), output, Mode::Send).await.unwrap();
        apply.run(&session, &mut Interruption::listen().unwrap()).await
    }

    fn journal(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("u.csv.journal")).unwrap()
    }

    /// Returns the number of update requests for each task.
    fn updates(&self) -> [usize; 2] {
        let requests = self.emulator.requests();
        ["213213", "213214"].map(|id| {
            let single =
                requests.iter().filter(|request| request.method == "PATCH" && request.path.ends_with(id)).count();
            let batched = format!("\"PATCH\",\"url\":\"/security/incidentTasks/{id}\"");
            single + requests.iter().map(|request| request.body.matches(&batched).count()).sum::<usize>()
        })
    }
}

fn code(result: &Result<(), Failure>) -> u8 {
    result.as_ref().err().map_or(0, Failure::code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rows_that_were_applied_or_cannot_be_read_are_not_sent_again() {
    let builder = Emulator::builder().fault_of_task("213214", Fault::ServerError);
    let runs = Runs::start(builder, "failed").await;
    assert_eq!(code(&runs.apply(&["--unbatched"]).await), 3);
    assert_eq!(runs.updates(), [1, 1]);
    assert!(
        runs.journal().contains(r#""row":2,"id":"213214","status":"failed","state":"unknown""#),
        "{}",
        runs.journal()
    );
    // Its task cannot be read either.
    assert_eq!(code(&runs.apply(&["--unbatched", "--resume"]).await), 3);
    assert_eq!(runs.updates(), [1, 1]);
    // A file that was cut off is not that of the journal.
    std::fs::write(runs.folder.path().join("u.csv"), "id,status\n213213,failed\n").unwrap();
    assert_eq!(code(&runs.apply(&["--resume"]).await), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rows_that_may_have_been_applied_are_looked_up() {
    let runs = Runs::start(Emulator::builder(), "notRelevant").await;
    let header = format!("{{\"journal\":1,\"endpoint\":\"{}\"}}\n", runs.emulator.url());
    let entry =
        |row, id| format!("{{\"row\":{row},\"id\":\"{id}\",\"status\":\"notRelevant\",\"state\":\"sending\"}}\n");
    // The run was killed while it wrote a line.
    let journal = [header, entry(1, "213213"), entry(2, "213214"), "{\"row\":2,\"i".to_owned()].concat();
    std::fs::write(runs.folder.path().join("u.csv.journal"), journal).unwrap();
    // One of the two was applied.
    let mut task = runs.emulator.task("213213").unwrap();
    task.insert("status".to_owned(), "notRelevant".into());
    runs.emulator.put_task(task).unwrap();
    assert_eq!(code(&runs.apply(&["--resume"]).await), 0);
    assert_eq!(runs.updates(), [0, 1]);
    let journal = runs.journal();
    assert_eq!(journal.matches("\"unknown\"").count(), 2, "{journal}");
    assert!(journal.ends_with("{\"complete\":2}\n"), "{journal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_more_rows_are_sent_after_max_errors() {
    let runs = Runs::start(Emulator::builder().generated_tasks(198).fault_rate(Fault::GatewayBad, 1.0), "open").await;
    let rows: String = (0..400).map(|id| format!("{id},completed\n")).collect();
    std::fs::write(runs.folder.path().join("u.csv"), format!("id,status\n{rows}")).unwrap();
    assert_eq!(code(&runs.apply(&["--max-errors", "1", "--concurrency", "1"]).await), 3);
    let tried = runs.journal().matches("\"unknown\"").count();
    assert!((1..=60).contains(&tried), "{tried}");
}
