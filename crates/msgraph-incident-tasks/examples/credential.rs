//! Gets tokens from a source of one's own: `cargo run -p msgraph-incident-tasks --example credential`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::{Duration, SystemTime};

use msgraph_incident_tasks::{AccessToken, Client, CredentialError, TokenCredential, TokenFuture, TokenRequest};
use msgraph_incident_tasks_emulator::Emulator;

/// A vault, a sidecar, or whatever has tokens.
struct Vault;

impl TokenCredential for Vault {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        Box::pin(async move {
            println!("asked for a token of {}", request.scope);
            let token = AccessToken::new("any").map_err(|error| CredentialError::new(error.to_string()))?;
            // Until shortly before then it is kept, and this is not called again.
            Ok(token.with_expiry(SystemTime::now() + Duration::from_secs(3600)))
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let client = Client::builder(Vault).endpoint(emulator.url()).allow_loopback_http().build()?;
    for id in ["213213", "213214"] {
        let id: msgraph_incident_tasks::IncidentTaskId = id.parse()?;
        println!("{:?}", client.get_incident_task(id).send().await?.display_name);
    }
    Ok(())
}
