//! Reads the open tasks of all pages, one by one: `cargo run -p msgraph-incident-tasks --example list`.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use msgraph_incident_tasks::{Client, Filter, StaticToken};
use msgraph_incident_tasks_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().generated_tasks(100).seed(7).start().await?;
    let client = Client::builder(StaticToken::new("any")?).endpoint(emulator.url()).allow_loopback_http().build()?;

    // It is also a `Stream`, for combinators.
    let mut tasks = client.list_incident_tasks().filter(Filter::status("open")).top(20).items();
    let mut count = 0;
    while let Some(task) = tasks.next().await {
        let task = task?;
        count += 1;
        println!("{:?} {:?}", task.id, task.display_name);
    }
    println!("{count} open");
    Ok(())
}
