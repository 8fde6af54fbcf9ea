//! The sources of the access token.

#[cfg(feature = "azure")]
mod az;
#[cfg(feature = "azure")]
mod azure;
#[cfg(feature = "azure")]
mod certificate;
#[cfg(feature = "login")]
pub(crate) mod login;
mod signed_in;
mod source;
mod stdin;

use std::io::{self, IsTerminal};
use std::time::Duration;

#[cfg(feature = "login")]
use msgraph_incident_tasks::DEFAULT_SCOPE;
use msgraph_incident_tasks::{CredentialError, EnvironmentToken, FnCredential};

use crate::failure::Failure;
use source::variable;

pub(crate) use signed_in::{SignedIn, Source};
pub(crate) use source::SignIn;

/// The longest wait for a token that a person types.
const TYPING_DEADLINE: Duration = Duration::from_secs(900);
const TOKEN_VARIABLE: &str = "GRAPH_TOKEN";

/// Returns the credential of a source, or of all that are configured.
pub(crate) fn credential(
    source: SignIn,
    token_stdin: bool,
    tenant: Option<&str>,
    shows_waits: bool,
) -> Result<SignedIn, Failure> {
    if token_stdin {
        // A person may have to look for it.
        let deadline = io::stdin().is_terminal().then_some(TYPING_DEADLINE);
        let source = Source { deadline, ..Source::new("stdin", stdin::StdinToken::default()) };
        return Ok(SignedIn::new(vec![source], shows_waits));
    }
    let is_auto = source == SignIn::Auto;
    let chosen = if is_auto {
        in_environment(|name| variable(name).is_some(), has_login(), is_in_path("az"))
    } else {
        vec![source]
    };
    let mut sources: Vec<_> = chosen
        .into_iter()
        .map(|source| {
            // The error of a source that cannot be set up is reported when a token is requested.
            source_of(source, tenant, is_auto).unwrap_or_else(|failure| failed(source.describe(), &failure.to_string()))
        })
        .collect();
    if sources.is_empty() {
        sources.push(failed("none", ADVICE));
    }
    Ok(SignedIn::new(sources, shows_waits))
}

#[cfg_attr(
    not(feature = "azure"),
    expect(unused_variables, reason = "without the Azure SDK a token is the only source")
)]
fn source_of(source: SignIn, tenant: Option<&str>, is_auto: bool) -> Result<Source, Failure> {
    match source {
        SignIn::Auto | SignIn::Token => Ok(Source::new(source.describe(), EnvironmentToken::new(TOKEN_VARIABLE))),
        #[cfg(feature = "login")]
        SignIn::Login => {
            let scope = format!("{DEFAULT_SCOPE} offline_access");
            // Only who has chosen it by name is asked.
            let registration =
                if is_auto || login::is_kept() { None } else { Some(registration(tenant, None, scope)?) };
            let deadline = registration.as_ref().map(|_| login::PERSON_DEADLINE);
            let credential = login::LoginCredential::new(registration);
            Ok(Source { deadline, ..Source::new(source.describe(), credential) })
        }
        #[cfg(feature = "azure")]
        source => azure::source(source, tenant, is_auto),
    }
}

/// Returns the settings of a user's sign-in.
#[cfg(feature = "login")]
pub(crate) fn registration(
    tenant: Option<&str>,
    client_id: Option<String>,
    scope: String,
) -> Result<login::Registration, Failure> {
    let client_id = client_id.or_else(|| variable("AZURE_CLIENT_ID")).ok_or_else(|| {
        Failure::Usage("there is no application to sign in to: set --client-id or AZURE_CLIENT_ID".to_owned())
    })?;
    let tenant = tenant.map(str::to_owned).or_else(|| variable("AZURE_TENANT_ID"));
    let tenant = tenant.unwrap_or_else(|| "organizations".to_owned());
    if tenant.is_empty() || !tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
        return Err(Failure::Usage(format!("invalid tenant {tenant:?}: must be an ID or a domain")));
    }
    let authority = source::authority();
    if !authority.starts_with("https://") {
        return Err(Failure::Usage(format!("invalid AZURE_AUTHORITY_HOST {authority:?}: must be an https URL")));
    }
    Ok(login::Registration { authority, tenant, client_id, scope })
}

