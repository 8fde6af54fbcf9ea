//! Sign-in of a user: authorization code with PKCE on a loopback redirect
//! ([RFC 8252](https://www.rfc-editor.org/rfc/rfc8252)), or a device code
//! ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)).

mod entra_error;
mod http;
mod kept;
mod redirect;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use msgraph_incident_tasks::{AccessToken, CredentialError, TokenCredential, TokenFuture, TokenRequest};
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, RedirectUrl, RefreshToken, Scope, StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
    url::Url,
};

use crate::failure::Failure;
use crate::text::{eprint_line, one_line};
use http::Http;
pub(crate) use kept::{Kept, Registration, forget, is_kept};
use redirect::Redirect;

type Client = BasicClient<EndpointSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The longest wait for a person at a browser.
pub(super) const PERSON_DEADLINE: Duration = Duration::from_secs(900);
/// The shortest wait between two questions whether a person has signed in.
const SHORTEST_POLL: Duration = Duration::from_millis(100);

/// An authority, and how to reach it.
pub(crate) struct Login {
    pub(crate) registration: Registration,
    http: Http,
}

impl Login {
    pub(crate) fn new(registration: Registration) -> Result<Self, Failure> {
        Ok(Self { registration, http: Http(super::azure::http_client()?) })
    }

    /// Asks for a sign-in in the browser. `claims` are those of a claims challenge, as JSON.
    pub(crate) async fn by_browser(&self, claims: Option<&str>) -> Result<BasicTokenResponse, Failure> {
        let redirect = Redirect::bind().await?;
        let client = self.client()?.set_redirect_uri(RedirectUrl::new(redirect.url()).map_err(invalid)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = client.authorize_url(CsrfToken::new_random).add_scopes(self.scopes());
        let request = request.set_pkce_challenge(challenge).add_extra_param("prompt", "select_account");
        let (url, state) =
            claims.into_iter().fold(request, |request, claims| request.add_extra_param("claims", claims)).url();
        eprint_line(&format!("sign in at {url}"));
        open(&url);
        let code = tokio::time::timeout(PERSON_DEADLINE, redirect.code(state.secret()));
        let code = code.await.map_err(|_| Failure::sign_in("nobody signed in within 15 minutes"))??;
        let request = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
        request.request_async(&self.http).await.map_err(entra_error::failure)
    }

    /// Asks for a sign-in on another device. `wait` waits between two questions whether it is done.
    pub(crate) async fn by_device_code<W: Future<Output = ()>>(
        &self,
        wait: impl Fn(Duration) -> W,
    ) -> Result<BasicTokenResponse, Failure> {
        let client = self.client()?;
        let request = client.exchange_device_code().add_scopes(self.scopes());
        let code: StandardDeviceAuthorizationResponse =
            request.request_async(&self.http).await.map_err(entra_error::failure)?;
        let (url, user_code) = (code.verification_uri().as_str(), code.user_code().secret());
        eprint_line(&format!("sign in at {} with the code {}", one_line(url), one_line(user_code)));
        let wait = |interval: Duration| wait(interval.max(SHORTEST_POLL));
        let limit = Some(code.expires_in().min(PERSON_DEADLINE));
        client
            .exchange_device_access_token(&code)
            .request_async(&self.http, wait, limit)
            .await
            .map_err(entra_error::failure)
    }

    async fn refresh(&self, token: String, claims: Option<String>) -> Result<BasicTokenResponse, Failure> {
        let (client, token) = (self.client()?, RefreshToken::new(token));
        let request = client.exchange_refresh_token(&token).add_scopes(self.scopes());
        let request = claims.into_iter().fold(request, |request, claims| request.add_extra_param("claims", claims));
        request.request_async(&self.http).await.map_err(entra_error::failure)
    }

    fn client(&self) -> Result<Client, Failure> {
        let Registration { authority, tenant, client_id, .. } = &self.registration;
        let url = |endpoint| format!("{}/{tenant}/oauth2/v2.0/{endpoint}", authority.trim_end_matches('/'));
        Ok(BasicClient::new(ClientId::new(client_id.clone()))
            .set_auth_uri(AuthUrl::new(url("authorize")).map_err(invalid)?)
            .set_device_authorization_url(DeviceAuthorizationUrl::new(url("devicecode")).map_err(invalid)?)
            .set_token_uri(TokenUrl::new(url("token")).map_err(invalid)?))
    }

    fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.registration.scope.split_whitespace().map(|scope| Scope::new(scope.to_owned()))
    }
}

/// Returns the access token of a response.
pub(crate) fn access_token(response: &BasicTokenResponse) -> Result<AccessToken, CredentialError> {
    let token = AccessToken::new(response.access_token().secret().as_str())
        .map_err(|error| CredentialError::new(format!("the authority's token is not usable: {error}")))?;
    let expires_at = response.expires_in().and_then(|lifetime| SystemTime::now().checked_add(lifetime));
    Ok(expires_at.map_or(token.clone(), |expires_at| token.with_expiry(expires_at)))
}

