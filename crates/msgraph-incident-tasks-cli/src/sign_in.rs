//! Where the access token comes from.

#[cfg(feature = "azure")]
mod azure;

use std::io::Read;
use std::sync::Arc;

use clap::ValueEnum;
use msgraph_incident_tasks::{
    AccessToken, CredentialError, EnvironmentToken, Error, ErrorKind, FnCredential, StaticToken, TokenCredential,
};

use crate::arguments::Connection;
use crate::exit::Failure;

const TOKEN_VARIABLE: &str = "GRAPH_TOKEN";
/// How long a token on stdin can be, in bytes.
const MAX_TOKEN: u64 = 64 * 1024;

/// A source of access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignIn {
    /// The first of the following that the environment has
    Auto,
    /// The access token in GRAPH_TOKEN
    Token,
    /// An application's secret: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET
    #[cfg(feature = "azure")]
    Environment,
    /// Workload identity: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE
    #[cfg(feature = "azure")]
    WorkloadIdentity,
    /// Managed identity; `auto` takes it where IDENTITY_ENDPOINT is set, so a virtual machine has to ask for it.
    /// AZURE_CLIENT_ID chooses one that a user has assigned
    #[cfg(feature = "azure")]
    ManagedIdentity,
    /// Whoever has signed in by `az login`, where `az` is in PATH
    #[cfg(feature = "azure")]
    AzureCli,
}

/// The credential that is asked for, and its name.
pub(crate) fn credential(connection: &Connection) -> Result<(Arc<dyn TokenCredential>, String), Failure> {
    if connection.token_stdin {
        return Ok((Arc::new(token_on_stdin()?), "stdin".to_owned()));
    }
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let chosen = match connection.sign_in {
        SignIn::Auto => first_of_the_environment(is_set, is_in_path("az")),
        chosen => Some(chosen),
    };
    let Some(chosen) = chosen else {
        let nothing = || std::future::ready(Err(CredentialError::new(ADVICE)));
        return Ok((Arc::new(FnCredential::new(move |_| nothing())), "there is none".to_owned()));
    };
    let credential: Arc<dyn TokenCredential> = match chosen {
        SignIn::Auto | SignIn::Token => Arc::new(EnvironmentToken::new(TOKEN_VARIABLE)),
        #[cfg(feature = "azure")]
        chosen => azure::credential(chosen)?,
    };
    Ok((credential, chosen.in_words().to_owned()))
}

#[cfg(feature = "azure")]
const ADVICE: &str = "GRAPH_TOKEN is not set, and neither is what an application signs in with; set one, or sign in by \
                      `az login`";
#[cfg(not(feature = "azure"))]
const ADVICE: &str = "GRAPH_TOKEN is not set; set it, or use --token-stdin";

impl SignIn {
    fn in_words(self) -> &'static str {
        match self {
            Self::Auto | Self::Token => "the environment variable GRAPH_TOKEN",
            #[cfg(feature = "azure")]
            Self::Environment => "an application's secret (AZURE_CLIENT_SECRET)",
            #[cfg(feature = "azure")]
            Self::WorkloadIdentity => "workload identity (AZURE_FEDERATED_TOKEN_FILE)",
            #[cfg(feature = "azure")]
            Self::ManagedIdentity => "managed identity",
            #[cfg(feature = "azure")]
            Self::AzureCli => "Azure CLI (az login)",
        }
    }
}

/// The first source that the environment has all of.
#[cfg_attr(not(feature = "azure"), expect(unused_variables, reason = "a token is the only source then"))]
fn first_of_the_environment(is_set: impl Fn(&str) -> bool, has_az: bool) -> Option<SignIn> {
    let all_set = |names: &[&str]| names.iter().all(|name| is_set(name));
    let sources: &[(SignIn, bool)] = &[
        (SignIn::Token, is_set(TOKEN_VARIABLE)),
        #[cfg(feature = "azure")]
        (SignIn::Environment, all_set(&["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"])),
        #[cfg(feature = "azure")]
        (SignIn::WorkloadIdentity, all_set(&["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"])),
        #[cfg(feature = "azure")]
        (SignIn::ManagedIdentity, is_set("IDENTITY_ENDPOINT") || is_set("MSI_ENDPOINT")),
        #[cfg(feature = "azure")]
        (SignIn::AzureCli, has_az),
    ];
    sources.iter().find(|(_, is_there)| *is_there).map(|(source, _)| *source)
}

fn is_in_path(program: &str) -> bool {
    let names = [program.to_owned(), format!("{program}.cmd"), format!("{program}.exe")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

fn token_on_stdin() -> Result<StaticToken, Failure> {
    let no_token = |message: String| Error::new(ErrorKind::Credential, message);
    let mut text = String::new();
    // The error of a text that isn't UTF-8 says nothing of the text.
    std::io::stdin().take(MAX_TOKEN).read_to_string(&mut text)?;
    let token = AccessToken::new(text).map_err(|error| no_token(format!("stdin holds no access token: {error}")))?;
    Ok(StaticToken::new(token))
}

#[cfg(all(test, feature = "azure"))]
mod tests {
    use super::{SignIn, first_of_the_environment};

    const APPLICATION: [&str; 2] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"];

    #[test]
    fn the_first_source_that_is_there_as_a_whole_is_taken() {
        for (set, has_az, expected) in [
            (&["GRAPH_TOKEN", "AZURE_CLIENT_SECRET", "IDENTITY_ENDPOINT"][..], true, Some(SignIn::Token)),
            (&["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"], true, Some(SignIn::AzureCli)),
            (&["IDENTITY_ENDPOINT"], true, Some(SignIn::ManagedIdentity)),
            (&["MSI_ENDPOINT"], false, Some(SignIn::ManagedIdentity)),
            (&[], true, Some(SignIn::AzureCli)),
            (&[], false, None),
        ] {
            assert_eq!(first_of_the_environment(|name| set.contains(&name), has_az), expected, "{set:?}");
        }
        for (last, expected) in
            [("AZURE_CLIENT_SECRET", SignIn::Environment), ("AZURE_FEDERATED_TOKEN_FILE", SignIn::WorkloadIdentity)]
        {
            let is_set = |name: &str| APPLICATION.contains(&name) || name == last || name == "IDENTITY_ENDPOINT";
            assert_eq!(first_of_the_environment(is_set, true), Some(expected));
        }
    }
}
