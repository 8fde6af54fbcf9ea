//! Closes all open tasks of an incident: `cargo run -p msgraph-incident-tasks --example bulk`.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use msgraph_incident_tasks::{Client, Filter, StaticToken, StatusUpdate};
use msgraph_incident_tasks_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let client = Client::builder(StaticToken::new("any")?).endpoint(emulator.url()).allow_loopback_http().build()?;

    let open = client.list_incident_tasks().filter(Filter::incident_id("123")).filter(Filter::status("open"));
    let (mut tasks, mut updates) = (open.items(), vec![StatusUpdate::new("999", "completed")?]);
    while let Some(task) = tasks.next().await {
        updates.push(StatusUpdate::new(&task?, "completed")?);
    }
    let mut results = client.update_incident_tasks(updates).send()?;
    while let Some(update) = results.next().await {
        match update.result {
            Ok(task) => println!("{}: {:?}", update.input.id, task.status),
            // One line, with the outcome of the write.
            Err(error) => println!("{}: {error}", update.input.id),
        }
    }
    Ok(())
}
