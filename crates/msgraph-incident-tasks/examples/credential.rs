//! Gets tokens from a custom source: `cargo run -p msgraph-incident-tasks --example credential`.
#![allow(clippy::print_stdout, reason = "an example prints its results")]

use std::time::{Duration, SystemTime};

use msgraph_incident_tasks::{AccessToken, Client, CredentialError, TokenCredential, TokenFuture, TokenRequest};
use msgraph_incident_tasks_emulator::Emulator;

/// A vault, a sidecar, or any other source of tokens.
struct Vault;

impl TokenCredential for Vault {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        Box::pin(async move {
            println!("fetching a token for {}", request.scope);
            let token = AccessToken::new("any").map_err(|error| CredentialError::new(error.to_string()))?;
            // The token is reused until shortly before it expires.
            Ok(token.with_expiry(SystemTime::now() + Duration::from_secs(3600)))
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let client = Client::builder(Vault).endpoint(emulator.url()).allow_loopback_http().build()?;
    for id in ["213213", "213214"] {
        println!("{:?}", client.get_incident_task(id).await?.display_name);
    }
    Ok(())
}
