//! A point in time that keeps the characters of the service.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A `DateTimeOffset` of Microsoft Graph, character for character as it arrived.
///
/// Two timestamps are equal when their texts are: `…39.70Z` and `…39.7Z` are not. Convert with
/// [`to_jiff`](Self::to_jiff) to compare points in time. A text that isn't a timestamp is kept, not
/// refused.
///
/// ```
/// # use msgraph_core::Timestamp;
/// let created: Timestamp = serde_json::from_str(r#""2023-06-26T19:07:39.7433333Z""#)?;
/// assert_eq!(created.as_str(), "2023-06-26T19:07:39.7433333Z");
/// assert_eq!(created.to_jiff().unwrap().subsec_nanosecond(), 743_333_300);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Timestamp(#[cfg_attr(feature = "schemars", schemars(extend("format" = "date-time")))] Box<str>);

impl Timestamp {
    /// The text as the service sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The point in time, to the nanosecond; digits after the ninth of a second's fraction are cut.
    ///
    /// # Errors
    ///
    /// Where the text is not a date and time with an offset, as [RFC
    /// 3339](https://www.rfc-editor.org/rfc/rfc3339) has it. The text stays readable by
    /// [`as_str`](Self::as_str).
    pub fn to_jiff(&self) -> Result<jiff::Timestamp, InvalidTimestamp> {
        nanosecond_precision(&self.0).parse().map_err(|source| InvalidTimestamp { text: self.0.clone(), source })
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text that stands where a timestamp should, and isn't one.
#[derive(Clone, Debug)]
pub struct InvalidTimestamp {
    text: Box<str>,
    source: jiff::Error,
}

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an RFC 3339 date and time with an offset", self.text)
    }
}

impl std::error::Error for InvalidTimestamp {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Graph may send up to twelve digits of a second's fraction; jiff reads nine.
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
    fn a_text_that_is_no_timestamp_is_kept_and_says_so() {
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
}
