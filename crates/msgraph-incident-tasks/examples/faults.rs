//! Tests one's own code against a service that misbehaves: `cargo run -p msgraph-incident-tasks --example faults`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use msgraph_incident_tasks::{AccessToken, Client, IncidentTaskId, StaticToken};
use msgraph_incident_tasks_emulator::{Emulator, Fault, Injection};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let token = StaticToken::new(AccessToken::new("any")?);
    let client = Client::builder(token).endpoint(emulator.url()).allow_loopback_http().build()?;

    emulator.inject(Injection::once(Fault::ThrottledPastDate));
    let id: IncidentTaskId = "213213".parse()?;
    let task = client.update_incident_task(id).status("completed").send().await?;
    println!("{:?} after {} requests", task.status, emulator.requests().len());
    Ok(())
}
