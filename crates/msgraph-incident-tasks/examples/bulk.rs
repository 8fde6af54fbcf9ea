//! Updates many tasks, 20 to a batch: `cargo run -p msgraph-incident-tasks --example bulk`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{AccessToken, Client, IncidentTaskId, StaticToken};
use msgraph_incident_tasks_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let token = StaticToken::new(AccessToken::new("any")?);
    let client = Client::builder(token).endpoint(emulator.url()).allow_loopback_http().build()?;

    let ids: Vec<IncidentTaskId> = vec!["213213".parse()?, "213214".parse()?, "999".parse()?];
    let updates = ids.into_iter().map(|id| (id, IncidentTaskStatus::Completed));
    let mut results = client.update_incident_tasks(updates).send()?;
    while let Some(update) = results.next().await {
        match update.result {
            Ok(task) => println!("{}: {:?}", update.input.0, task.status),
            // One line, with what became of the write.
            Err(error) => println!("{}: {error}", update.input.0),
        }
    }
    Ok(())
}
