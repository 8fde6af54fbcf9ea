//! The header `Retry-After` ([RFC 9110, section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)),
//! with the fractions of a second that Graph has been documented to send.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Returns how long the service asks to wait; `None` if the header is absent or invalid.
///
/// A date is relative to the response's own `Date`, independent of this machine's clock.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return of_seconds(seconds);
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(date.unwrap_or(now)).unwrap_or_default())
}

fn of_seconds(seconds: f64) -> Option<Duration> {
    if seconds.is_nan() || seconds.is_sign_negative() {
        return None;
    }
    // A number that is too large for a duration is the longest wait.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::retry_after;
    use http::{HeaderMap, HeaderValue};

    fn asked(value: &[u8], date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_bytes(value).ok()?);
        if let Some(date) = date {
            headers.insert("date", date.parse().unwrap());
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        retry_after(&headers, now)
    }

    #[test]
    fn seconds_fractions_and_dates_are_read() {
        for (text, seconds) in [
            ("10", 10.0),
            (" 0 ", 0.0),
            ("2.128", 2.128),
            ("1e3", 1000.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 7.0),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 7.0),
            ("Sun Nov  6 08:49:37 1994", 7.0),
            ("Sun, 06 Nov 1994 08:49:20 GMT", 0.0),
        ] {
            assert_eq!(asked(text.as_bytes(), None), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
    }

    #[test]
    fn a_date_is_relative_to_the_date_of_the_response() {
        let asked = asked(b"Sun, 06 Nov 1994 08:49:37 GMT", Some("Sun, 06 Nov 1994 08:49:07 GMT"));
        assert_eq!(asked, Some(Duration::from_secs(30)));
    }

    #[test]
    fn an_invalid_value_is_ignored() {
        for text in ["", "-1", "-0.5", "soon", "NaN", "10 s", "10,5", "0x10", "1994-11-06T08:49:37Z"] {
            assert_eq!(asked(text.as_bytes(), None), None, "{text}");
        }
    }

    #[test]
    fn an_absurd_number_is_the_longest_wait() {
        for text in ["99999999999999999999999999", "1e300", "inf"] {
            assert_eq!(asked(text.as_bytes(), None), Some(Duration::MAX), "{text}");
        }
    }

    mod properties {
        use proptest::prelude::*;

        use super::asked;

        proptest! {
            #[test]
            fn any_bytes_are_read_without_a_panic(value: Vec<u8>) {
                let _ = asked(&value, None);
            }
        }
    }
}
