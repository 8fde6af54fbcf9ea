//! `$filter`, for the documented properties.

use std::fmt;

use msgraph_core::{Error, OpenEnum, Timestamp};
use msgraph_incident_tasks_api::types::{IncidentTaskActionType, IncidentTaskStatus};

/// A filter of the tasks to list. Strings are quoted as in OData. See [List incident
/// tasks](https://learn.microsoft.com/graph/api/security-list-incidenttasks?view=graph-rest-beta), which
/// documents these properties and `eq`, and [Filter query
/// parameter](https://learn.microsoft.com/graph/filter-query-parameter), which documents `and` and `or`.
///
/// ```
/// use msgraph_incident_tasks::Filter;
/// use msgraph_incident_tasks::types::IncidentTaskStatus;
///
/// let filter = Filter::status(IncidentTaskStatus::Open).or(Filter::status(IncidentTaskStatus::InProgress));
/// let filter = Filter::incident_id("123").and(filter);
/// assert_eq!(filter.to_string(), "incidentId eq '123' and (status eq 'open' or status eq 'inProgress')");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    expression: String,
    /// True if the expression needs parentheses next to `and`.
    is_or: bool,
    /// The message if the filter is invalid.
    invalid: Option<String>,
}

impl Filter {
    /// Returns a filter for the tasks of an incident.
    pub fn incident_id(id: impl AsRef<str>) -> Self {
        Self::eq_text("incidentId", id.as_ref())
    }

    /// Returns a filter for the tasks with a status.
    pub fn status(status: impl Into<IncidentTaskStatus>) -> Self {
        Self::eq_member("status", &status.into())
    }

    /// Returns a filter for the tasks with an action type.
    pub fn action_type(action_type: impl Into<IncidentTaskActionType>) -> Self {
        Self::eq_member("actionType", &action_type.into())
    }

    /// Returns a filter for the tasks of a type. The documentation lists `type` in addition to `actionType`, without an
    /// explanation.
    pub fn type_(text: impl AsRef<str>) -> Self {
        Self::eq_text("type", text.as_ref())
    }

    /// Returns a filter for the tasks that were created at a time. A text that is not a timestamp is an error when the
    /// list is read.
    pub fn created_date_time(time: impl Into<Timestamp>) -> Self {
        Self::eq_time("createdDateTime", &time.into())
    }

    /// Returns a filter for the tasks that were last changed at a time. The documentation calls the property
    /// `lastUpdateDateTime` here, and `lastModifiedDateTime` in a task. A text that is not a timestamp is an error when
    /// the list is read.
    pub fn last_update_date_time(time: impl Into<Timestamp>) -> Self {
        Self::eq_time("lastUpdateDateTime", &time.into())
    }

    /// Returns a filter with any expression. Parentheses that are not balanced are an error when the list is read.
    pub fn raw(expression: impl Into<String>) -> Self {
        let expression = expression.into();
        let invalid = (!is_balanced(&expression))
            .then(|| format!("invalid filter {expression:?}: quotes and parentheses must be balanced"));
        Self { expression, is_or: true, invalid }
    }

