//! `incident-tasks doctor`

use std::time::{Duration, SystemTime};

use clap::Args;
use msgraph_incident_tasks::{AccessToken, Client, Error, ErrorKind};

use crate::failure::Failure;
use crate::output::{Output, Record};
use crate::session::Session;
use crate::text::one_line;
use crate::token_claims;

/// The largest difference from the service's clock at which tokens are still valid.
const MAX_SKEW: Duration = Duration::from_secs(300);

/// Check the requirements of a request, and print remedies
///
/// Checks the endpoint and its cloud, the sign-in, the audience and permissions of the token, TLS, this machine's
/// clock, and one read. Sends only that read: one task of the list, without a token if there is none. Ends with exit
/// code 1 if a check failed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks doctor
  incident-tasks doctor --output json")]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let token = session.credential.token().await;
        let mut checks = vec![endpoint(session), proxy(session)];
        checks.extend(session.credential.failed().into_iter().map(|(source, reason)| {
            Check::note("credential", format!("{source}: {reason}"), "to skip it, unset its variables")
        }));
        checks.push(sign_in(session, &token));
        checks.extend(token.iter().flat_map(permissions));
        let client = if token.is_ok() { session.client.clone() } else { session.client_without_token()? };
        let probe = probe(&client).await;
        checks.extend([connection(&client, &probe), clock(&probe), list(&probe, token.is_ok())]);
        print(&checks, session.output)
    }
}

/// Prints why no session could be started, as a check.
pub(crate) fn not_started(failure: &Failure, output: Output) -> Result<(), Failure> {
    print(&[Check::failed("configuration", failure.to_string(), "correct or unset it; then run this again")], output)
}

fn print(checks: &[Check], output: Output) -> Result<(), Failure> {
    let records: Vec<_> = checks.iter().map(Check::record).collect();
    output.records(&records, || checks.iter().map(Check::describe).collect())?;
    let failed = checks.iter().filter(|check| check.state == State::Failed).count();
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::CheckFailed(format!("{failed} of {} checks failed", checks.len())))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Ok,
    /// A warning, not a failure.
    Note,
    Failed,
}

/// The observation, and what to do about it.
struct Check {
    name: &'static str,
    state: State,
    seen: String,
    advice: String,
}

impl Check {
    fn state(&self) -> &'static str {
        match self.state {
            State::Ok => "ok",
            State::Note => "note",
            State::Failed => "failed",
        }
    }

    fn record(&self) -> Record {
        vec![
            ("check", self.name.into()),
            ("state", self.state().into()),
            ("seen", self.seen.as_str().into()),
            ("advice", self.advice.as_str().into()),
        ]
    }

    /// Returns the check for people, not as a table, which is hard to read in a narrow terminal.
    fn describe(&self) -> String {
        let advice = if self.advice.is_empty() { String::new() } else { format!("        {}\n", self.advice) };
        format!("{:<6}  {}: {}\n{advice}", self.state(), self.name, one_line(&self.seen))
    }

    fn ok(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, state: State::Ok, seen: seen.into(), advice: String::new() }
    }

    fn note(name: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, state: State::Note, seen: seen.into(), advice: advice.into() }
    }

    fn failed(name: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Failed, ..Self::note(name, seen, advice) }
    }
}

/// The result of a read: the time of the service if the response has it, and the error if there was one.
struct Probe {
    date: Option<SystemTime>,
    error: Option<Error>,
}

async fn probe(client: &Client) -> Probe {
    let mut pages = client.list_incident_tasks().top(1).pages();
    let error = pages.next().await.and_then(Result::err);
    let date = error.as_ref().map_or_else(|| pages.header("date"), |error| error.header("date"));
    Probe { date: date.and_then(|date| httpdate::parse_http_date(date).ok()), error }
}

/// National clouds were rejected before this check.
fn endpoint(session: &Session) -> Check {
    const NAME: &str = "endpoint and cloud";
    let url = session.client.endpoint();
    if url.starts_with("https://graph.microsoft.com/") {
        return Check::ok(NAME, format!("{url}, the global service"));
    }
    Check::note(NAME, url, "fine for an emulator or a proxy; Microsoft's is https://graph.microsoft.com/beta")
}

fn sign_in(session: &Session, token: &Result<AccessToken, Failure>) -> Check {
    const NAME: &str = "credential";
    match token {
        Ok(_) => Check::ok(NAME, format!("an access token from {}", session.credential.source())),
        Err(failure) => Check::failed(
            NAME,
            failure.to_string(),
            "set GRAPH_TOKEN or the variables of an application, or run `az login`; `incident-tasks --help` has the order",
        ),
    }
}

