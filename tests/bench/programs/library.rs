//! One update by the library: `library <endpoint> [<certificate to trust>]`.

use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{Client, StaticToken};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("an endpoint is missing")?;
    let builder = Client::builder(StaticToken::new("bench")?).endpoint(url);
    let client = match arguments.next() {
        Some(file) => builder.root_certificates(std::fs::read(file)?).build()?,
        None => builder.allow_loopback_http().build()?,
    };
    let task = client.update_incident_task("213213").status(IncidentTaskStatus::Completed).await?;
    println!("{:?}", task.status);
    Ok(())
}
