//! The ID of an incident task.

use std::fmt;
use std::str::FromStr;

use msgraph_core::{Error, ErrorKind};

/// The ID of an incident task: one segment of a URL's path.
///
/// Documented as a GUID, while each documented example has `213213`; both are taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IncidentTaskId(Box<str>);

impl IncidentTaskId {
    /// The text of the ID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IncidentTaskId {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the text can't be one segment of a path: it is empty, `.` or
    /// `..`, or holds a slash, a backslash or a control character.
    fn from_str(text: &str) -> Result<Self, Error> {
        let reason = match text {
            "" => "it is empty",
            "." | ".." => "it leads to another path",
            _ if text.contains(['/', '\\']) => "it must not hold / or \\",
            _ if text.contains(char::is_control) => "it must not hold control characters",
            _ => return Ok(Self(text.into())),
        };
        let message =
            format!("incident task ID {text:?} is refused: {reason}; allowed is a GUID or a number such as 213213");
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

impl TryFrom<&str> for IncidentTaskId {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<&Self> for IncidentTaskId {
    fn from(id: &Self) -> Self {
        id.clone()
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
    use super::IncidentTaskId;

    #[test]
    fn guids_and_numbers_are_ids() {
        for text in ["213213", "02851525-dc00-438b-83f5-3b2947bf4a48", "a b", "%2e%2e", "...", "ü"] {
            assert_eq!(text.parse::<IncidentTaskId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_path_segment_is_refused_by_name() {
        for text in ["", ".", "..", "a/b", "../me", "..\\me", "a\nb", "\u{7f}", "a\0"] {
            let error = text.parse::<IncidentTaskId>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")) && error.contains("213213"), "{error}");
            assert_eq!(error.lines().count(), 1);
        }
    }
}
