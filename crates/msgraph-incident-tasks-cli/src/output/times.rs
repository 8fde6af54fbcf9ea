//! Times in tables.

use jiff::tz::TimeZone;
use msgraph_incident_tasks::Timestamp;

/// The time zone that times are shown in.
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

    /// Returns a time of the service to the minute.
    pub(super) fn short(self, time: &Timestamp) -> String {
        time.to_jiff().map_or_else(|_| time.to_string(), |time| self.format(time, "%Y-%m-%d %H:%M"))
    }

    /// Returns a time to the second.
    pub(crate) fn show_jiff(self, time: jiff::Timestamp) -> String {
        self.format(time, "%Y-%m-%d %H:%M:%S")
    }

    fn format(self, time: jiff::Timestamp, format: &str) -> String {
        match self {
            Self::Utc => time.strftime(&format!("{format}Z")).to_string(),
            Self::Local => time.to_zoned(TimeZone::system()).strftime(&format!("{format}%:z")).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Times;

    #[test]
    fn times_are_shown_to_the_second_and_other_texts_unchanged() {
        assert_eq!(Times::Utc.show(&"2023-06-26T19:07:39.7433333Z".into()), "2023-06-26 19:07:39Z");
        assert_eq!(Times::Utc.short(&"2023-06-26T21:07:39+02:00".into()), "2023-06-26 19:07Z");
        assert_eq!(Times::Utc.show(&"soon".into()), "soon");
    }
}
