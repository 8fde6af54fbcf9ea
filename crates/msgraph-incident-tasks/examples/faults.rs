//! Tests a program against injected faults: `cargo run -p msgraph-incident-tasks --example faults`.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use msgraph_incident_tasks::{Client, StaticToken};
use msgraph_incident_tasks_emulator::{Emulator, Fault, Injection};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let client = Client::builder(StaticToken::new("any")?).endpoint(emulator.url()).allow_loopback_http().build()?;

    emulator.inject(Injection::once(Fault::ThrottledPastDate));
    let task = client.update_incident_task("213213").status("completed").await?;
    println!("{:?} after {} requests", task.status, emulator.requests().len());
    Ok(())
}
