//! Sets the status of a task: `cargo run -p msgraph-incident-tasks --example update`.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use msgraph_incident_tasks::{Client, StaticToken};
use msgraph_incident_tasks_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Instead of a tenant. With one: `Client::new(EnvironmentToken::new("GRAPH_TOKEN"))`.
    let emulator = Emulator::builder().start().await?;
    let client = Client::builder(StaticToken::new("any")?).endpoint(emulator.url()).allow_loopback_http().build()?;

    let task = client.update_incident_task("213213").status("completed").await?;
    println!("{:?} is {:?}, source {:?}", task.display_name, task.status, task.source);
    Ok(())
}
