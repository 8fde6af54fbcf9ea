//! `incident-tasks execute <id>`

use std::io::{self, IsTerminal, Write};

use clap::Args;
use msgraph_incident_tasks::types::{IncidentTask, IncidentTaskActionType};
use msgraph_incident_tasks::{ErrorKind, IncidentTaskId};
use serde_json::Value;

use crate::blocking::blocking;
use crate::failure::Failure;
use crate::output::wrapped;
use crate::session::{Mode, Session};
use crate::text::{eprint_line, one_line};
use crate::values;
use crate::warnings;

/// Execute the response action of an incident task, and print the task
///
/// The action affects a device, a user or a message. The task is read first: nothing is sent if its action cannot be
/// executed. On a terminal the command shows the action and asks; elsewhere it requires --yes. Exit code 9 means that
/// the action was accepted, but the task could not be read afterwards: do not execute it again.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks execute 213214 --dry-run
  incident-tasks execute 213214 --yes")]
pub(crate) struct Arguments {
    /// ID of the task: a GUID, or a number such as 213213
    #[arg(allow_hyphen_values = true, value_parser = values::id)]
    id: IncidentTaskId,

    /// Execute it without asking
    #[arg(long)]
    yes: bool,

    /// Print the request without the token, and send nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

impl Arguments {
    pub(crate) fn mode(&self) -> Mode {
        Mode::dry_run(self.dry_run)
    }

    /// Fails if the user can neither be asked nor has confirmed.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
        if self.yes || self.dry_run || can_ask {
            return Ok(());
        }
        let message = "execute affects a device, a user or a message: confirm it with --yes";
        Err(Failure::Usage(message.to_owned()))
    }

    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let execution = session.client.execute_response_action(&self.id);
        if session.is_dry_run() {
            eprint_line("the task would be read first, and again afterwards");
            return Ok(session.write(execution.send()).await.map(drop)?);
        }
        let task = session.get(&self.id).await?;
        if !self.yes {
            let check = session.dry_run_client()?.execute_response_action(&self.id).checked_against(&task).send().await;
            check.or_else(|error| if error.kind() == ErrorKind::DryRun { Ok(()) } else { Err(error) })?;
            if !is_confirmed(&describe(&self.id, &task)).await? {
                return Err(Failure::CheckFailed("not executed: not confirmed".to_owned()));
            }
        }
        if let Some(response) = session.write(execution.checked_against(&task).response()).await? {
            warnings::of_response(self.id.as_str(), &response);
        }
        let task = session.get(&self.id).await.map_err(Failure::Applied)?;
        session.output.task(&task).map_err(Failure::after_write)
    }
}

/// Asks on the terminal. Returns true only for `y` or `yes`.
async fn is_confirmed(action: &str) -> Result<bool, Failure> {
    let width = terminal_size::terminal_size_of(io::stderr()).map_or(usize::MAX, |(width, _)| width.0.into());
    for line in wrapped(&format!("{action}."), width) {
        eprint_line(&line);
    }
    // What was typed before the question is not a reply to it. Fails if stdin is not a terminal.
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
    let mut stderr = io::stderr();
    write!(stderr, "Execute this action? [y/N] ").and_then(|()| stderr.flush())?;
    let mut reply = String::new();
    let reply = blocking(move || io::stdin().read_line(&mut reply).map(|_| reply)).await??;
    Ok(reply.ends_with('\n') && ["y", "yes"].iter().any(|yes| reply.trim().eq_ignore_ascii_case(yes)))
}

/// Returns a description of the action and its target, on one line.
fn describe(id: &IncidentTaskId, task: &IncidentTask) -> String {
    let title = task.display_name.as_ref().map(|title| format!(" ({})", quoted(title))).unwrap_or_default();
    let Some(action_type) = &task.action_type else { return one_line(&format!("task {id}{title} has no action type")) };
    let action_name = one_line(cut(action_type.as_ref()));
    let action = serde_json::to_value(&task.response_action).unwrap_or_default();
    let target = target_of(action_type);
    let mut line = match action.get("identifierValue").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        Some(name) => format!("{action_name} on {target} {}", quoted(name)),
        None => format!("{action_name}; the task does not name the {target}"),
    };
    for (name, value) in action.as_object().into_iter().flatten() {
        if let Some(value) = value.as_str().filter(|_| name != "identifierValue" && !name.starts_with('@')) {
            line.push_str(&format!(", {} {}", one_line(cut(name)), quoted(value)));
        }
    }
    one_line(&format!("Task {id}{title}: {line}"))
}

/// The longest value of a description, in bytes: a long title must not hide the action.
const MAX_VALUE: usize = 100;

fn cut(text: &str) -> &str {
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    &text[..ends.take_while(|end| *end <= MAX_VALUE).last().unwrap_or(0)]
}

fn quoted(text: &str) -> String {
    format!("{:?}{}", cut(text), if text.len() > MAX_VALUE { "…" } else { "" })
}

/// Returns the kind of thing that an action affects.
fn target_of(action_type: &IncidentTaskActionType) -> &'static str {
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
        _ => "target",
    }
}

#[cfg(test)]
mod tests {
    use msgraph_incident_tasks::types::IncidentTask;

    use super::describe;

    #[test]
    fn the_question_names_the_action_and_its_target_on_one_line() {
        for (task, line) in [
            (
                r##"{"actionType":"isolateDevice","displayName":"a\nb","responseAction":{"@odata.type":
                "#microsoft.graph.security.isolateDeviceIncidentTaskResponseAction","identifierValue":"d-1",
                "isolationType":"full"}}"##,
                r#"Task 7 ("a\nb"): isolateDevice on device "d-1", isolationType "full""#,
            ),
            (r#"{"actionType":"disableUser"}"#, "Task 7: disableUser; the task does not name the user"),
            (
                r#"{"actionType":"newAction","responseAction":{"identifierValue":"\u001b[2J"}}"#,
                r#"Task 7: newAction on target "\u{1b}[2J""#,
            ),
        ] {
            let task: IncidentTask = serde_json::from_str(task).unwrap();
            assert_eq!(describe(&"7".parse().unwrap(), &task), line);
        }
        let mut task = IncidentTask::default();
        (task.display_name, task.action_type) = (Some("é".repeat(900)), Some("disableUser".into()));
        assert!(describe(&"7".parse().unwrap(), &task).ends_with("…): disableUser; the task does not name the user"));
    }
}
