//! How long the service asks to wait: `Retry-After` ([RFC 9110, section
//! 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)) with the fractions of a second that Graph has been
//! documented to send, and Azure's headers in milliseconds.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

const MILLISECONDS: [HeaderName; 2] =
    [HeaderName::from_static("retry-after-ms"), HeaderName::from_static("x-ms-retry-after-ms")];

/// Returns how long the service asks to wait: the longest of all values; `None` if there is no valid one.
///
/// A date is relative to the response's own `Date`, independent of this machine's clock.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let now = texts(headers, &DATE).find_map(date).unwrap_or(now);
    let waits = texts(headers, &RETRY_AFTER).flat_map(|text| waits(text, now));
    let milliseconds = MILLISECONDS.into_iter().flat_map(|name| texts(headers, &name));
    waits.chain(milliseconds.flat_map(|text| text.split(',')).filter_map(|text| number(text, 0.001))).max()
}

fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

/// Returns the waits of a list. A date may have a comma in it.
fn waits(list: &str, now: SystemTime) -> impl Iterator<Item = Duration> {
    let mut pieces = list.split(',').peekable();
    std::iter::from_fn(move || {
        let piece = pieces.next()?;
        let with_next = pieces.peek().and_then(|next| wait(&format!("{piece},{next}"), now));
        if with_next.is_some() {
            pieces.next();
        }
        Some(with_next.or_else(|| wait(piece, now)))
    })
    .flatten()
}

fn wait(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.split(';').next()?.trim_matches(['"', ' ', '\t']);
    let until = || Some(date(text)?.duration_since(now).unwrap_or_default());
    // Such as `PT10S`, `10 s` and `00:00:10`.
    let duration = || text.parse::<SignedDuration>().ok()?.try_into().ok();
    number(text, 1.0).or_else(until).or_else(duration)
}

/// Returns a number of units, each of this many seconds.
fn number(text: &str, unit: f64) -> Option<Duration> {
    let seconds = text.trim().parse::<f64>().ok()? * unit;
    if seconds.is_nan() || seconds.is_sign_negative() {
        return None;
    }
    // A number that is too large for a duration is the longest wait.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Reads a date in any form of RFC 9110, in those of RFC 5322 with their zones, or in that of ISO 8601, which is in UTC
/// without a zone.
fn date(text: &str) -> Option<SystemTime> {
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

    let text = text.trim();
    let internet = |text: &str| PARSER.parse_timestamp(text).ok();
    // RFC 850: `Sunday, 06-Nov-94 08:49:37 +0100`.
    let hyphenated = || internet(&text.split_once(',')?.1.replacen('-', " ", 2));
    let iso =
        || text.parse().ok().or_else(|| Some(text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()));
    let http = httpdate::parse_http_date(text).ok();
    http.or_else(|| internet(text).or_else(hyphenated).or_else(iso).map(SystemTime::from))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::retry_after;
    use http::{HeaderMap, HeaderName, HeaderValue};

    const NAMES: [&str; 3] = ["retry-after", "retry-after-ms", "x-ms-retry-after-ms"];

    /// `headers` has lines; a line without a name is a `Retry-After`. The time is 08:49:30.
    fn asked(headers: &[u8]) -> Option<Duration> {
        let mut map = HeaderMap::new();
        for line in headers.split(|byte| *byte == b'\n') {
            let text = std::str::from_utf8(line).unwrap_or_default();
            let named = text.split_once(": ").filter(|(name, _)| NAMES.contains(name) || *name == "date");
            let (name, value) = named.map_or(("retry-after", line), |(name, value)| (name, value.as_bytes()));
            map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value).ok()?);
        }
        retry_after(&map, SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770))
    }

    #[test]
    fn every_form_of_a_wait_is_read_and_the_longest_counts() {
        for (headers, seconds) in [
            ("10", 10.0),
            (" 0 ", 0.0),
            ("2.128", 2.128),
            ("1e3", 1000.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 7.0),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 7.0),
            ("Sun Nov  6 08:49:37 1994", 7.0),
            ("Sun, 06 Nov 1994 08:49:20 GMT", 0.0),
            ("Mon, 06 Nov 1994 08:49:37 GMT", 7.0),
            ("Sun, 6 Nov 1994 08:49:37 GMT", 7.0),
            ("06 Nov 1994 08:49:37 UT", 7.0),
            ("Sun, 06 Nov 1994 09:49:37 +0100", 7.0),
            ("Sun, 06 Nov 1994 03:49:37 -0500", 7.0),
            ("Sun, 06 Nov 1994 03:49:37 EST", 7.0),
            ("Sunday, 06-Nov-94 09:49:37 +0100", 7.0),
            ("Sunday, 06-Nov-94 07:49:37 -0100", 7.0),
            ("1994-11-06T08:49:37Z", 7.0),
            ("1994-11-06T08:49:37.500Z", 7.5),
            ("1994-11-06T09:49:37+01:00", 7.0),
            ("1994-11-06 08:49:37Z", 7.0),
            ("1994-11-06T08:49:37", 7.0),
            ("10 s", 10.0),
            ("10seconds", 10.0),
            ("\"10\"", 10.0),
            ("10; reason=quota", 10.0),
            ("PT1M10S", 70.0),
            ("00:01:10", 70.0),
            ("5s, 1m 10s", 70.0),
            ("10, 20", 20.0),
            ("20,10", 20.0),
            ("5, Sun, 06 Nov 1994 08:49:37 GMT", 7.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT, 5", 7.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:40 GMT", 10.0),
            ("soon, 5", 5.0),
            ("5\n10", 10.0),
            ("10\n5", 10.0),
            ("10\nsoon", 10.0),
            ("retry-after-ms: 2500", 2.5),
            ("x-ms-retry-after-ms: 1500", 1.5),
            ("1\nretry-after-ms: 2500\nx-ms-retry-after-ms: 1500", 2.5),
            ("3\nretry-after-ms: 2500", 3.0),
            ("soon\nx-ms-retry-after-ms: 1, 2000", 2.0),
            // A date is relative to that of the response.
            ("Sun, 06 Nov 1994 08:49:37 GMT\ndate: Sun, 06 Nov 1994 08:49:07 GMT", 30.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT\ndate: Sun, 06 Nov 1994 09:49:07 +0100", 30.0),
        ] {
            assert_eq!(asked(headers.as_bytes()), Some(Duration::from_secs_f64(seconds)), "{headers}");
        }
    }

    #[test]
    fn an_invalid_value_is_ignored() {
        for text in [
            "",
            "-1",
            "-0.5",
            "soon",
            "NaN",
            "-PT5S",
            "5s ago",
            "0x10",
            ",",
            "retry-after-ms: -5",
            "retry-after-ms: soon",
        ] {
            assert_eq!(asked(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_absurd_number_is_the_longest_wait() {
        for text in ["99999999999999999999999999", "1e300", "inf", "retry-after-ms: 1e300"] {
            assert_eq!(asked(text.as_bytes()), Some(Duration::MAX), "{text}");
        }
    }

    mod properties {
        use proptest::prelude::*;

        use super::asked;

        proptest! {
            #[test]
            fn any_bytes_are_read_without_a_panic(value: Vec<u8>) {
                let _ = asked(&value);
            }
        }
    }
}
