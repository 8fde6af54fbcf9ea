//! The outcome of a write.

use std::fmt;

/// The outcome of a write that failed: whether the service may have applied it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteOutcome {
    /// Nothing was sent.
    NotSent,
    /// The service responded that it did not apply the write.
    NotApplied,
    /// The service may or may not have applied the write. Read before writing again.
    Unknown,
    /// The service applied the write; its response could not be used.
    Applied,
}

impl WriteOutcome {
    /// Returns the outcome by a response's status: 2xx is applied, 3xx and 4xx are not. Open are 202 (accepted, not yet
    /// processed), 206 (partial), 207 (a part of it may have failed), 303 (the result is elsewhere), 408 and 5xx. See
    /// [RFC 9110, section 15](https://www.rfc-editor.org/rfc/rfc9110#section-15) and [RFC 4918, section
    /// 11.1](https://www.rfc-editor.org/rfc/rfc4918#section-11.1).
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            202 | 206 | 207 | 303 | 408 => Self::Unknown,
            200..=299 => Self::Applied,
            300..=499 => Self::NotApplied,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for WriteOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotSent => "nothing was sent",
            Self::NotApplied => "not applied",
            Self::Unknown => "may have been applied",
            Self::Applied => "applied",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::WriteOutcome;

    #[test]
    fn a_status_determines_the_outcome_of_a_write() {
        for (status, outcome) in [
            (100, WriteOutcome::Unknown),
            (200, WriteOutcome::Applied),
            (204, WriteOutcome::Applied),
            (202, WriteOutcome::Unknown),
            (206, WriteOutcome::Unknown),
            (207, WriteOutcome::Unknown),
            (226, WriteOutcome::Applied),
            (303, WriteOutcome::Unknown),
            (307, WriteOutcome::NotApplied),
            (400, WriteOutcome::NotApplied),
            (408, WriteOutcome::Unknown),
            (409, WriteOutcome::NotApplied),
            (429, WriteOutcome::NotApplied),
            (500, WriteOutcome::Unknown),
            (599, WriteOutcome::Unknown),
        ] {
            assert_eq!(WriteOutcome::of_status(status), outcome, "{status}");
        }
    }
}
