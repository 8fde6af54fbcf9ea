//! `incident-tasks whoami`

use clap::Args;
use msgraph_incident_tasks::AccessToken;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{Format, Record};
use crate::session::Session;
use crate::token_claims;

/// Print the signed-in identity: tenant, expiry of the token, roles and scopes
///
/// Prints the claims of the access token. The token itself is never printed, and nothing is sent to Microsoft Graph.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks whoami
  incident-tasks whoami --output json")]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let token = session.credential.token().await?;
        session.output.record(&record(session, &token))
    }
}

fn record(session: &Session, token: &AccessToken) -> Record {
    let claims = token_claims::of(token);
    let claim = |name: &str| claims.as_ref().and_then(|claims| claims.text(name)).map_or(Value::Null, Value::from);
    let of_claims = claims.as_ref().and_then(|claims| jiff::Timestamp::from_second(claims.expires_at()?).ok());
    let expires = of_claims.or_else(|| jiff::Timestamp::try_from(token.expires_at()?).ok());
    let shown = |time: jiff::Timestamp| match session.output.format {
        Format::Table => session.output.times.show_jiff(time),
        _ => time.to_string(),
    };
    let names = |names: Vec<&str>| if names.is_empty() { Value::Null } else { json!(names) };
    let note = match expires {
        _ if claims.is_none() => "the token is opaque: it has no readable claims".into(),
        Some(time) if time <= jiff::Timestamp::now() => "the token has expired".into(),
        _ => Value::Null,
    };
    vec![
        ("source", session.credential.source().into()),
        ("identity", claims.as_ref().and_then(|claims| claims.identity()).map_or(Value::Null, Value::from)),
        ("application", claim("appid")),
        ("tenant", claim("tid")),
        ("audience", claim("aud")),
        ("expires", expires.map_or(Value::Null, |time| shown(time).into())),
        ("roles", claims.as_ref().map_or(Value::Null, |claims| names(claims.roles()))),
        ("scopes", claims.as_ref().map_or(Value::Null, |claims| names(claims.scopes()))),
        ("note", note),
    ]
}
