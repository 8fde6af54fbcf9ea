//! Those who are measured: each updates a task, as its users would write it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use clap::ValueEnum;
use msgraph_incident_tasks::types::IncidentTaskStatus;
use msgraph_incident_tasks::{AccessToken, Client, IncidentTaskId, StaticToken};
use msgraph_incident_tasks_api as api;
use serde::{Deserialize, Serialize};

use crate::Error;

const TOKEN: &str = "bench";
/// Each update is of this task, as the documentation has it.
pub const TASK: &str = "213213";

/// A contestant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Contestant {
    /// reqwest and a serde struct, with the TLS that the library has: ring, and the operating system's roots.
    Plain,
    /// The generated crate alone.
    Generated,
    /// The library with everything on.
    Library,
}

impl Contestant {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Generated => "generated",
            Self::Library => "library",
        }
    }
}

/// Where the server is, and whom to trust.
#[derive(Clone, Debug)]
pub struct Target {
    /// The endpoint.
    pub url: String,
    /// The certificate that signs the server's, where there is TLS.
    pub ca: Option<String>,
}

/// What is done with a contestant once it can make calls.
pub trait Work {
    /// What it comes to.
    type Output;

    /// Does it.
    fn run<F, R>(self, update: F) -> impl Future<Output = Result<Self::Output, Error>>
    where
        F: Fn() -> R,
        R: Future<Output = Result<(), Error>>;
}

/// Sets a contestant up, and works with it.
///
/// # Errors
///
/// Where it can't be set up, or an update fails.
pub async fn with<W: Work>(contestant: Contestant, target: &Target, work: W) -> Result<W::Output, Error> {
    match contestant {
        Contestant::Plain => work.run(plain(target)?).await,
        Contestant::Generated => {
            let client = api::Client::with_transport(transport(target)?);
            let body = api::types::IncidentTaskUpdate::new().status(IncidentTaskStatus::Completed);
            let update = || async {
                client.update_incident_task(TASK, &body).await.map(drop).map_err(|error| error.to_string().into())
            };
            work.run(|| Box::pin(update())).await
        }
        Contestant::Library => {
            let client = library(target)?;
            let id: IncidentTaskId = TASK.parse()?;
            let update = || async {
                client.update_incident_task(&id).status(IncidentTaskStatus::Completed).send().await?;
                Ok(())
            };
            work.run(|| Box::pin(update())).await
        }
    }
}

/// The library's client to a target.
///
/// # Errors
///
/// Where it can't be built.
pub fn library(target: &Target) -> Result<Client, Error> {
    let builder = Client::builder(StaticToken::new(AccessToken::new(TOKEN)?)).endpoint(&target.url);
    Ok(match &target.ca {
        Some(ca) => builder.root_certificates(ca.as_bytes()).build()?,
        None => builder.allow_loopback_http().build()?,
    })
}

fn transport(target: &Target) -> Result<msgraph_core::Transport, Error> {
    let endpoint = msgraph_core::Endpoint::new_allowing_loopback_http(&target.url)?;
    let builder = msgraph_core::Transport::builder(endpoint, StaticToken::new(AccessToken::new(TOKEN)?));
    let builder = target.ca.iter().fold(builder, |builder, ca| builder.root_certificates(ca.as_bytes()));
    Ok(builder.build()?)
}

#[derive(Serialize)]
struct Update<'a> {
    status: &'a str,
}

/// What most would write by hand for this one call. It loses what it has no field for.
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

fn plain(target: &Target) -> Result<impl Fn() -> Boxed, Error> {
    let client = reqwest::Client::builder().tls_backend_preconfigured(ring(target.ca.as_deref())?).build()?;
    let url = target.url.clone();
    Ok(move || -> Boxed {
        let request = client
            .patch(format!("{url}/security/incidentTasks/{TASK}"))
            .bearer_auth(TOKEN)
            .json(&Update { status: "completed" });
        Box::pin(async move {
            request.send().await?.error_for_status()?.json::<Task>().await?;
            Ok(())
        })
    })
}

type Boxed = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// TLS as the library has it.
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
