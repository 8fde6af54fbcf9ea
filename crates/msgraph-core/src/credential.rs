//! Sources of access tokens.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use crate::access_token::{AccessToken, InvalidToken};

/// The scope of all permissions that the application was granted on Microsoft Graph ([the `.default`
/// scope](https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope)).
pub const DEFAULT_SCOPE: &str = "https://graph.microsoft.com/.default";

/// A source of access tokens.
///
/// Called by one task at a time, and only if no valid token is cached. An implementation must be cancel-safe: the
/// future may be dropped at any await point.
pub trait TokenCredential: Send + Sync {
    /// Returns a valid token.
    ///
    /// # Errors
    ///
    /// A [`CredentialError`] with the reason, without secrets. Nothing is sent then.
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_>;

    /// Returns true if there is only one token: without an expiry, it is used until it is rejected.
    #[doc(hidden)]
    fn is_static(&self) -> bool {
        false
    }
}

impl<T: TokenCredential + ?Sized> TokenCredential for Box<T> {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        (**self).access_token(request)
    }

    fn is_static(&self) -> bool {
        (**self).is_static()
    }
}

impl<T: TokenCredential + ?Sized> TokenCredential for std::sync::Arc<T> {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        (**self).access_token(request)
    }

    fn is_static(&self) -> bool {
        (**self).is_static()
    }
}

/// The future that [`TokenCredential::access_token`] returns.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, CredentialError>> + Send + 'a>>;

/// A request for a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The OAuth 2.0 scope.
    pub scope: Cow<'static, str>,
    /// The claims that the service requires of the token, in base64 as in its challenge. See [Claims
    /// challenges](https://learn.microsoft.com/entra/identity-platform/claims-challenge).
    pub claims: Option<String>,
}

impl Default for TokenRequest {
    fn default() -> Self {
        Self { scope: Cow::Borrowed(DEFAULT_SCOPE), claims: None }
    }
}

/// One token, given by the caller.
///
/// ```
/// # use msgraph_core::{InvalidToken, StaticToken};
/// let credential = StaticToken::new("eyJ0eXAi.example")?;
/// # Ok::<(), InvalidToken>(())
/// ```
#[derive(Clone, Debug)]
pub struct StaticToken(AccessToken);

impl StaticToken {
    /// Returns a credential that uses this token for each request.
    ///
    /// # Errors
    ///
    /// As [`AccessToken::new`].
    pub fn new(token: impl Into<String>) -> Result<Self, InvalidToken> {
        AccessToken::new(token).map(Self)
    }
}

impl From<AccessToken> for StaticToken {
    fn from(token: AccessToken) -> Self {
        Self(token)
    }
}

impl TokenCredential for StaticToken {
    fn access_token(&self, _: TokenRequest) -> TokenFuture<'_> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn is_static(&self) -> bool {
        true
    }
}

/// Tokens from a closure.
///
/// ```
/// # use msgraph_core::{AccessToken, CredentialError, FnCredential};
/// let credential = FnCredential::new(|_request| async {
///     // Get a token from your own source.
///     AccessToken::new("eyJ0eXAi.example").map_err(|error| CredentialError::new(error.to_string()))
/// });
/// ```
#[derive(Clone, Debug)]
pub struct FnCredential<F>(F);

impl<F, T> FnCredential<F>
where
    F: Fn(TokenRequest) -> T + Send + Sync,
    T: Future<Output = Result<AccessToken, CredentialError>> + Send + 'static,
{
    /// Returns a credential that calls `get_token` whenever a token is needed.
    pub fn new(get_token: F) -> Self {
        Self(get_token)
    }
}

impl<F, T> TokenCredential for FnCredential<F>
where
    F: Fn(TokenRequest) -> T + Send + Sync,
    T: Future<Output = Result<AccessToken, CredentialError>> + Send + 'static,
{
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        Box::pin((self.0)(request))
    }
}

/// A token in an environment variable, read anew for each request.
#[derive(Clone, Debug)]
pub struct EnvironmentToken {
    variable: String,
}

impl EnvironmentToken {
    /// Returns a credential that reads the token from `variable`, such as `GRAPH_TOKEN`.
    pub fn new(variable: impl Into<String>) -> Self {
        Self { variable: variable.into() }
    }

    fn read(&self) -> Result<AccessToken, CredentialError> {
        let variable = &self.variable;
        let Some(value) = std::env::var_os(variable) else {
            return Err(CredentialError::new(format!(
                "the environment variable {variable} is not set: set it to an access token"
            )));
        };
        // The error of `into_string` would contain the token, so it is dropped here.
        let value = value
            .into_string()
            .map_err(|_| CredentialError::new(format!("the environment variable {variable} is not UTF-8")))?;
        AccessToken::new(value).map_err(|error| {
            CredentialError::new(format!("the environment variable {variable} does not contain a token: {error}"))
        })
    }
}

impl TokenCredential for EnvironmentToken {
    fn access_token(&self, _: TokenRequest) -> TokenFuture<'_> {
        Box::pin(std::future::ready(self.read()))
    }
}

/// The error of a credential that cannot return a token.
#[derive(Debug)]
pub struct CredentialError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl CredentialError {
    /// Returns an error with a message for people. The message is shown and logged: keep secrets out of it.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CredentialError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
