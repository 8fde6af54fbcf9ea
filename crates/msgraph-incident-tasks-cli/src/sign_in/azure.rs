//! Credentials of the Azure SDK, with this program's own TLS.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use futures_util::{StreamExt, future};
use msgraph_incident_tasks::AzureCredential;

use super::az::BoundedExecutor;
use super::signed_in::Source;
use super::source::{SignIn, variable};
use crate::failure::Failure;

/// The largest response with a token, in bytes.
const MAX_RESPONSE: usize = 1 << 20;
/// The longest wait for managed identity if it was not requested by name.
const MANAGED_IDENTITY_DEADLINE: Duration = Duration::from_secs(10);

/// Returns a source of tokens, with a shorter timeout if `auto` chose it.
pub(super) fn source(source: SignIn, tenant: Option<&str>, is_auto: bool) -> Result<Source, Failure> {
    let credential = credential(source, tenant, client_options()?).map_err(|error| Failure::SignIn {
        message: format!("{} is not usable", source.describe()),
        source: Some(Box::new(error)),
    })?;
    Ok(Source {
        claims_advice: (source == SignIn::AzureCli).then_some(claims_advice),
        deadline: (source == SignIn::ManagedIdentity && is_auto).then_some(MANAGED_IDENTITY_DEADLINE),
        ..Source::new(source.describe(), AzureCredential::new(credential))
    })
}

fn claims_advice(claims: &str) -> String {
    format!(
        "the service requires other claims in the token; run: az login --scope https://graph.microsoft.com/.default \
         --claims-challenge {claims:?}"
    )
}

fn credential(
    source: SignIn,
    tenant: Option<&str>,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let tenant = tenant.map(str::to_owned).or_else(|| variable("AZURE_TENANT_ID"));
    let client = variable("AZURE_CLIENT_ID");
    Ok(match source {
        SignIn::Environment => {
            let options = ClientSecretCredentialOptions { client_options };
            let secret = Secret::new(required("AZURE_CLIENT_SECRET", variable("AZURE_CLIENT_SECRET"))?);
            let tenant = required("AZURE_TENANT_ID", tenant)?;
            ClientSecretCredential::new(&tenant, required("AZURE_CLIENT_ID", client)?, secret, Some(options))?
        }
        SignIn::WorkloadIdentity => {
            let credential_options = ClientAssertionCredentialOptions { client_options };
            // The SDK reads the rest from the environment.
            let options =
                WorkloadIdentityCredentialOptions { credential_options, tenant_id: tenant, ..Default::default() };
            WorkloadIdentityCredential::new(Some(options))?
        }
        SignIn::ManagedIdentity => {
            let user_assigned_id = client.map(UserAssignedId::ClientId);
            let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
            ManagedIdentityCredential::new(Some(options))?
        }
        _ => {
            let executor = Some(Arc::new(BoundedExecutor) as _);
            AzureCliCredential::new(Some(AzureCliCredentialOptions {
                tenant_id: tenant,
                executor,
                ..Default::default()
            }))?
        }
    })
}

fn required(name: &str, value: Option<String>) -> azure_core::Result<String> {
    value.ok_or_else(|| {
        let message = format!("the environment variable {name} must be set, in UTF-8");
        azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, message)
    })
}

fn client_options() -> Result<ClientOptions, Failure> {
    Ok(ClientOptions { transport: Some(Transport::new(http_client()?)), ..Default::default() })
}

/// Returns an HTTP client with this program's TLS, that reads no endless response.
pub(super) fn http_client() -> Result<Arc<dyn HttpClient>, Failure> {
    Ok(Arc::new(Bounded(AzureCredential::http_client()?)))
}

/// An HTTP client with a limit on the size of a response.
#[derive(Debug)]
struct Bounded(Arc<dyn HttpClient>);

#[async_trait::async_trait]
impl HttpClient for Bounded {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let (status, headers, body) = self.0.execute_request(request).await?.deconstruct();
        let bounded = body.scan(0, |length, chunk| {
            *length += chunk.as_ref().map_or(0, |chunk| chunk.len());
            let message = format!("the response exceeds {MAX_RESPONSE} bytes");
            // A kind that is not retried.
            let too_long = azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, message);
            future::ready(Some(if *length > MAX_RESPONSE { Err(too_long) } else { chunk }))
        });
        Ok(AsyncRawResponse::new(status, headers, Box::pin(bounded)))
    }
}
