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
    /// A time of the service, to the second; a text that is no time as it is.
    pub(crate) fn show(self, time: &Timestamp) -> String {
        time.to_jiff().map_or_else(|_| time.to_string(), |time| self.show_jiff(time))
    }

    /// A time, to the second.
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
    fn times_are_shown_to_the_second_and_what_is_no_time_as_it_is() {
        assert_eq!(Times::Utc.show(&"2023-06-26T19:07:39.7433333Z".into()), "2023-06-26 19:07:39Z");
        assert_eq!(Times::Utc.show(&"2023-06-26T21:07:39+02:00".into()), "2023-06-26 19:07:39Z");
        assert_eq!(Times::Utc.show(&"soon".into()), "soon");
    }
}
