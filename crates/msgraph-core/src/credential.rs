//! Where access tokens come from.

#[cfg(feature = "azure")]
mod azure;

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

#[cfg(feature = "azure")]
pub use azure::AzureCredential;

use crate::AccessToken;

/// The scope that asks Microsoft Entra ID for whatever the application was granted on Microsoft
/// Graph ([the `.default` scope](https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope)).
pub const DEFAULT_SCOPE: &str = "https://graph.microsoft.com/.default";

/// A source of access tokens.
///
/// Asked by one task at a time, and only when there is no token that is still valid. An implementation must be
/// cancel-safe: the future may be dropped at any await point.
pub trait TokenCredential: Send + Sync {
    /// Gets a token that is valid now.
    ///
    /// # Errors
    ///
    /// A [`CredentialError`] that says, without secrets, why there is none. Nothing is sent then.
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_>;

    /// Whether it has no other token to give: one that does not say when it expires is kept until it is refused.
    #[doc(hidden)]
    fn has_one_token(&self) -> bool {
        false
    }
}

impl<T: TokenCredential + ?Sized> TokenCredential for Box<T> {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        (**self).access_token(request)
    }

    fn has_one_token(&self) -> bool {
        (**self).has_one_token()
    }
}

impl<T: TokenCredential + ?Sized> TokenCredential for std::sync::Arc<T> {
    fn access_token(&self, request: TokenRequest) -> TokenFuture<'_> {
        (**self).access_token(request)
    }

    fn has_one_token(&self) -> bool {
        (**self).has_one_token()
    }
}

/// What [`TokenCredential::access_token`] returns.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, CredentialError>> + Send + 'a>>;

/// What a token is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The OAuth 2.0 scope.
    pub scope: Cow<'static, str>,
    /// The claims that the service wants to see in the token, as its challenge has them (base64), see
    /// [Claims challenges](https://learn.microsoft.com/entra/identity-platform/claims-challenge).
    pub claims: Option<String>,
}

impl Default for TokenRequest {
    fn default() -> Self {
        Self { scope: Cow::Borrowed(DEFAULT_SCOPE), claims: None }
    }
}

/// One token, given by the caller.
#[derive(Clone, Debug)]
pub struct StaticToken(AccessToken);

impl StaticToken {
    /// Uses this token for each request: it is asked for once, and again only after it has expired or was refused.
    pub fn new(token: AccessToken) -> Self {
        Self(token)
    }
}

impl TokenCredential for StaticToken {
    fn access_token(&self, _: TokenRequest) -> TokenFuture<'_> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn has_one_token(&self) -> bool {
        true
    }
}

/// Tokens from a closure.
///
/// ```
/// # use msgraph_core::{AccessToken, CredentialError, FnCredential};
/// let credential = FnCredential::new(|_request| async {
///     // Ask whatever has tokens.
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
    /// Calls `get_token` whenever a token is needed.
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
    /// Reads the token from `variable`, for instance `GRAPH_TOKEN`.
    pub fn new(variable: impl Into<String>) -> Self {
        Self { variable: variable.into() }
    }

    fn read(&self) -> Result<AccessToken, CredentialError> {
        let variable = &self.variable;
        let Some(value) = std::env::var_os(variable) else {
            return Err(CredentialError::new(format!("the environment variable {variable} is not set")));
        };
        // The error of `into_string` would hold the token, so it is dropped here.
        let value = value
            .into_string()
            .map_err(|_| CredentialError::new(format!("the environment variable {variable} is not UTF-8")))?;
        AccessToken::new(value).map_err(|error| {
            CredentialError::new(format!("the environment variable {variable} holds no token: {error}"))
        })
    }
}

impl TokenCredential for EnvironmentToken {
    fn access_token(&self, _: TokenRequest) -> TokenFuture<'_> {
        Box::pin(std::future::ready(self.read()))
    }
}

/// Why there is no access token.
#[derive(Debug)]
pub struct CredentialError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl CredentialError {
    /// An error with a message for people. The message is shown and logged: keep secrets out of it.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// Adds what caused it.
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
