//! `incident-tasks login` and `incident-tasks logout`

use clap::Args;
use msgraph_incident_tasks::DEFAULT_SCOPE;
use oauth2::TokenResponse;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::Output;
use crate::sign_in::login::{Kept, Login, access_token, decoded_claims, forget};
use crate::sign_in::registration;
use crate::token_claims;

/// Sign in as a user, for this and later runs
///
/// Opens the browser, or prints a code for the browser of another device. The refresh token is kept in the keyring of
/// the operating system; if there is none, nothing is kept, except by --insecure-storage. The application is one of your
/// own app registrations, with the redirect URI http://localhost for mobile and desktop applications.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks login --tenant contoso.com --client-id 00000000-0000-0000-0000-000000000001
  incident-tasks login --device-code")]
pub(crate) struct Arguments {
    /// Application (client) ID of the app registration. Default: AZURE_CLIENT_ID
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Print a code to sign in with on another device. It needs Allow public client flows in the app registration
    #[arg(long)]
    device_code: bool,

    /// OAuth 2.0 scopes, separated by spaces. Default: all that the application was granted, and a refresh token
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,

    /// Claims that the service asked for, as the error has them
    #[arg(long, value_name = "BASE64", conflicts_with = "device_code")]
    claims_challenge: Option<String>,

    /// Keep the refresh token in a file that only you can read, in place of the keyring
    #[arg(long)]
    insecure_storage: bool,
}

impl Arguments {
    pub(crate) async fn run(self, tenant: Option<&str>, output: Output) -> Result<(), Failure> {
        let claims = self
            .claims_challenge
            .as_deref()
            .map(|claims| {
                decoded_claims(claims)
                    .ok_or_else(|| Failure::Usage("invalid --claims-challenge: not base64".to_owned()))
            })
            .transpose()?;
        let scope = self.scope.unwrap_or_else(|| format!("{DEFAULT_SCOPE} offline_access"));
        let login = Login::new(registration(tenant, self.client_id, scope)?)?;
        let response = if self.device_code {
            login.by_device_code(tokio::time::sleep).await?
        } else {
            login.by_browser(claims.as_deref()).await?
        };
        let token = access_token(&response).map_err(|error| Failure::sign_in(error.to_string()))?;
        let claims = token_claims::of(&token);
        let claim = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let refresh_token = response.refresh_token().map(|token| token.secret().clone());
        if refresh_token.is_none() {
            return Err(Failure::sign_in(
                "signed in, but not kept: there is no refresh token; add offline_access to --scope",
            ));
        }
        let kept = Kept::for_the_run(login.registration, refresh_token).keep(self.insecure_storage).await;
        let kept = kept.map_err(|failure| {
            Failure::sign_in(format!(
                "signed in, but not kept: {failure}; use --insecure-storage to keep it in a file, or --sign-in login with \
                 another subcommand to sign in for its run"
            ))
        })?;
        output.record(&vec![
            ("identity", claim(claims.as_ref().and_then(|claims| claims.identity()))),
            ("tenant", claim(claims.as_ref().and_then(|claims| claims.text("tid")))),
            ("kept", kept.into()),
        ])
    }
}

/// Forget the user who has signed in by `incident-tasks login`
///
/// Removes the refresh token from this machine. It stays valid elsewhere; an administrator can revoke it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks logout")]
pub(crate) struct LogoutArguments {}

impl LogoutArguments {
    pub(crate) async fn run(self, output: Output) -> Result<(), Failure> {
        output.record(&vec![("removed", forget().await?.into())])
    }
}
