//! `incident-tasks execute <id>`

use std::io::{self, IsTerminal};

use clap::Args;
use dialoguer::Confirm;
use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskActionType};
use msgraph_incident_tasks::{Client, Error, ErrorKind, IncidentTaskId};
use serde_json::Value;

use super::{Run, Verb, mode, unless_dry_run};
use crate::exit::Failure;
use crate::output::one_line;
use crate::say;
use crate::session::{Mode, Session};

/// Execute the response action of an incident task, and print the task
///
/// Something happens to a device, a user or a message. The task is read first: nothing is sent where its action
/// can't be executed. On a terminal it says what will happen, and asks; elsewhere it needs --yes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks execute 213214 --dry-run
  incident-tasks execute 213214 --yes")]
pub(crate) struct Arguments {
    /// The ID of the task: a GUID, or a number such as 213213
    #[arg(allow_hyphen_values = true)]
    id: String,

    /// Execute it without asking
    #[arg(long)]
    yes: bool,

    /// Print the request, without the token, and send nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

pub(crate) struct Execute {
    id: IncidentTaskId,
    asks: bool,
    dry_run: bool,
}

impl Arguments {
    pub(crate) fn checked(self) -> Result<Execute, Failure> {
        let Self { id, yes, dry_run } = self;
        let id = id.parse()?;
        let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
        if !yes && !dry_run && !can_ask {
            let message = "execute acts on a device, a user or a message, and was not confirmed; confirm it with --yes";
            return Err(Error::new(ErrorKind::InvalidInput, message).into());
        }
        Ok(Execute { id, asks: !yes, dry_run })
    }
}

impl Verb for Execute {
    fn run<'a>(self: Box<Self>, session: &'a Session) -> Run<'a> {
        Box::pin(async move {
            let client = &session.client;
            if session.is_dry_run() {
                say("the task would be read first, and again afterwards");
                let execution = client.execute_response_action(&self.id);
                return Ok(unless_dry_run(session, execution.send().await).map(drop)?);
            }
            let task = client.get_incident_task(&self.id).send().await?;
            if self.asks && !self.is_confirmed(&task)? {
                return Err(Failure::Found("not executed: it was not confirmed".to_owned()));
            }
            client.execute_response_action(&self.id).checked_against(&task).send().await?;
            session.output.task(&read_again(client, &self.id).await?)
        })
    }

    fn mode(&self) -> Mode {
        mode(self.dry_run)
    }
}

impl Execute {
    fn is_confirmed(&self, task: &IncidentTask) -> Result<bool, Failure> {
        let question = format!("{}. Execute it?", what_will_happen(&self.id, task));
        let answer = Confirm::new().with_prompt(question).default(false).interact_opt();
        answer.map(Option::unwrap_or_default).map_err(|error| io::Error::other(error).into())
    }
}

/// The task as it is now. It has been executed by then, whatever becomes of the read.
async fn read_again(client: &Client, id: &IncidentTaskId) -> Result<IncidentTask, Failure> {
    client.get_incident_task(id).send().await.map_err(|error| {
        say("the action was taken up; its task can't be read");
        error.into()
    })
}

/// One line that says what an execution does, and to whom.
fn what_will_happen(id: &IncidentTaskId, task: &IncidentTask) -> String {
    let Some(action_type) = &task.action_type else { return format!("task {id} does not say its action") };
    let action = serde_json::to_value(&task.response_action).unwrap_or_default();
    let text = |name: &str| action.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let who =
        text("identifierValue").map_or_else(|| "that the task does not name".to_owned(), |who| format!("{who:?}"));
    let mut line = format!("{} of task {id} acts on the {} {who}", action_type.as_ref(), object_of(action_type));
    for (name, value) in action.as_object().into_iter().flatten() {
        if name != "identifierValue"
            && !name.starts_with('@')
            && let Some(value) = value.as_str()
        {
            line.push_str(&format!(", {name} {value:?}"));
        }
    }
    if let Some(title) = &task.display_name {
        line.push_str(&format!(" ({title:?})"));
    }
    one_line(&line)
}

/// What an action acts on.
fn object_of(action_type: &IncidentTaskActionType) -> &'static str {
    use IncidentTaskActionType as Type;

    match action_type {
        Type::IsolateDevice
        | Type::UnIsolateDevice
        | Type::RunAntiVirusScan
        | Type::CollectInvestigationPackage
        | Type::RestrictAppExecution
        | Type::UnRestrictAppExecution => "device",
        Type::ForceUserPasswordReset
        | Type::DisableUser
        | Type::EnableUser
        | Type::MarkUserAsCompromised
        | Type::RequireSignIn => "user",
        Type::HardDeleteEmail | Type::SoftDeleteEmail => "message",
        Type::StopAndQuarantineFile => "file",
        _ => "object",
    }
}

#[cfg(test)]
mod tests {
    use msgraph_incident_tasks::types::IncidentTask;

    use super::what_will_happen;

    #[test]
    fn the_question_says_what_happens_to_whom_on_one_line() {
        for (task, line) in [
            (
                r##"{"actionType":"isolateDevice","displayName":"a\nb","responseAction":{"@odata.type":
                "#microsoft.graph.security.isolateDeviceIncidentTaskResponseAction","identifierValue":"d-1",
                "isolationType":"full"}}"##,
                r#"isolateDevice of task 7 acts on the device "d-1", isolationType "full" ("a\nb")"#,
            ),
            (r#"{"actionType":"disableUser"}"#, "disableUser of task 7 acts on the user that the task does not name"),
            (
                r#"{"actionType":"newAction","responseAction":{"identifierValue":"\u001b[2J"}}"#,
                r#"newAction of task 7 acts on the object "\u{1b}[2J""#,
            ),
        ] {
            let task: IncidentTask = serde_json::from_str(task).unwrap();
            assert_eq!(what_will_happen(&"7".parse().unwrap(), &task), line);
        }
    }
}
