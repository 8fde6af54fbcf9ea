//! Errors of Microsoft Entra ID, and what to do.

use std::fmt::Display;

use oauth2::{ErrorResponseType, RequestTokenError, StandardErrorResponse};

use crate::failure::Failure;
use crate::text::one_line;

/// What to do about an error, see [Microsoft Entra authentication and authorization error
/// codes](https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
const ADVICE: [(&[&str], &str); 11] = [
    (
        &["AADSTS53003", "AADSTS530034", "AADSTS530035"],
        "a policy of your tenant blocks this sign-in; if it was by device code, sign in by the browser, or ask an \
         administrator which policy it is",
    ),
    (
        &["AADSTS53000", "AADSTS53001", "AADSTS53002", "AADSTS53011"],
        "a policy of your tenant allows managed devices only: sign in by the browser of such a device",
    ),
    (&["AADSTS50076", "AADSTS50079", "AADSTS50072", "AADSTS50074"], "multi-factor authentication is required"),
    (
        &["AADSTS65001", "AADSTS65004", "AADSTS90094", "AADSTS90095"],
        "the application has no consent for these permissions: ask an administrator to grant it",
    ),
    (
        &["AADSTS7000218"],
        "turn on Allow public client flows under Authentication of the app registration, or sign in without --device-code",
    ),
    (
        &["AADSTS50011", "AADSTS500113", "AADSTS9002325", "AADSTS9002326"],
        "add the redirect URI http://localhost of the platform Mobile and desktop applications to the app registration",
    ),
    (
        &["AADSTS700016", "AADSTS90002", "AADSTS900023", "AADSTS50059", "AADSTS900971"],
        "check --client-id and --tenant: the application must be registered in, or for, that tenant",
    ),
    (
        &["AADSTS50020", "AADSTS50034"],
        "the user is not known in this tenant: check --tenant, or sign in as another user",
    ),
    (&["AADSTS50105"], "ask an administrator to assign you to the application"),
    (&["AADSTS70011", "AADSTS650053", "AADSTS1002012"], "check --scope"),
    (&["AADSTS70043", "AADSTS700082", "AADSTS50173", "AADSTS70008", "AADSTS700084"], "the sign-in has expired"),
];

/// Returns an error in one line: its code, the reason, and what to do.
pub(super) fn describe(error: &str, description: &str) -> String {
    let code = description.split([':', ' ']).next().unwrap_or_default();
    let advice = ADVICE.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, advice)| *advice);
    let advice = advice.or(match error {
        "access_denied" | "authorization_declined" => Some("the sign-in was declined"),
        "expired_token" => Some("the code has expired before anyone signed in with it"),
        _ => None,
    });
    // For the tenant's administrator, who finds the sign-in by it in the log.
    let (reason, trace) = description.find("Trace ID:").map_or((description, ""), |at| description.split_at(at));
    [one_line(error), one_line(reason), advice.unwrap_or_default().to_owned(), one_line(trace)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Returns the failure of a request to the authority.
pub(super) fn failure<T>(error: RequestTokenError<azure_core::Error, StandardErrorResponse<T>>) -> Failure
where
    T: ErrorResponseType + Display + 'static,
{
    match error {
        RequestTokenError::ServerResponse(response) => Failure::sign_in(describe(
            &response.error().to_string(),
            response.error_description().map_or("", String::as_str),
        )),
        // Its body could have a token.
        RequestTokenError::Parse(error, _) => {
            Failure::sign_in(format!("the response of the authority does not match OAuth 2.0: {}", error.inner()))
        }
        RequestTokenError::Request(error) => {
            Failure::SignIn { message: "no response from the authority".to_owned(), source: Some(Box::new(error)) }
        }
        RequestTokenError::Other(reason) => {
            Failure::sign_in(format!("the authority's response: {}", one_line(&reason)))
        }
    }
}
