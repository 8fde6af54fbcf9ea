//! Where the access token comes from.

#[cfg(feature = "azure")]
mod azure;
mod signed_in;
mod source;

use std::io::Read;
use std::sync::Arc;

use msgraph_incident_tasks::{
    AccessToken, CredentialError, EnvironmentToken, FnCredential, StaticToken, TokenCredential,
};

use crate::failure::Failure;

pub(crate) use signed_in::SignedIn;
pub(crate) use source::SignIn;

const TOKEN_VARIABLE: &str = "GRAPH_TOKEN";
/// The longest token on stdin, in bytes.
const MAX_TOKEN: u64 = 64 * 1024;

/// Returns the credential of a source.
pub(crate) fn credential(source: SignIn, token_stdin: bool, shows_waits: bool) -> Result<SignedIn, Failure> {
    if token_stdin {
        return Ok(SignedIn::new(Arc::new(token_on_stdin()?), "stdin", shows_waits));
    }
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let chosen = match source {
        SignIn::Auto => first_of_the_environment(is_set, is_in_path("az")),
        chosen => Some(chosen),
    };
    let Some(chosen) = chosen else {
        let nothing = || std::future::ready(Err(CredentialError::new(ADVICE)));
        return Ok(SignedIn::new(Arc::new(FnCredential::new(move |_| nothing())), "there is none", shows_waits));
    };
    let credential: Arc<dyn TokenCredential> = match chosen {
        SignIn::Auto | SignIn::Token => Arc::new(EnvironmentToken::new(TOKEN_VARIABLE)),
        #[cfg(feature = "azure")]
        chosen => azure::credential(chosen)?,
    };
    Ok(SignedIn::new(credential, chosen.describe(), shows_waits))
}

#[cfg(feature = "azure")]
const ADVICE: &str = "GRAPH_TOKEN is not set, and neither are the variables of an application; set one of them, or sign \
                      in by `az login`";
#[cfg(not(feature = "azure"))]
const ADVICE: &str = "GRAPH_TOKEN is not set; set it, or use --token-stdin";

/// Returns the first source that the environment has all of.
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
    sources.iter().find(|(_, is_complete)| *is_complete).map(|(source, _)| *source)
}

fn is_in_path(program: &str) -> bool {
    let names = [program.to_owned(), format!("{program}.cmd"), format!("{program}.exe")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

fn token_on_stdin() -> Result<StaticToken, Failure> {
    let mut text = String::new();
    // The error of a text that isn't UTF-8 does not contain the text.
    std::io::stdin().take(MAX_TOKEN).read_to_string(&mut text)?;
    let token = AccessToken::new(text);
    token.map(StaticToken::from).map_err(|error| Failure::sign_in(format!("invalid access token on stdin: {error}")))
}

#[cfg(all(test, feature = "azure"))]
mod tests {
    use super::{SignIn, first_of_the_environment};

    const APPLICATION: [&str; 2] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"];

    #[test]
    fn the_first_complete_source_is_taken() {
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