/// A loopback endpoint is reached without a proxy.
fn proxy(session: &Session) -> Check {
    const NAME: &str = "proxy";
    let names = if session.client.endpoint().starts_with("http://") {
        [].as_slice()
    } else {
        &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    };
    let set = names.iter().find_map(|name| Some((name, std::env::var(name).ok().filter(|url| !url.is_empty())?)));
    match set {
        None => Check::ok(NAME, "none in the environment"),
        // Its user info may have a password.
        Some((name, url)) => Check::ok(NAME, format!("{name}: {}", url.rsplit('@').next().unwrap_or_default())),
    }
}

/// Checks the token's claims. The documentation does not name the permission for certain, so that the lack of one is
/// not a failure.
fn permissions(token: &AccessToken) -> Vec<Check> {
    const NAME: &str = "permission";
    let Some(claims) = token_claims::of(token) else {
        return vec![Check::note(NAME, "the token is opaque: it has no readable claims", "the read below is the test")];
    };
    if !claims.is_for_graph() {
        let audience = claims.text("aud").unwrap_or("nobody");
        let advice = "get a token for https://graph.microsoft.com, such as by `az account get-access-token --resource \
                      https://graph.microsoft.com`";
        return vec![Check::failed(NAME, format!("the token is for {audience}"), advice)];
    }
    let now = jiff::Timestamp::now().as_second();
    if claims.expires_at().is_some_and(|expires_at| expires_at <= now) {
        return vec![Check::failed(NAME, "the token has expired", "get a new one")];
    }
    let granted = [claims.roles(), claims.scopes()].concat();
    let check = |name, parts: &[&str], wanted: &str| {
        let is_one =
            |granted: &&&str| parts.iter().any(|part| granted.starts_with(&format!("SecurityIncident.{part}")));
        match granted.iter().find(is_one) {
            Some(granted) => Check::ok(name, *granted),
            None => Check::note(
                name,
                format!("no SecurityIncident permission for this in {:?}", granted.join(" ")),
                format!(
                    "the documentation does not name one for certain; if requests fail, ask for SecurityIncident.{wanted}"
                ),
            ),
        }
    };
    let mut checks = vec![
        check("permission to read", &["Read"], "Read.All"),
        check("permission to write", &["ReadWrite"], "ReadWrite.All"),
    ];
    if !claims.scopes().is_empty() {
        checks.push(role(&claims.directory_roles()));
    }
    checks
}

/// See [Microsoft Entra built-in roles](https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference).
fn role(ids: &[&str]) -> Check {
    const ROLES: [(&str, &str); 3] = [
        ("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"),
        ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
        ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ];
    match ROLES.iter().find(|(id, _)| ids.contains(id)) {
        Some((_, name)) => Check::ok("role", *name),
        None => {
            Check::note("role", "no directory role that may act on incidents", "ask for the role Security Operator")
        }
    }
}

fn connection(client: &Client, probe: &Probe) -> Check {
    const NAME: &str = "connection and TLS";
    let Some(error) = probe.error.as_ref().filter(|error| error.status().is_none()) else {
        if client.endpoint().starts_with("https://") {
            return Check::ok(NAME, "connected, over TLS that this machine trusts");
        }
        return Check::note(NAME, "connected, without TLS", "only for loopback");
    };
    let text = Failure::Graph(error.clone()).to_string();
    let advice = match error.kind() {
        _ if text.contains("No CA certificates") => "install the operating system's CA certificates",
        _ if text.to_lowercase().contains("certificate") => {
            "if a proxy inspects TLS, add its certificate to the operating system's"
        }
        ErrorKind::Connect => "check name resolution, the firewall, and HTTPS_PROXY",
        ErrorKind::Credential => "sign in first",
        _ => "try again; if it fails again, check the proxy",
    };
    Check::failed(NAME, text, advice)
}

fn clock(probe: &Probe) -> Check {
    const NAME: &str = "clock";
    let Some(date) = probe.date else {
        return Check::note(NAME, "the response has no date", "");
    };
    let now = SystemTime::now();
    let skew = now.duration_since(date).or_else(|_| date.duration_since(now)).unwrap_or_default();
    let seen = format!("{} s from the service's", skew.as_secs());
    if skew <= MAX_SKEW {
        return Check::ok(NAME, seen);
    }
    Check::failed(NAME, seen, "set this machine's clock, such as by NTP: otherwise tokens appear to have expired")
}

fn list(probe: &Probe, has_token: bool) -> Check {
    const NAME: &str = "read of the list";
    let Some(error) = &probe.error else { return Check::ok(NAME, "succeeded") };
    let advice = match error.status() {
        Some(401) if !has_token => "sign in first",
        Some(401) => "the token was rejected: get a new one, for https://graph.microsoft.com",
        Some(403) => {
            "the identity may not read incident tasks: ask for SecurityIncident.ReadWrite.All, and for the role Security \
             Operator if a user signs in"
        }
        Some(404) => "the tenant may not have Defender Experts, or the endpoint's version is not beta",
        Some(429) => "wait, and try again",
        Some(_) => "if it fails again, give the request-id to Microsoft's support",
        None => "see the connection",
    };
    Check::failed(NAME, error.to_string(), advice)
}
