//! Prints the client's spans and events, which never have a token: `cargo run -p msgraph-incident-tasks --example tracing`.

use msgraph_incident_tasks::{Client, StaticToken};
use msgraph_incident_tasks_emulator::Emulator;
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter("msgraph_core=debug").with_span_events(FmtSpan::CLOSE).init();
    let emulator = Emulator::builder().start().await?;
    let client = Client::builder(StaticToken::new("any")?).endpoint(emulator.url()).allow_loopback_http().build()?;
    client.update_incident_task("213213").status("completed").await?;
    Ok(())
}
