//! Credentials of the Azure SDK, with this program's own TLS.

use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use futures_util::{StreamExt, future};
use msgraph_incident_tasks::AzureCredential;

use super::az::BoundedExecutor;
use super::certificate::CertificateAssertion;
use super::signed_in::Source;
use super::source::{SignIn, authority, variable};
use crate::failure::Failure;

/// The largest response with a token, in bytes.
const MAX_RESPONSE: usize = 1 << 20;
/// The longest wait for managed identity if it was not requested by name.
const MANAGED_IDENTITY_DEADLINE: Duration = Duration::from_secs(10);

/// Returns a source of tokens, with a shorter timeout if `auto` chose it.
pub(super) fn source(source: SignIn, tenant: Option<&str>, is_auto: bool) -> Result<Source, Failure> {
    let credential = credential(source, tenant, client_options(source)?).map_err(|error| Failure::SignIn {
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
            let tenant = required("AZURE_TENANT_ID", tenant)?;
            let client = required("AZURE_CLIENT_ID", client)?;
            let (secret, path) = (variable("AZURE_CLIENT_SECRET"), variable("AZURE_CLIENT_CERTIFICATE_PATH"));
            match path.filter(|_| secret.is_none()) {
                Some(path) => {
                    let assertion = certificate(&path, &tenant, &client)?;
                    let options = ClientAssertionCredentialOptions { client_options };
                    ClientAssertionCredential::new(tenant, client, assertion, Some(options))?
                }
                None => {
                    let options = ClientSecretCredentialOptions { client_options };
                    let secret = Secret::new(required("AZURE_CLIENT_SECRET", secret)?);
                    ClientSecretCredential::new(&tenant, client, secret, Some(options))?
                }
            }
        }
        SignIn::WorkloadIdentity => {
            let credential_options = ClientAssertionCredentialOptions { client_options };
            // The SDK reads the rest from the environment.
            let options =
                WorkloadIdentityCredentialOptions { credential_options, tenant_id: tenant, ..Default::default() };
            WorkloadIdentityCredential::new(Some(options))?
        }
        SignIn::ManagedIdentity => {
            // The Azure SDK takes an empty one as a URL.
            let names = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "IDENTITY_HEADER", "MSI_SECRET"];
            if let Some(name) = names.iter().find(|name| std::env::var_os(name).is_some_and(|value| value.is_empty())) {
                return Err(unusable(format!(
                    "the environment variable {name} is empty: unset it for managed identity"
                )));
            }
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

fn certificate(path: &str, tenant: &str, client: &str) -> azure_core::Result<CertificateAssertion> {
    let audience = format!("{}/{tenant}/oauth2/v2.0/token", authority().trim_end_matches('/'));
    let pem = std::fs::read(path).map_err(|error| error.to_string());
    pem.and_then(|pem| CertificateAssertion::new(&pem, client, audience))
        .map_err(|reason| unusable(format!("AZURE_CLIENT_CERTIFICATE_PATH: {path}: {reason}")))
}

fn required(name: &str, value: Option<String>) -> azure_core::Result<String> {
    value.ok_or_else(|| unusable(format!("the environment variable {name} must be set, in UTF-8")))
}

/// Returns an error that is not retried.
fn unusable(message: String) -> azure_core::Error {
    azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, message)
}

fn client_options(source: SignIn) -> Result<ClientOptions, Failure> {
    let http_client = if source == SignIn::ManagedIdentity {
        Arc::new(Bounded(AzureCredential::http_client_without_proxy()?))
    } else {
        http_client()?
    };
    // The Azure SDK takes an empty variable as a URL.
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = authority();
    let (cloud, transport) = (Some(Arc::new(cloud.into())), Some(Transport::new(http_client)));
    Ok(ClientOptions { cloud, transport, ..Default::default() })
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
        let response = self.0.execute_request(request).await.map_err(|error| {
            let mut causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
            if causes.any(|cause| cause.to_string().ends_with("proxy authorization required")) {
                // A kind that is not tried again: a wrong password could lock its owner out.
                let message = "the proxy rejected the user or password (407)";
                return azure_core::Error::with_error(azure_core::error::ErrorKind::Credential, error, message);
            }
            error
        })?;
        let (status, headers, body) = response.deconstruct();
        let bounded = body.scan(0, |length, chunk| {
            *length += chunk.as_ref().map_or(0, |chunk| chunk.len());
            let message = format!("the response exceeds {MAX_RESPONSE} bytes");
            future::ready(Some(if *length > MAX_RESPONSE { Err(unusable(message)) } else { chunk }))
        });
        Ok(AsyncRawResponse::new(status, headers, Box::pin(bounded)))
    }
}
