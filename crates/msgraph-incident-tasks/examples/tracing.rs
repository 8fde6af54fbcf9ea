//! Shows what the client tells `tracing`, never a token: `cargo run -p msgraph-incident-tasks --example tracing`.

use msgraph_incident_tasks::{AccessToken, Client, IncidentTaskId, StaticToken};
use msgraph_incident_tasks_emulator::Emulator;
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter("msgraph_core=debug").with_span_events(FmtSpan::CLOSE).init();
    let emulator = Emulator::builder().start().await?;
    let token = StaticToken::new(AccessToken::new("any")?);
    let client = Client::builder(token).endpoint(emulator.url()).allow_loopback_http().build()?;
    let id: IncidentTaskId = "213213".parse()?;
    client.update_incident_task(id).status("completed").send().await?;
    Ok(())
}
