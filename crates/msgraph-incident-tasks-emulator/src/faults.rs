//! Ways to misbehave, each with a name that does not change.

mod answers;
mod plan;

use std::fmt;
use std::str::FromStr;

pub(crate) use answers::{Ending, misbehaving};
pub(crate) use plan::{HEADER, Plan};
pub use plan::{Injection, UnknownFault};

macro_rules! faults {
    ($($variant:ident = $name:literal, $description:literal, $source:literal;)*) => {
        /// A way to misbehave. Its name is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $description] $variant,)*
        }

        impl Fault {
            /// Each fault.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name, such as `throttled-seconds`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What happens.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description,)*
                }
            }

            /// The document or public report that it comes from.
            pub fn source(self) -> &'static str {
                match self {
                    $(Self::$variant => $source,)*
                }
            }
        }
    };
}

faults! {
    ThrottledSeconds = "throttled-seconds",
        "429 with `Retry-After: 10`",
        "https://learn.microsoft.com/graph/throttling";
    ThrottledFraction = "throttled-fraction",
        "429 with `Retry-After: 2.128`",
        "https://learn.microsoft.com/graph/throttling, an older version";
    ThrottledDate = "throttled-date",
        "429 with an HTTP date 10 seconds from now in `Retry-After`",
        "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3";
    ThrottledPastDate = "throttled-past-date",
        "429 with an HTTP date 10 seconds ago in `Retry-After`",
        "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3";
    ThrottledAbsurd = "throttled-absurd",
        "429 that asks to wait for ten years",
        "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3";
    ThrottledSilent = "throttled-silent",
        "429 without `Retry-After`",
        "https://learn.microsoft.com/graph/throttling";
    ServerError = "server-error",
        "500 with a Graph error; the request is not carried out",
        "https://learn.microsoft.com/graph/errors";
    ServerErrorAfter = "server-error-after",
        "500 with a Graph error; the request is carried out all the same",
        "https://learn.microsoft.com/graph/errors";
    GatewayBad = "gateway-bad",
        "502 with a page of HTML",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2661";
    GatewayUnavailable = "gateway-unavailable",
        "503 with a page of HTML and `Retry-After: 1`",
        "https://learn.microsoft.com/graph/best-practices-concept";
    GatewayTimeout = "gateway-timeout",
        "504 with a page of HTML; the request is carried out all the same",
        "https://learn.microsoft.com/graph/api/resources/security-error-codes?view=graph-rest-beta";
    Latency = "latency",
        "The answer comes after two seconds, give or take one",
        "https://github.com/microsoftgraph/msgraph-sdk-javascript/issues/1693";
    SlowBody = "slow-body",
        "The body comes byte by byte, ten a second",
        "https://github.com/domainaware/parsedmarc/issues/337";
    TruncatedBody = "truncated-body",
        "The connection is closed in the middle of the body",
        "https://www.rfc-editor.org/rfc/rfc9112#section-8";
    InvalidJson = "invalid-json",
        "The body ends early, and says that it is whole",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1701";
    ByteOrderMark = "byte-order-mark",
        "The body begins with a byte order mark",
        "https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/8206";
    Reset = "reset",
        "The connection is closed before an answer; the request is not carried out",
        "https://github.com/microsoftgraph/msgraph-sdk-java/issues/313";
    ResetAfter = "reset-after",
        "The connection is closed before an answer; the request is carried out all the same",
        "https://github.com/domainaware/parsedmarc/issues/479";
    NoContent = "no-content",
        "204 in place of a success with a body",
        "https://learn.microsoft.com/graph/best-practices-concept";
    PartialContent = "partial-content",
        "206 with a `Warning` of a provider in place of 200",
        "https://learn.microsoft.com/graph/api/resources/security-error-codes?view=graph-rest-beta";
    BatchOutOfOrder = "batch-out-of-order",
        "The answers of a batch in reverse order",
        "https://learn.microsoft.com/graph/json-batching";
    BatchDuplicate = "batch-duplicate",
        "The first answer of a batch comes again, as that of a failure",
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/2942";
    BatchMissing = "batch-missing",
        "The last answer of a batch is missing",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet-core/issues/368";
    BatchThrottled = "batch-throttled",
        "Every second request of a batch is answered 429 with `Retry-After: 1`",
        "https://learn.microsoft.com/graph/json-batching";
    BatchFailedDependency = "batch-failed-dependency",
        "The batch is answered 424 as a whole, with its answers",
        "https://learn.microsoft.com/graph/throttling";
    BatchHtml = "batch-html",
        "A page of HTML stands in place of the body of the last answer of a batch",
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/12951";
    StaleRead = "stale-read",
        "A read gives a task as it was before its last change",
        "https://github.com/microsoftgraph/msgraph-sdk-go/issues/221";
    UnknownMember = "unknown-member",
        "A status that was added after this description was written",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2735";
    UnknownProperty = "unknown-property",
        "A property that was added after this description was written",
        "https://learn.microsoft.com/graph/best-practices-concept";
    UnknownType = "unknown-type",
        "A response action of a type that was added after this description was written",
        "https://learn.microsoft.com/graph/api/security-list-incidenttasks?view=graph-rest-beta, whose example has one";
    BrokenItem = "broken-item",
        "The first task of a page is not what the description says",
        "https://github.com/microsoftgraph/msgraph-beta-sdk-dotnet/issues/293";
    HostileNextLink = "hostile-next-link",
        "The link to the next page leads to another host",
        "https://owasp.org/API-Security/editions/2023/en/0xaa-unsafe-consumption-of-apis/";
    RepeatedNextLink = "repeated-next-link",
        "The link to the next page leads to the same page",
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/4897";
    EmptyPage = "empty-page",
        "A page holds no tasks, and has a next one",
        "https://learn.microsoft.com/graph/paging";
    Redirect = "redirect",
        "307 to another host",
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.4.8";
    TokenExpired = "token-expired",
        "401: the token has expired",
        "https://learn.microsoft.com/graph/errors";
    ClaimsChallenge = "claims-challenge",
        "401 with a claims challenge",
        "https://learn.microsoft.com/entra/identity-platform/claims-challenge";
    ActionFails = "action-fails",
        "The response action that is executed ends as failed, and with it the task",
        "https://learn.microsoft.com/graph/api/security-incidenttask-update?view=graph-rest-beta";
    ActionPartiallyCompletes = "action-partially-completes",
        "The response action that is executed ends as partially completed",
        "https://learn.microsoft.com/graph/api/resources/security-incidenttask?view=graph-rest-beta";
}

impl Fault {
    /// Whether the request is carried out although its answer is a failure, or gets lost.
    pub(crate) fn is_carried_out(self) -> bool {
        !matches!(
            self,
            Self::ThrottledSeconds
                | Self::ThrottledFraction
                | Self::ThrottledDate
                | Self::ThrottledPastDate
                | Self::ThrottledAbsurd
                | Self::ThrottledSilent
                | Self::ServerError
                | Self::GatewayBad
                | Self::GatewayUnavailable
                | Self::Reset
                | Self::Redirect
                | Self::TokenExpired
                | Self::ClaimsChallenge
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name).ok_or_else(|| UnknownFault::new(name))
    }
}
