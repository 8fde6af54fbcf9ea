//! A point in time that keeps the characters of the service.

use std::cmp::Ordering;
use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A `DateTimeOffset` of Microsoft Graph, character for character as it arrived.
///
/// Two timestamps are equal if their texts are: `…39.70Z` and `…39.7Z` are not. They are ordered by point in time,
/// then by text; a text that is not a timestamp is kept, and comes first.
///
/// ```
/// # use msgraph_core::Timestamp;
/// let created: Timestamp = serde_json::from_str(r#""2023-06-26T19:07:39.7433333Z""#)?;
/// assert_eq!(created.as_str(), "2023-06-26T19:07:39.7433333Z");
/// assert_eq!(created.to_jiff().unwrap().subsec_nanosecond(), 743_333_300);
/// assert!(created < Timestamp::from("2023-06-26T22:00:00+02:00"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Timestamp(#[cfg_attr(feature = "schemars", schemars(extend("format" = "date-time")))] Box<str>);

impl Timestamp {
    /// Returns the text as the service sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the point in time, to the nanosecond; digits after the ninth of a second's fraction are dropped.
    ///
    /// # Errors
    ///
    /// If the text is not a date and time with an offset, as in [RFC
    /// 3339](https://www.rfc-editor.org/rfc/rfc3339).
    pub fn to_jiff(&self) -> Result<jiff::Timestamp, InvalidTimestamp> {
        nanosecond_precision(&self.0).parse().map_err(|source| InvalidTimestamp { text: self.0.clone(), source })
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        Self(time.to_string().into())
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = InvalidTimestamp;

    /// # Errors
    ///
    /// If the time is outside of the years -9999 to 9999.
    fn try_from(time: SystemTime) -> Result<Self, InvalidTimestamp> {
        let invalid = |source| InvalidTimestamp { text: format!("{time:?}").into(), source };
        jiff::Timestamp::try_from(time).map(Self::from).map_err(invalid)
    }
}

impl TryFrom<&Timestamp> for SystemTime {
    type Error = InvalidTimestamp;

    /// # Errors
    ///
    /// As [`Timestamp::to_jiff`].
    fn try_from(time: &Timestamp) -> Result<Self, InvalidTimestamp> {
        time.to_jiff().map(Self::from)
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = self.to_jiff().ok().cmp(&other.to_jiff().ok());
        by_time.then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text that is not a timestamp.
#[derive(Clone, Debug)]
pub struct InvalidTimestamp {
    text: Box<str>,
    source: jiff::Error,
}

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid timestamp {:?}: must be an RFC 3339 date and time with an offset", self.text)
    }
}

impl std::error::Error for InvalidTimestamp {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Cuts a fraction to nine digits, which jiff reads; Graph may send up to twelve.
fn nanosecond_precision(text: &str) -> std::borrow::Cow<'_, str> {
    let Some(start) = text.find('.').map(|dot| dot + 1) else {
        return text.into();
    };
    let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    if digits <= 9 {
        return text.into();
    }
    format!("{}{}", &text[..start + 9], &text[start + digits..]).into()
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn one_to_twelve_fraction_digits_convert() {
        for digits in 1..=12 {
            let text = format!("2023-06-26T19:07:39.{}Z", &"123456789012"[..digits]);
            let nanoseconds: i32 = format!("{:0<9.9}", &"123456789012"[..digits]).parse().unwrap();
            let converted = Timestamp::from(text.as_str()).to_jiff().unwrap();
            assert_eq!(converted.subsec_nanosecond(), nanoseconds, "{text}");
        }
    }

    #[test]
    fn an_invalid_timestamp_is_kept_and_named_in_the_error() {
        for text in ["2023-09-04T05:47:56", "yesterday", "", "1.", "2023-06-26T19:07:39.1234567890123"] {
            let timestamp: Timestamp = serde_json::from_value(text.into()).unwrap();
            assert_eq!(timestamp.as_str(), text);
            let error = timestamp.to_jiff().unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn equality_is_that_of_the_text() {
        assert_ne!(Timestamp::from("2023-06-27T10:49:33.98Z"), Timestamp::from("2023-06-27T10:49:33.980Z"));
    }

    #[test]
    fn the_order_is_that_of_the_points_in_time() {
        let ordered = ["", "no time", "2023-06-27T10:00:00+02:00", "2023-06-27T08:00:00Z", "2023-06-27T10:00:00.1Z"];
        let mut sorted = ordered.map(Timestamp::from);
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted.each_ref().map(Timestamp::as_str)[..2], ordered[..2]);
        assert_eq!(sorted[4].as_str(), ordered[4]);
        assert_eq!(sorted[2].to_jiff().unwrap(), sorted[3].to_jiff().unwrap());
    }

    #[test]
    fn a_system_time_is_the_same_point_in_time_again() {
        let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_nanos(1_687_806_459_743_333_300);
        let timestamp = Timestamp::try_from(time).unwrap();
        assert_eq!(timestamp.as_str(), "2023-06-26T19:07:39.7433333Z");
        assert_eq!(std::time::SystemTime::try_from(&timestamp).unwrap(), time);
    }
}
