//! The faults, each with a stable name.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

macro_rules! faults {
    ($($variant:ident = $name:literal, $description:literal, $source:literal;)*) => {
        /// A fault that the emulator applies on request. Its name is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $description] $variant,)*
        }

        impl Fault {
            /// All faults.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Name, description and source.
            fn texts(self) -> [&'static str; 3] {
                match self {
                    $(Self::$variant => [$name, $description, $source],)*
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
        "429 with a `Retry-After` of ten years",
        "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3";
    ThrottledSilent = "throttled-silent",
        "429 without `Retry-After`",
        "https://learn.microsoft.com/graph/throttling";
    ServerError = "server-error",
        "500 with a Graph error; the request is not processed",
        "https://learn.microsoft.com/graph/errors";
    ServerErrorAfter = "server-error-after",
        "500 with a Graph error; the request is processed",
        "https://learn.microsoft.com/graph/errors";
    GatewayBad = "gateway-bad",
        "502 with an HTML page",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2661";
    GatewayUnavailable = "gateway-unavailable",
        "503 with an HTML page and `Retry-After: 1`",
        "https://learn.microsoft.com/graph/best-practices-concept";
    GatewayTimeout = "gateway-timeout",
        "504 with an HTML page; the request is processed",
        "https://learn.microsoft.com/graph/api/resources/security-error-codes?view=graph-rest-beta";
    Latency = "latency",
        "The response is delayed by one to three seconds",
        "https://github.com/microsoftgraph/msgraph-sdk-javascript/issues/1693";
    SlowBody = "slow-body",
        "The body is sent byte by byte, ten per second",
        "https://github.com/domainaware/parsedmarc/issues/337";
    TruncatedBody = "truncated-body",
        "The connection is closed in the middle of the body",
        "https://www.rfc-editor.org/rfc/rfc9112#section-8";
    InvalidJson = "invalid-json",
        "The body is incomplete JSON with a matching length",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1701";
    ByteOrderMark = "byte-order-mark",
        "The body begins with a byte order mark",
        "https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/8206";
    Reset = "reset",
        "The connection is closed before a response; the request is not processed",
        "https://github.com/microsoftgraph/msgraph-sdk-java/issues/313";
    ResetAfter = "reset-after",
        "The connection is closed before a response; the request is processed",
        "https://github.com/domainaware/parsedmarc/issues/479";
    NoContent = "no-content",
        "204 instead of a success with a body",
        "https://learn.microsoft.com/graph/best-practices-concept";
    PartialContent = "partial-content",
        "206 with the `Warning` of a provider instead of 200",
        "https://learn.microsoft.com/graph/api/resources/security-error-codes?view=graph-rest-beta";
    BatchOutOfOrder = "batch-out-of-order",
        "The responses of a batch in reverse order",
        "https://learn.microsoft.com/graph/json-batching";
    BatchDuplicate = "batch-duplicate",
        "The first response of a batch is repeated as a failure",
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/2942";
    BatchMissing = "batch-missing",
        "The last response of a batch is missing",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet-core/issues/368";
    BatchThrottled = "batch-throttled",
        "Every second request of a batch gets 429 with `Retry-After: 1`",
        "https://learn.microsoft.com/graph/json-batching";
    BatchFailedDependency = "batch-failed-dependency",
        "The whole batch gets 424, with its responses",
        "https://learn.microsoft.com/graph/throttling";
    BatchHtml = "batch-html",
        "An HTML page replaces the body of the last response of a batch",
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/12951";
    StaleRead = "stale-read",
        "A read returns a task as it was before its last change",
        "https://github.com/microsoftgraph/msgraph-sdk-go/issues/221";
    UnknownMember = "unknown-member",
        "A status that was added after the spec was written",
        "https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2735";
    UnknownProperty = "unknown-property",
        "A property that was added after the spec was written",
        "https://learn.microsoft.com/graph/best-practices-concept";
    UnknownType = "unknown-type",
        "A response action of a type that was added after the spec was written",
        "https://learn.microsoft.com/graph/api/security-list-incidenttasks?view=graph-rest-beta, whose example has one";
    OrderIgnored = "order-ignored",
        "A list ignores `$orderby`",
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/2801";
    BrokenItem = "broken-item",
        "The first task of a page does not match the schema",
        "https://github.com/microsoftgraph/msgraph-beta-sdk-dotnet/issues/293";
    HostileNextLink = "hostile-next-link",
        "The link to the next page points to another host",
        "https://owasp.org/API-Security/editions/2023/en/0xaa-unsafe-consumption-of-apis/";
    RepeatedNextLink = "repeated-next-link",
        "The link to the next page points to the same page",
        "https://github.com/microsoftgraph/microsoft-graph-docs/issues/4897";
    EmptyPage = "empty-page",
        "A page is empty but has a next page",
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
    Forbidden = "forbidden",
        "403: the caller lacks a role or permission",
        "https://learn.microsoft.com/graph/errors";
    ActionFails = "action-fails",
        "The executed response action fails, and so does its task",
        "https://learn.microsoft.com/graph/api/security-incidenttask-update?view=graph-rest-beta";
    ActionPartiallyCompletes = "action-partially-completes",
        "The executed response action ends as partially completed",
        "https://learn.microsoft.com/graph/api/resources/security-incidenttask?view=graph-rest-beta";
}

impl Fault {
    /// Returns the name, such as `throttled-seconds`.
    pub fn name(self) -> &'static str {
        self.texts()[0]
    }

    /// Returns what happens.
    pub fn description(self) -> &'static str {
        self.texts()[1]
    }

    /// Returns the document or public report that the fault is taken from.
    pub fn source(self) -> &'static str {
        self.texts()[2]
    }

    /// Returns true if the request is processed even if its response is a failure or is lost.
    pub(crate) fn is_processed(self) -> bool {
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
                | Self::Forbidden
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name).ok_or_else(|| UnknownFault(name.into()))
    }
}

/// A name that is not the name of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(Box<str>);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        write!(f, "unknown fault {:?}; allowed: {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownFault {}