    /// Returns a filter for the tasks that are in this filter and in another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let expression = format!("{} and {}", self.in_conjunction(), other.in_conjunction());
        Self { expression, is_or: false, invalid: self.invalid.or(other.invalid) }
    }

    /// Returns a filter for the tasks that are in this filter, in another, or in both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let expression = format!("{self} or {other}");
        Self { expression, is_or: true, invalid: self.invalid.or(other.invalid) }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.invalid.as_ref().map_or(Ok(()), |invalid| Err(Error::invalid_input(invalid)))
    }

    fn eq_member<E: OpenEnum>(property: &str, member: &E) -> Self {
        // A task never has the sentinel, which replaces members that a client did not ask for.
        let is_sentinel = member.as_str() == "unknownFutureValue";
        let invalid = is_sentinel.then(|| {
            format!(
                "invalid {property} {:?} in a filter: it replaces unknown members; filter by a documented one",
                member.as_str()
            )
        });
        Self { invalid, ..Self::eq_text(property, member.as_str()) }
    }

    fn eq_time(property: &str, time: &Timestamp) -> Self {
        // jiff allows more than OData, such as a space before the time.
        let is_plain = time.as_str().bytes().all(|byte| byte.is_ascii_digit() || b"TZ:+-.".contains(&byte));
        let invalid = (!is_plain || time.to_jiff().is_err()).then(|| {
            let rule = "must be an RFC 3339 date and time with an offset, such as 2023-06-26T19:07:39Z";
            format!("invalid {property} {:?} in a filter: {rule}", time.as_str())
        });
        Self { invalid, ..Self::eq(property, time.as_str()) }
    }

    fn eq_text(property: &str, text: &str) -> Self {
        Self::eq(property, &format!("'{}'", text.replace('\'', "''")))
    }

    fn eq(property: &str, literal: &str) -> Self {
        Self { expression: format!("{property} eq {literal}"), is_or: false, invalid: None }
    }

    fn in_conjunction(&self) -> String {
        if self.is_or { format!("({self})") } else { self.to_string() }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression)
    }
}

/// Returns true if quotes, and parentheses outside of quotes, are balanced.
fn is_balanced(expression: &str) -> bool {
    let mut depth = 0_u32;
    let mut quoted = false;
    for character in expression.chars() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0 && !quoted
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn texts_are_quoted_and_dates_are_not() {
        for (filter, expected) in [
            (Filter::incident_id("it's '7'"), "incidentId eq 'it''s ''7'''"),
            (Filter::status("no such status"), "status eq 'no such status'"),
            (Filter::action_type("isolateDevice"), "actionType eq 'isolateDevice'"),
            (Filter::type_("a"), "type eq 'a'"),
            (
                Filter::created_date_time("2023-06-26T19:07:39.7433333Z"),
                "createdDateTime eq 2023-06-26T19:07:39.7433333Z",
            ),
            (Filter::last_update_date_time("2023-06-27T10:49:33.98Z"), "lastUpdateDateTime eq 2023-06-27T10:49:33.98Z"),
        ] {
            assert_eq!(filter.to_string(), expected);
        }
    }

    #[test]
    fn or_in_and_has_parentheses() {
        let [a, b, c] = ["a", "b", "c"].map(Filter::type_);
        let either = a.clone().or(b.clone());
        assert_eq!(either.clone().and(c.clone()).to_string(), "(type eq 'a' or type eq 'b') and type eq 'c'");
        assert_eq!(a.clone().and(b).and(c).to_string(), "type eq 'a' and type eq 'b' and type eq 'c'");
        assert_eq!(Filter::raw("x ne 1 or y").and(a).to_string(), "(x ne 1 or y) and type eq 'a'");
    }

    #[test]
    fn the_sentinel_is_rejected_in_every_filter() {
        let sentinel = Filter::type_("a").and(Filter::type_("b").or(Filter::status("unknownFutureValue")));
        assert!(sentinel.check().unwrap_err().to_string().contains("unknownFutureValue"));
        Filter::status("open").check().unwrap();
    }

    #[test]
    fn a_text_that_is_not_a_timestamp_is_rejected() {
        for text in ["", "yesterday", "2023-06-26", "2023-06-26 19:07:39Z", "2023-06-26T19:07:39Z or status eq 'open'"]
        {
            for filter in [Filter::created_date_time(text), Filter::last_update_date_time(text)] {
                let error = filter.or(Filter::status("open")).check().unwrap_err().to_string();
                assert!(error.contains(&format!("{text:?}")), "{error}");
            }
        }
        Filter::created_date_time("2023-06-26T19:07:39.7433333+02:00").check().unwrap();
    }

    #[test]
    fn an_expression_cannot_leave_its_parentheses() {
        for text in ["a) or (b", "a)", "(a", "a eq 'b", "a eq ')' )", "')'') or ("] {
            let error = Filter::raw(text).and(Filter::status("open")).check().unwrap_err().to_string();
            assert!(error.contains("must be balanced"), "{error}");
        }
        Filter::raw("(a eq 'it''s )') or startswith(b, '(')").check().unwrap();
    }
}
