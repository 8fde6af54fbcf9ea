//! `incident-tasks whoami`

use clap::Args;
use msgraph_incident_tasks::{AccessToken, Error, ErrorKind, TokenRequest};
use serde_json::{Value, json};

use super::{Run, Verb};
use crate::exit::Failure;
use crate::output::{Csv, Format, Table, Times, print, print_on_one_line, print_text};
use crate::session::Session;
use crate::token_claims;

/// Print who is signed in: identity, tenant, when the token expires, roles and scopes
///
/// What is printed is what the access token says of itself. The token is never printed, and nothing is sent to
/// Microsoft Graph.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks whoami
  incident-tasks whoami --output json")]
pub(crate) struct Arguments {}

impl Verb for Arguments {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(async move {
            let token = token(session).await?;
            let facts = facts(session, &token);
            match session.output.format {
                Format::Json => print(&object(&facts)),
                Format::Jsonl => print_on_one_line(&object(&facts)),
                Format::Csv => {
                    let names: Vec<_> = facts.iter().map(|(name, _)| *name).collect();
                    let texts: Vec<_> = facts.iter().map(|(_, value)| text(value)).collect();
                    Csv::default().print(&names, &texts)
                }
                Format::Table => {
                    let mut table = Table::new(&[]);
                    for (name, value) in facts.iter().filter(|(_, value)| !value.is_null()) {
                        table.add([(*name).to_owned(), text(value)]);
                    }
                    print_text(&table.into_text())
                }
            }
        })
    }
}

/// The access token of a session.
pub(super) async fn token(session: &Session) -> Result<AccessToken, Failure> {
    let token = session.credential.access_token(TokenRequest::default()).await;
    Ok(token.map_err(|error| Error::new(ErrorKind::Credential, "there is no access token").with_source(error))?)
}

fn facts(session: &Session, token: &AccessToken) -> Vec<(&'static str, Value)> {
    let claims = token_claims::of(token);
    let claim = |name: &str| claims.as_ref().and_then(|claims| claims.text(name)).map_or(Value::Null, Value::from);
    let of_claims = claims.as_ref().and_then(|claims| jiff::Timestamp::from_second(claims.expires_at()?).ok());
    let expires = of_claims.or_else(|| jiff::Timestamp::try_from(token.expires_at()?).ok());
    let times = match session.output.format {
        Format::Table => session.output.times,
        _ => Times::Utc,
    };
    let names = |names: Vec<&str>| if names.is_empty() { Value::Null } else { json!(names) };
    vec![
        ("source", session.sign_in.as_str().into()),
        ("identity", claims.as_ref().and_then(|claims| claims.identity()).map_or(Value::Null, Value::from)),
        ("application", claim("appid")),
        ("tenant", claim("tid")),
        ("audience", claim("aud")),
        ("expires", expires.map_or(Value::Null, |time| times.show_jiff(time).into())),
        ("roles", claims.as_ref().map_or(Value::Null, |claims| names(claims.roles()))),
        ("scopes", claims.as_ref().map_or(Value::Null, |claims| names(claims.scopes()))),
        ("note", if claims.is_none() { "the token is opaque: it says nothing of itself".into() } else { Value::Null }),
    ]
}

fn object(facts: &[(&'static str, Value)]) -> Value {
    facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
