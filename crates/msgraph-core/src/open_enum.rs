//! Evolvable enumerations: known members, and the text of a member that this build does not know.

use std::fmt;
use std::marker::PhantomData;

/// An evolvable enumeration of Microsoft Graph.
///
/// Implemented by generated code. A service may add members at any time, so each implementation has
/// a variant that keeps the text of an unknown one. See [Handling future members in evolvable
/// enumerations](https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations).
pub trait OpenEnum: Sized {
    /// The text of each known member, in the order of the spec.
    const KNOWN: &'static [&'static str];

    /// Returns the known member whose text is `text`, compared exactly.
    fn known(text: &str) -> Option<Self>;

    /// Returns the member for a text that no known member has.
    fn unknown(value: UnknownValue<Self>) -> Self;

    /// Returns the text in JSON, also for an unknown member.
    fn as_str(&self) -> &str;

    /// Returns true if this build knows the member.
    fn is_known(&self) -> bool;
}

/// Returns the member whose text is `text`, known or not.
pub fn parse_open_enum<E: OpenEnum>(text: &str) -> E {
    E::known(text).unwrap_or_else(|| E::unknown(UnknownValue { text: text.into(), of: PhantomData }))
}

/// The text of a member of `E` that this build does not know.
///
/// Cannot hold the text of a known member: only [`parse_open_enum`] creates one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownValue<E> {
    text: Box<str>,
    of: PhantomData<fn() -> E>,
}

impl<E> UnknownValue<E> {
    /// Returns the text as the service sent it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<E> fmt::Debug for UnknownValue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
