//! Sets the status of a task: `cargo run -p msgraph-incident-tasks --example update`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{AccessToken, Client, IncidentTaskId, StaticToken};
use msgraph_incident_tasks_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // In place of a tenant. With one: `Client::new(EnvironmentToken::new("GRAPH_TOKEN"))`.
    let emulator = Emulator::builder().start().await?;
    let token = StaticToken::new(AccessToken::new("any")?);
    let client = Client::builder(token).endpoint(emulator.url()).allow_loopback_http().build()?;

    let id: IncidentTaskId = "213213".parse()?;
    let task = client.update_incident_task(id).status(IncidentTaskStatus::Completed).send().await?;
    println!("{:?} is {:?}, posted by {:?}", task.display_name, task.status, task.source);
    Ok(())
}
