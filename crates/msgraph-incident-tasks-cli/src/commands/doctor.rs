//! `incident-tasks doctor`

use std::time::{Duration, SystemTime};

use clap::Args;
use msgraph_incident_tasks::{AccessToken, Client, Error, ErrorKind};
use serde_json::json;

use super::{Run, Verb, whoami};
use crate::exit::Failure;
use crate::output::{Csv, Format, one_line, print, print_line, print_on_one_line};
use crate::session::Session;
use crate::token_claims;

/// How far this machine's clock may be from the service's before tokens seem to be expired or not valid yet.
const MAX_SKEW: Duration = Duration::from_secs(300);

/// Check what a call needs, and say what to do
///
/// Checks the endpoint and its cloud, the sign-in, what the token is for and may do, TLS, this machine's clock, and
/// one read. Sends that read alone: of the list, one task, without a token where there is none. Ends with 1 where
/// something has failed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks doctor
  incident-tasks doctor --output json")]
pub(crate) struct Arguments {}

impl Verb for Arguments {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(async move {
            let mut checks = vec![endpoint(session)];
            let token = whoami::token(session).await;
            checks.push(sign_in(session, &token));
            checks.extend(token.as_ref().ok().map(permission));
            let client = match &token {
                Ok(_) => session.client.clone(),
                Err(_) => session.client_without_token()?,
            };
            let answer = read(&client).await;
            checks.extend([connection(&client, &answer), clock(&answer), list(&answer, token.is_ok())]);
            show(session, &checks)?;
            let failed = checks.iter().filter(|check| check.state == State::Failed).count();
            match failed {
                0 => Ok(()),
                _ => Err(Failure::Found(format!("{failed} of {} checks failed", checks.len()))),
            }
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Ok,
    /// Worth a look, and no reason to fail.
    Note,
    Failed,
}

/// What was seen, and what to do about it.
struct Check {
    name: &'static str,
    state: State,
    seen: String,
    advice: String,
}

impl Check {
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

/// What a read has shown: the service's time where it was said, and the error if there was one.
struct Answer {
    date: Option<SystemTime>,
    error: Option<Error>,
}

async fn read(client: &Client) -> Answer {
    let mut pages = client.list_incident_tasks().top(1).pages();
    match pages.next().await {
        Some(Err(error)) => {
            let date = error.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
            Answer { date, error: Some(error) }
        }
        _ => Answer { date: pages.header("date").and_then(|date| httpdate::parse_http_date(date).ok()), error: None },
    }
}

/// A national cloud is refused before it comes to this.
fn endpoint(session: &Session) -> Check {
    const NAME: &str = "endpoint and cloud";
    let url = session.client.endpoint();
    match url.starts_with("https://graph.microsoft.com/") {
        true => Check::ok(NAME, format!("{url}, the global service")),
        false => {
            Check::note(NAME, url, "fine for an emulator or a proxy; Microsoft's is https://graph.microsoft.com/beta")
        }
    }
}

fn sign_in(session: &Session, token: &Result<AccessToken, Failure>) -> Check {
    const NAME: &str = "credential";
    match token {
        Ok(_) => Check::ok(NAME, format!("an access token from {}", session.sign_in)),
        Err(failure) => Check::failed(
            NAME,
            failure.to_string(),
            "set GRAPH_TOKEN, or what an application signs in with, or run `az login`; `incident-tasks --help` has the order",
        ),
    }
}

fn permission(token: &AccessToken) -> Check {
    const NAME: &str = "permission";
    let Some(claims) = token_claims::of(token) else {
        return Check::note(NAME, "the token is opaque, so it does not say", "the read below is the test");
    };
    if !claims.is_for_graph() {
        let audience = claims.text("aud").unwrap_or("nobody");
        let advice = "get a token for https://graph.microsoft.com, such as by `az account get-access-token --resource \
                      https://graph.microsoft.com`";
        return Check::failed(NAME, format!("the token is for {audience}"), advice);
    }
    let now = jiff::Timestamp::now().as_second();
    if claims.expires_at().is_some_and(|expires_at| expires_at <= now) {
        return Check::failed(NAME, "the token has expired", "get a new one");
    }
    let granted = [claims.roles(), claims.scopes()].concat();
    match granted.iter().any(|name| name.starts_with("SecurityIncident.")) {
        true => Check::ok(NAME, granted.join(" ")),
        // The documentation has no authoritative scope, so that the lack of one proves nothing.
        false => Check::note(
            NAME,
            format!("no SecurityIncident permission among {:?}", granted.join(" ")),
            "the documentation names none for certain; if the read fails, ask for SecurityIncident.ReadWrite.All, and \
             for the role Security Operator where a user signs in",
        ),
    }
}

fn connection(client: &Client, answer: &Answer) -> Check {
    const NAME: &str = "connection and TLS";
    let unreached = answer.error.as_ref().filter(|error| error.status().is_none());
    match unreached {
        None if client.endpoint().starts_with("https://") => {
            Check::ok(NAME, "answered, over TLS that this machine trusts")
        }
        None => Check::note(NAME, "answered, without TLS", "this is for this machine alone"),
        Some(error) => {
            let text = Failure::Graph(error.clone()).to_string();
            let advice = match (error.kind(), text.to_lowercase().contains("certificate")) {
                (_, true) => "a proxy that inspects TLS? add its certificate to the operating system's",
                (ErrorKind::Connect, _) => "look at name resolution, firewall, and HTTPS_PROXY",
                (ErrorKind::Credential, _) => "sign in first",
                _ => "try again; look at the proxy if it stays so",
            };
            Check::failed(NAME, text, advice)
        }
    }
}

fn clock(answer: &Answer) -> Check {
    const NAME: &str = "clock";
    let Some(date) = answer.date else {
        return Check::note(NAME, "the service did not say its time", "");
    };
    let now = SystemTime::now();
    let skew = now.duration_since(date).or_else(|_| date.duration_since(now)).unwrap_or_default();
    let seen = format!("{} s from the service's", skew.as_secs());
    match skew <= MAX_SKEW {
        true => Check::ok(NAME, seen),
        false => Check::failed(NAME, seen, "set this machine's clock, such as by NTP: tokens seem expired otherwise"),
    }
}

fn list(answer: &Answer, has_token: bool) -> Check {
    const NAME: &str = "read of the list";
    let Some(error) = &answer.error else { return Check::ok(NAME, "answered") };
    let advice = match error.status() {
        Some(401) if !has_token => "sign in first",
        Some(401) => "the token is refused: get a new one, for https://graph.microsoft.com",
        Some(403) => {
            "the identity may not read incident tasks: ask for SecurityIncident.ReadWrite.All, and for the role Security \
             Operator where a user signs in"
        }
        Some(404) => "the tenant may not have Defender Experts, or the endpoint's version is not beta",
        Some(429) => "wait, and try again",
        Some(_) => "quote the request-id to Microsoft's support if it stays so",
        None => "see the connection",
    };
    Check::failed(NAME, error.to_string(), advice)
}

fn show(session: &Session, checks: &[Check]) -> Result<(), Failure> {
    let state = |check: &Check| match check.state {
        State::Ok => "ok",
        State::Note => "note",
        State::Failed => "failed",
    };
    let object = |check: &Check| json!({ "check": check.name, "state": state(check), "seen": check.seen, "advice": check.advice });
    let fields = |check: &Check| [check.name, state(check), &check.seen, &check.advice].map(one_line);
    match session.output.format {
        Format::Table => checks.iter().try_for_each(|check| {
            let [name, state, seen, advice] = fields(check);
            // A table of such texts is hard to read in a narrow terminal.
            let advice = if advice.is_empty() { String::new() } else { format!("\n        {advice}") };
            print_line(&format!("{state:<6}  {name}: {seen}{advice}"))
        }),
        Format::Json => print(&checks.iter().map(object).collect::<Vec<_>>()),
        Format::Jsonl => checks.iter().try_for_each(|check| print_on_one_line(&object(check))),
        Format::Csv => {
            let mut csv = Csv::default();
            checks.iter().try_for_each(|check| csv.print(&["check", "state", "seen", "advice"], &fields(check)))
        }
    }
}
