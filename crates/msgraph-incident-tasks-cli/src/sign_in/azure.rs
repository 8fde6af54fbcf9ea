//! Credentials of the Azure SDK, by this program's own TLS.

use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential as AzureTokenCredential};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    AzureCliCredential, ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use msgraph_incident_tasks::{AzureCredential, TokenCredential};

use super::source::SignIn;
use crate::failure::Failure;

pub(super) fn credential(source: SignIn) -> Result<Arc<dyn TokenCredential>, Failure> {
    let credential = azure_credential(source, client_options()?).map_err(|error| Failure::SignIn {
        message: format!("{} is not usable", source.describe()),
        source: Some(Box::new(error)),
    })?;
    Ok(Arc::new(AzureCredential::new(credential)))
}

fn azure_credential(
    source: SignIn,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn AzureTokenCredential>> {
    Ok(match source {
        SignIn::Environment => {
            let options = ClientSecretCredentialOptions { client_options };
            let (tenant, client) = (variable("AZURE_TENANT_ID")?, variable("AZURE_CLIENT_ID")?);
            let secret = Secret::new(variable("AZURE_CLIENT_SECRET")?);
            ClientSecretCredential::new(&tenant, client, secret, Some(options))?
        }
        SignIn::WorkloadIdentity => {
            let credential_options = ClientAssertionCredentialOptions { client_options };
            // The rest is read from the environment.
            let options = WorkloadIdentityCredentialOptions { credential_options, ..Default::default() };
            WorkloadIdentityCredential::new(Some(options))?
        }
        SignIn::ManagedIdentity => {
            let user_assigned_id = variable("AZURE_CLIENT_ID").ok().map(UserAssignedId::ClientId);
            let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
            ManagedIdentityCredential::new(Some(options))?
        }
        SignIn::Auto | SignIn::Token | SignIn::AzureCli => AzureCliCredential::new(None)?,
    })
}

fn client_options() -> Result<ClientOptions, Failure> {
    let transport = Transport::new(AzureCredential::http_client()?);
    Ok(ClientOptions { transport: Some(transport), ..Default::default() })
}

fn variable(name: &str) -> azure_core::Result<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or_else(|| {
        let message = format!("the environment variable {name} is not set, or not UTF-8");
        azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, message)
    })
}
