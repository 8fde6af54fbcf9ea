//! Parsers of argument values.

use std::marker::PhantomData;
use std::time::Duration;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use msgraph_incident_tasks::{IncidentTaskId, OpenEnum};

use crate::failure::Failure;

/// The member that a service sends in place of one that the client did not ask for.
const SENTINEL: &str = "unknownFutureValue";

pub(crate) fn id(text: &str) -> Result<IncidentTaskId, msgraph_incident_tasks::Error> {
    text.parse()
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "must be a number of seconds, such as 2 or 0.5".to_owned())
}

/// Returns the member with this text, in any letter case if it is known.
pub(crate) fn member<E: OpenEnum + From<String>>(text: &str) -> E {
    let known = E::KNOWN.iter().find(|known| known.eq_ignore_ascii_case(text));
    E::from(known.map_or(text, |known| *known).to_owned())
}

/// Returns a message if the member must not be sent.
pub(crate) fn problem<E: OpenEnum>(member: &E, allow_unknown: bool) -> Option<String> {
    let is_allowed = member.as_str() != SENTINEL && (member.is_known() || allow_unknown);
    (!is_allowed).then(|| format!("unknown value {:?}: allowed are {}", member.as_str(), known::<E>().join(", ")))
}

fn known<E: OpenEnum>() -> Vec<&'static str> {
    E::KNOWN.iter().copied().filter(|known| *known != SENTINEL).collect()
}

/// One argument's members of an enumeration, separated by commas or spaces.
#[derive(Clone, Debug)]
pub(crate) struct Members<E>(pub(crate) Vec<E>);

impl<E: OpenEnum> Members<E> {
    /// Fails if a member is unknown, and names the option that allows it.
    pub(crate) fn check(&self, option: &str, allow_unknown: bool, consent: &str) -> Result<(), Failure> {
        let Some((member, problem)) = self.0.iter().find_map(|member| Some((member, problem(member, allow_unknown)?)))
        else {
            return Ok(());
        };
        let consent = if member.as_str() == SENTINEL { String::new() } else { format!(" (or add {consent})") };
        Err(Failure::Usage(format!("{option}: {problem}{consent}")))
    }

    /// Returns the only member.
    pub(crate) fn single(&self, option: &str) -> Result<&E, Failure> {
        match self.0.as_slice() {
            [member] => Ok(member),
            _ => Err(Failure::Usage(format!("{option} takes exactly one value"))),
        }
    }
}

/// Parses [`Members`], and lists the known ones for help and completion.
pub(crate) struct MembersParser<E>(PhantomData<fn() -> E>);

pub(crate) fn members<E>() -> MembersParser<E> {
    MembersParser(PhantomData)
}

impl<E> Clone for MembersParser<E> {
    fn clone(&self) -> Self {
        members()
    }
}

impl<E: OpenEnum + From<String> + Clone + Send + Sync + 'static> TypedValueParser for MembersParser<E> {
    type Value = Members<E>;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Members<E>, clap::Error> {
        let text = value.to_str().ok_or_else(|| clap::Error::new(ErrorKind::InvalidUtf8).with_cmd(command))?;
        let texts: Vec<_> = text.split([',', ' ', '\t']).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            let name = argument.map_or_else(String::new, ToString::to_string);
            error.insert(ContextKind::InvalidArg, ContextValue::String(name));
            error.insert(ContextKind::InvalidValue, ContextValue::String(text.to_owned()));
            let known = known::<E>().into_iter().map(str::to_owned).collect();
            error.insert(ContextKind::ValidValue, ContextValue::Strings(known));
            return Err(error);
        }
        Ok(Members(texts.into_iter().map(member).collect()))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(known::<E>().into_iter().map(PossibleValue::new)))
    }
}

/// Returns the time of an RFC 3339 text, the beginning of a date in UTC, or a time ago such as `24h` or `7d`.
pub(crate) fn time(text: &str) -> Result<jiff::Timestamp, String> {
    let utc = jiff::tz::TimeZone::UTC;
    let of_date = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(utc.clone()).ok();
    let ago = || {
        let span = text.parse::<jiff::Span>().ok().filter(|span| span.is_positive())?;
        jiff::Timestamp::now().to_zoned(utc.clone()).checked_sub(span).ok()
    };
    let other = || of_date().or_else(ago).map(|time| time.timestamp());
    text.parse().ok().or_else(other).ok_or_else(|| {
        "must be a time such as 2023-06-26T19:07:39Z, a date such as 2023-06-26, or a time ago such as 24h or 7d"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use clap::builder::TypedValueParser;
    use msgraph_incident_tasks::types::IncidentTaskStatus as Status;

    use super::{members, time};

    #[test]
    fn values_are_separated_by_commas_or_spaces_in_any_letter_case() {
        let parse = |text: &str| members::<Status>().parse_ref(&clap::Command::new("x"), None, text.as_ref());
        for text in ["open,inprogress", "OPEN inProgress", "open, INPROGRESS,"] {
            assert_eq!(parse(text).unwrap().0, [Status::Open, Status::InProgress], "{text}");
        }
        for text in ["", " , "] {
            assert!(parse(text).unwrap_err().to_string().contains("notRelevant"), "{text:?}");
        }
        let typo = parse("opne").unwrap();
        let message = typo.check("--status", false, "--yes").unwrap_err().to_string();
        assert!(message.contains("\"opne\": allowed are open, inProgress, completed"), "{message}");
        typo.check("--status", true, "--yes").unwrap();
        parse("unknownFutureValue").unwrap().check("--status", true, "--yes").unwrap_err();
        parse("open,failed").unwrap().single("--status").unwrap_err();
    }

    #[test]
    fn a_time_is_absolute_or_ago() {
        assert_eq!(time("2023-06-26").unwrap().to_string(), "2023-06-26T00:00:00Z");
        assert_eq!(time("2023-06-26T21:07:39+02:00").unwrap().to_string(), "2023-06-26T19:07:39Z");
        let age = |text: &str| jiff::Timestamp::now().duration_since(time(text).unwrap()).as_secs();
        for (text, seconds) in [("24h", 86_400), ("7d", 7 * 86_400)] {
            assert!((seconds - 10..=seconds).contains(&age(text)), "{text}");
        }
        for text in ["", "soon", "7", "-24h"] {
            time(text).unwrap_err();
        }
    }
}