/// Returns claims as JSON, from the base64 of a claims challenge.
pub(crate) fn decoded_claims(claims: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(claims).ok()?).ok()
}

/// Tokens of the user who has signed in.
pub(super) struct LoginCredential {
    /// The sign-in once it is known: what is kept, or one that lasts for the run.
    kept: Mutex<Option<Kept>>,
    /// Who to ask if no sign-in is kept.
    registration: Option<Registration>,
}

impl LoginCredential {
    /// With a registration a person is asked if no sign-in is kept.
    pub(super) fn new(registration: Option<Registration>) -> Self {
        Self { kept: Mutex::default(), registration }
    }

    async fn fetch(&self, request: TokenRequest) -> Result<BasicTokenResponse, Failure> {
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let kept = match known {
            Some(kept) => Some(kept),
            None if is_kept() => Some(Kept::read().await?),
            None => None,
        };
        let Some(mut kept) = kept else {
            let registration = self.registration.clone().ok_or_else(|| Failure::sign_in("nobody has signed in"))?;
            let response = Login::new(registration.clone())?.by_device_code(tokio::time::sleep).await?;
            let refresh_token = response.refresh_token().map(|token| token.secret().clone());
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(Kept::for_the_run(registration, refresh_token));
            return Ok(response);
        };
        let challenge = request.claims.clone();
        let claims = challenge.as_deref().and_then(decoded_claims);
        let token = kept.refresh_token.clone().ok_or_else(|| Failure::sign_in("the sign-in cannot be renewed"))?;
        let response = Login::new(kept.registration.clone())?.refresh(token, claims).await.map_err(|failure| {
            // Signing in anew changes nothing if the authority cannot be reached.
            if matches!(failure, Failure::SignIn { source: Some(_), .. }) {
                return failure;
            }
            let challenge = challenge.map_or_else(String::new, |claims| format!(" --claims-challenge {claims}"));
            Failure::sign_in(format!("{failure}; to sign in anew: incident-tasks login{challenge}"))
        })?;
        if let Some(token) = response.refresh_token().map(|token| token.secret())
            && kept.refresh_token.as_ref() != Some(token)
        {
            kept.refresh_token = Some(token.clone());
            // The one before is valid for some time.
            if let Err(failure) = kept.renew().await {
                eprint_line(&format!("the renewed sign-in is not kept: {failure}"));
            }
        }
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        Ok(response)
    }
}

impl TokenCredential for LoginCredential {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        Box::pin(async move {
            let response = self.fetch(request).await.map_err(|failure| CredentialError::new(failure.to_string()))?;
            access_token(&response)
        })
    }
}

fn invalid(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("invalid authority or tenant: {error}"))
}

/// Opens the browser. If there is none, the URL that was printed is enough.
fn open(url: &Url) {
    let (program, arguments): (_, &[&str]) = if cfg!(target_os = "windows") {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    let mut command = std::process::Command::new(program);
    command.args(arguments).arg(url.as_str());
    let quiet = std::process::Stdio::null;
    // It goes on by itself; nothing is known of its end.
    let _ = command.stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use azure_core::http::headers::Headers;
    use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode};

    use super::http::Http;
    use super::{Login, Registration};

    /// An authority that responds with these bodies; one with an error has the status 400.
    #[derive(Debug)]
    struct Scripted(Mutex<Vec<&'static str>>);

    #[async_trait::async_trait]
    impl HttpClient for Scripted {
        async fn execute_request(&self, _: &Request) -> azure_core::Result<AsyncRawResponse> {
            let body = self.0.lock().unwrap().remove(0);
            let status = if body.contains("error") { StatusCode::BadRequest } else { StatusCode::Ok };
            Ok(AsyncRawResponse::from_bytes(status, Headers::new(), body.as_bytes()))
        }
    }

    #[tokio::test]
    async fn polling_is_slowed_down_when_the_authority_asks_for_it() {
        let bodies = vec![
            r#"{"device_code":"d","user_code":"u","verification_uri":"https://v.test","expires_in":900,"interval":2}"#,
            r#"{"error":"authorization_pending"}"#,
            r#"{"error":"slow_down"}"#,
            r#"{"error":"authorization_pending"}"#,
            r#"{"token_type":"Bearer","access_token":"canary"}"#,
        ];
        let registration = Registration {
            authority: "https://a.test".to_owned(),
            tenant: "t".to_owned(),
            client_id: "c".to_owned(),
            scope: "s".to_owned(),
        };
        let login = Login { registration, http: Http(Arc::new(Scripted(Mutex::new(bodies)))) };
        let waits = Mutex::new(Vec::new());
        let wait = |duration: Duration| {
            waits.lock().unwrap().push(duration.as_secs());
            std::future::ready(())
        };
        login.by_device_code(wait).await.unwrap();
        assert_eq!(*waits.lock().unwrap(), [2, 7, 7]);
    }
}
