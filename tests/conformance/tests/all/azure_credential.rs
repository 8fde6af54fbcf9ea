//! Tokens of an Azure SDK credential are used and refreshed in time; claims cannot be passed to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use azure_core::credentials::{AccessToken, TokenRequestOptions};
use conformance::faults::{Authority, FaultyServer, ServerBehavior};
use msgraph_incident_tasks::{AzureCredential, Client, Error, IncidentTaskId};

#[derive(Debug, Default)]
struct Counting(AtomicUsize);

#[async_trait::async_trait]
impl azure_core::credentials::TokenCredential for Counting {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://graph.microsoft.com/.default"]);
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(AccessToken::new("azure-token", (SystemTime::now() + Duration::from_secs(3600)).into()))
    }
}

async fn update(client: &Client) -> Result<(), Error> {
    let id: IncidentTaskId = "213213".parse()?;
    client.update_incident_task(id).status("open").send().await.map(drop)
}

fn client(server: &FaultyServer, credential: &Arc<Counting>) -> Client {
    let credential = AzureCredential::new(Arc::clone(credential) as _);
    Client::builder(credential).endpoint(server.url()).allow_loopback_http().build().unwrap()
}

#[tokio::test]
async fn its_token_is_sent_and_kept_until_it_expires() {
    let response = ServerBehavior::Response { status: 200, parts: Default::default() };
    let server = FaultyServer::start(vec![response], "", &Authority::new()).await;
    let credential = Arc::default();
    let client = client(&server, &credential);
    update(&client).await.unwrap();
    update(&client).await.unwrap();
    assert!(server.requests().iter().all(|head| head.contains("Bearer azure-token")));
    assert_eq!(credential.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_claims_challenge_is_final_since_it_cannot_be_passed_on() {
    let challenge = ServerBehavior::Response { status: 401, parts: [("www".to_owned(), "claims".to_owned())].into() };
    let server = FaultyServer::start(vec![challenge], "", &Authority::new()).await;
    let credential = Arc::default();
    let error = update(&client(&server, &credential)).await.unwrap_err();
    assert_eq!(error.claims().as_deref(), Some("eyJh"));
    // The credential was called again and returned the same token, so nothing was sent again.
    assert_eq!(credential.0.load(Ordering::SeqCst), 2);
    assert_eq!(server.requests().len(), 1);
}
