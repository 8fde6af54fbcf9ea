//! reqwest and serde structs, written by hand.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{TASK, TOKEN, Target, Update};
use crate::Error;

/// The `user-agent` of the library.
const USER_AGENT: &str = "msgraph-incident-tasks/0.1.0 msgraph-core/0.1.0";

/// Returns the update as most would write it for this one call.
///
/// # Errors
///
/// If TLS cannot be set up.
pub fn set_up(target: &Target) -> Result<Update, Error> {
    let client = reqwest::Client::builder().tls_backend_preconfigured(ring(target.ca.as_deref())?).build()?;
    let url = target.url.clone();
    Ok(Box::new(move || {
        let request = client
            .patch(format!("{url}/security/incidentTasks/{TASK}"))
            .bearer_auth(TOKEN)
            .json(&Body { status: "completed" });
        Box::pin(async move {
            request.send().await?.error_for_status()?.json::<Task>().await?;
            Ok(())
        })
    }))
}

/// Returns the same with Graph's best practices: it asks for members that were added later, and each request has an ID
/// for Microsoft's support, the client's name, and a time limit.
///
/// # Errors
///
/// If TLS cannot be set up.
pub fn set_up_same_request(target: &Target) -> Result<Update, Error> {
    let builder = reqwest::Client::builder().tls_backend_preconfigured(ring(target.ca.as_deref())?);
    let client = builder.user_agent(USER_AGENT).timeout(Duration::from_secs(30)).build()?;
    let url = target.url.clone();
    Ok(Box::new(move || {
        let request = client
            .patch(format!("{url}/security/incidentTasks/{TASK}"))
            .bearer_auth(TOKEN)
            .header("accept", "application/json")
            .header("client-request-id", Uuid::new_v4().to_string())
            .header("prefer", "include-unknown-enum-members")
            .json(&Body { status: "completed" });
        Box::pin(async move {
            request.send().await?.error_for_status()?.json::<Task>().await?;
            Ok(())
        })
    }))
}

#[derive(Serialize)]
struct Body<'a> {
    status: &'a str,
}

/// A task as most would write it for this one call. It loses properties without a field.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Graph's")]
pub struct Task {
    pub id: Option<String>,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub status: Option<String>,
    pub source: Option<String>,
    pub action_type: Option<String>,
    pub action_status: Option<String>,
    pub response_action: Option<Action>,
    pub created_date_time: Option<String>,
    pub created_by_display_name: Option<String>,
    pub last_modified_date_time: Option<String>,
    pub last_modified_by_display_name: Option<String>,
    pub incident: Option<Incident>,
}

/// The response action of a [`Task`].
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are Graph's")]
pub struct Action {
    #[serde(rename = "@odata.type")]
    pub odata_type: String,
    pub identifier_value: Option<String>,
    pub isolation_type: Option<String>,
    pub device_id: Option<String>,
}

/// The incident of a [`Task`].
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the names are Graph's")]
pub struct Incident {
    pub id: Option<String>,
}

/// A page of [`Task`]s.
#[derive(Debug, Deserialize, Serialize)]
#[expect(missing_docs, reason = "the names are Graph's")]
pub struct Page {
    pub value: Vec<Task>,
}

/// Returns the TLS settings of the library.
fn ring(ca: Option<&str>) -> Result<rustls::ClientConfig, Error> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots: Vec<_> =
        ca.map(|ca| CertificateDer::from_pem_slice(ca.as_bytes())).into_iter().collect::<Result<_, _>>()?;
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(roots, Arc::clone(&provider))?;
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
