//! The ID of an incident task.

use std::fmt;
use std::str::FromStr;

use msgraph_core::Error;
use msgraph_incident_tasks_api::types::IncidentTask;
use serde::{Deserialize, Serialize};

/// The ID of an incident task: one segment of a URL's path.
///
/// It is documented as a GUID, but each documented example has `213213`; both are valid.
///
/// ```
/// use msgraph_incident_tasks::IncidentTaskId;
///
/// let id: IncidentTaskId = "213213".parse()?;
/// assert_eq!(id.as_str(), "213213");
/// assert!("../me".parse::<IncidentTaskId>().is_err());
/// # Ok::<(), msgraph_incident_tasks::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentTaskId(Box<str>);

impl IncidentTaskId {
    /// Returns the text of the ID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IncidentTaskId {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the text cannot be one segment of a path: it is
    /// empty, `.` or `..`, or contains a slash, a backslash or a control character.
    fn from_str(text: &str) -> Result<Self, Error> {
        let rule = match text {
            "" => "must not be empty",
            "." | ".." => "must not be a relative path",
            _ if text.contains(['/', '\\']) => "must not contain \"/\" or \"\\\"",
            _ if text.contains(char::is_control) => "must not contain control characters",
            _ => return Ok(Self(text.into())),
        };
        let message = format!("invalid incident task ID {text:?}: {rule}; use a GUID or a number such as 213213");
        Err(Error::invalid_input(message))
    }
}

impl TryFrom<&str> for IncidentTaskId {
    type Error = Error;

    /// # Errors
    ///
    /// As [`from_str`](Self::from_str).
    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<String> for IncidentTaskId {
    type Error = Error;

    /// # Errors
    ///
    /// As [`from_str`](Self::from_str).
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<&String> for IncidentTaskId {
    type Error = Error;

    /// # Errors
    ///
    /// As [`from_str`](Self::from_str).
    fn try_from(text: &String) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<&IncidentTask> for IncidentTaskId {
    type Error = Error;

    /// # Errors
    ///
    /// If the task has no ID, as after a `select` without it, or an invalid one.
    fn try_from(task: &IncidentTask) -> Result<Self, Error> {
        let id = task.id.as_deref();
        id.ok_or_else(|| Error::invalid_input("the incident task has no ID: include `id` in `select`"))?.parse()
    }
}

impl From<&Self> for IncidentTaskId {
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl From<IncidentTaskId> for String {
    fn from(id: IncidentTaskId) -> Self {
        id.0.into()
    }
}

impl AsRef<str> for IncidentTaskId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for IncidentTaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use msgraph_incident_tasks_api::types::IncidentTask;

    use super::IncidentTaskId;

    #[test]
    fn guids_and_numbers_are_ids() {
        for text in ["213213", "02851525-dc00-438b-83f5-3b2947bf4a48", "a b", "%2e%2e", "...", "ü"] {
            assert_eq!(text.parse::<IncidentTaskId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_text_that_is_not_a_path_segment_is_rejected_by_name() {
        for text in ["", ".", "..", "a/b", "../me", "..\\me", "a\nb", "\u{7f}", "a\0"] {
            let error = text.parse::<IncidentTaskId>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")) && error.contains("213213"), "{error}");
            assert_eq!(error.lines().count(), 1);
            assert!(serde_json::from_value::<IncidentTaskId>(text.into()).is_err());
        }
    }

    #[test]
    fn a_task_without_an_id_has_none() {
        let mut task = IncidentTask::default();
        assert!(IncidentTaskId::try_from(&task).is_err());
        task.id = Some("7".to_owned());
        assert_eq!(serde_json::to_value(IncidentTaskId::try_from(&task).unwrap()).unwrap(), "7");
    }
}
