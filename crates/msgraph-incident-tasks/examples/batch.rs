//! Sends different operations in one batch, one of which depends on another:
//! `cargo run -p msgraph-incident-tasks --example batch`.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use msgraph_incident_tasks::{Client, Response, StaticToken};
use msgraph_incident_tasks_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let client = Client::builder(StaticToken::new("any")?).endpoint(emulator.url()).allow_loopback_http().build()?;

    // Task 999 does not exist, so the execution that depends on its update does not run.
    for id in ["213213", "999"] {
        let mut batch = client.batch();
        let read = batch.add(client.get_incident_task("213214").select("id,status"));
        let update = batch.add(client.update_incident_task(id).status("inProgress"));
        let execution = batch.depends_on([&update]).add(client.execute_response_action("213213"));

        let mut results = batch.send().await?;
        println!("read: {:?}", results.take(read).map(|task| task.into_value().status));
        println!("update: {:?}", results.take(update).map(|task| task.into_value().status));
        println!("execution: {:?}", results.take(execution).map(Response::into_value));
    }
    Ok(())
}