fn failed(name: &'static str, reason: &str) -> Source {
    let reason = reason.to_owned();
    Source::new(name, FnCredential::new(move |_| std::future::ready(Err(CredentialError::new(reason.clone())))))
}

#[cfg(feature = "login")]
const ADVICE: &str = "GRAPH_TOKEN is not set, and neither are the variables of an application; set one of them, or sign \
                      in by `incident-tasks login` or `az login`";
#[cfg(all(feature = "azure", not(feature = "login")))]
const ADVICE: &str = "GRAPH_TOKEN is not set, and neither are the variables of an application; set one of them, or sign \
                      in by `az login`";
#[cfg(not(feature = "azure"))]
const ADVICE: &str = "GRAPH_TOKEN is not set; set it, or use --token-stdin";

/// Returns true if a user has signed in by `incident-tasks login`.
fn has_login() -> bool {
    #[cfg(feature = "login")]
    return login::is_kept();
    #[cfg(not(feature = "login"))]
    false
}

/// Returns the completely configured sources, in the order in which they are tried.
#[cfg_attr(not(feature = "login"), expect(unused_variables, reason = "fewer sources then"))]
fn in_environment(is_set: impl Fn(&str) -> bool, has_login: bool, has_az: bool) -> Vec<SignIn> {
    let all_set = |names: &[&str]| names.iter().all(|name| is_set(name));
    let sources: &[(SignIn, bool)] = &[
        (SignIn::Token, is_set(TOKEN_VARIABLE)),
        #[cfg(feature = "azure")]
        (
            SignIn::Environment,
            all_set(&["AZURE_TENANT_ID", "AZURE_CLIENT_ID"])
                && (is_set("AZURE_CLIENT_SECRET") || is_set("AZURE_CLIENT_CERTIFICATE_PATH")),
        ),
        #[cfg(feature = "azure")]
        (SignIn::WorkloadIdentity, all_set(&["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"])),
        #[cfg(feature = "azure")]
        (SignIn::ManagedIdentity, is_set("IDENTITY_ENDPOINT") || is_set("MSI_ENDPOINT")),
        #[cfg(feature = "login")]
        (SignIn::Login, has_login),
        #[cfg(feature = "azure")]
        (SignIn::AzureCli, has_az),
    ];
    sources.iter().filter(|(_, is_complete)| *is_complete).map(|(source, _)| *source).collect()
}

fn is_in_path(program: &str) -> bool {
    let names = [program.to_owned(), format!("{program}.cmd"), format!("{program}.exe")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

#[cfg(all(test, feature = "azure"))]
mod tests {
    use super::{SignIn, in_environment};

    #[test]
    fn every_complete_source_is_tried_in_order() {
        use SignIn::{AzureCli, Environment, ManagedIdentity, Token, WorkloadIdentity};
        const APPLICATION: [&str; 2] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"];
        let [secret, file] =
            ["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"].map(|last| [APPLICATION[0], APPLICATION[1], last]);
        for (set, has_az, expected) in [
            (
                &["GRAPH_TOKEN", "AZURE_CLIENT_SECRET", "IDENTITY_ENDPOINT"][..],
                true,
                &[Token, ManagedIdentity, AzureCli][..],
            ),
            (&["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"], true, &[AzureCli]),
            (&["MSI_ENDPOINT"], false, &[ManagedIdentity]),
            (&secret, false, &[Environment]),
            (&file, true, &[WorkloadIdentity, AzureCli]),
            (&["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"], false, &[Environment]),
            (&[], false, &[]),
        ] {
            assert_eq!(in_environment(|name| set.contains(&name), false, has_az), expected, "{set:?}");
        }
    }
}
