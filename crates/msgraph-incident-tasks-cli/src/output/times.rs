//! Times in tables.

use jiff::tz::TimeZone;
use msgraph_incident_tasks::Timestamp;

/// The time zone of the times in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Utc,
    Local,
}

impl Times {
    /// Returns a time of the service to the second; a text that is not a time as it is.
    pub(crate) fn show(self, time: &Timestamp) -> String {
        time.to_jiff().map_or_else(|_| time.to_string(), |time| self.show_jiff(time))
    }

    /// Returns a time of the service in few columns: to the minute without the year if it is this year, or else the day.
    pub(super) fn short(self, time: &Timestamp) -> String {
        let Ok(time) = time.to_jiff() else { return time.to_string() };
        let zone = if self == Self::Utc { TimeZone::UTC } else { TimeZone::system() };
        let (time, now) = (time.to_zoned(zone.clone()), jiff::Timestamp::now().to_zoned(zone));
        let format = match self {
            _ if time.year() != now.year() => "%Y-%m-%d",
            Self::Utc => "%m-%d %H:%MZ",
            Self::Local => "%m-%d %H:%M",
        };
        time.strftime(format).to_string()
    }

    /// Returns a time to the second.
    pub(crate) fn show_jiff(self, time: jiff::Timestamp) -> String {
        match self {
            Self::Utc => time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            Self::Local => time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S%:z").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn times_are_shown_to_the_second_and_other_texts_unchanged() {
        assert_eq!(Times::Utc.show(&"2023-06-26T19:07:39.7433333Z".into()), "2023-06-26 19:07:39Z");
        assert_eq!(Times::Utc.show(&"2023-06-26T21:07:39+02:00".into()), "2023-06-26 19:07:39Z");
        assert_eq!(Times::Utc.short(&"2023-06-26T23:07:39-02:00".into()), "2023-06-27");
        let now = jiff::Timestamp::now();
        assert_eq!(Times::Utc.short(&now.to_string().as_str().into()), now.strftime("%m-%d %H:%MZ").to_string());
        assert_eq!(Times::Utc.show(&"soon".into()), "soon");
    }
}
