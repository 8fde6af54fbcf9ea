//! `$filter`, for the properties that the documentation has.

use std::fmt;

use msgraph_core::{Error, ErrorKind, OpenEnum, Timestamp};
use msgraph_incident_tasks_api::types::{IncidentTaskActionType, IncidentTaskStatus};

/// Which tasks to list. Texts are quoted as OData wants it. See [List incident
/// tasks](https://learn.microsoft.com/graph/api/security-list-incidenttasks?view=graph-rest-beta), which
/// documents these properties and the comparison by `eq`, and [Filter query
/// parameter](https://learn.microsoft.com/graph/filter-query-parameter), which has `and` and `or`.
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
    /// Whether the expression must stand in parentheses beside `and`.
    is_or: bool,
    /// A value that must not be sent.
    refused: Option<String>,
}

impl Filter {
    /// Tasks of an incident.
    pub fn incident_id(id: impl AsRef<str>) -> Self {
        Self::eq_text("incidentId", id.as_ref())
    }

    /// Tasks with a status.
    pub fn status(status: impl Into<IncidentTaskStatus>) -> Self {
        Self::eq_member("status", &status.into())
    }

    /// Tasks that ask for an action.
    pub fn action_type(action_type: impl Into<IncidentTaskActionType>) -> Self {
        Self::eq_member("actionType", &action_type.into())
    }

    /// Tasks of a type. The documentation lists `type` beside `actionType`, and says nothing more of it.
    pub fn type_(text: impl AsRef<str>) -> Self {
        Self::eq_text("type", text.as_ref())
    }

    /// Tasks that were made at a time.
    pub fn created_date_time(time: impl Into<Timestamp>) -> Self {
        Self::eq("createdDateTime", time.into().as_str())
    }

    /// Tasks that were last changed at a time. The documentation calls the property `lastUpdateDateTime` here,
    /// and `lastModifiedDateTime` in a task.
    pub fn last_update_date_time(time: impl Into<Timestamp>) -> Self {
        Self::eq("lastUpdateDateTime", time.into().as_str())
    }

    /// Any expression, as it is: for what has no method here.
    pub fn raw(expression: impl Into<String>) -> Self {
        Self { expression: expression.into(), is_or: true, refused: None }
    }

    /// Tasks that are in this filter and in another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let expression = format!("{} and {}", self.in_conjunction(), other.in_conjunction());
        Self { expression, is_or: false, refused: self.refused.or(other.refused) }
    }

    /// Tasks that are in this filter, in another, or in both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let expression = format!("{self} or {other}");
        Self { expression, is_or: true, refused: self.refused.or(other.refused) }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.refused {
            None => Ok(()),
            Some(refused) => Err(Error::new(ErrorKind::InvalidInput, refused)),
        }
    }

    fn eq_member<E: OpenEnum>(property: &str, member: &E) -> Self {
        // No task has the sentinel: it stands for members that a client doesn't know.
        let is_sentinel = member.as_str() == "unknownFutureValue";
        let refused = is_sentinel.then(|| format!("{property} {:?} can't be sent in a filter", member.as_str()));
        Self { refused, ..Self::eq_text(property, member.as_str()) }
    }

    fn eq_text(property: &str, text: &str) -> Self {
        Self::eq(property, &format!("'{}'", text.replace('\'', "''")))
    }

    fn eq(property: &str, literal: &str) -> Self {
        Self { expression: format!("{property} eq {literal}"), is_or: false, refused: None }
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
    fn what_and_joins_stands_in_parentheses_where_it_would_fall_apart() {
        let [a, b, c] = ["a", "b", "c"].map(Filter::type_);
        let either = a.clone().or(b.clone());
        assert_eq!(either.clone().and(c.clone()).to_string(), "(type eq 'a' or type eq 'b') and type eq 'c'");
        assert_eq!(a.clone().and(b).and(c).to_string(), "type eq 'a' and type eq 'b' and type eq 'c'");
        assert_eq!(Filter::raw("x ne 1 or y").and(a).to_string(), "(x ne 1 or y) and type eq 'a'");
    }

    #[test]
    fn the_sentinel_is_refused_wherever_it_stands() {
        let sentinel = Filter::type_("a").and(Filter::type_("b").or(Filter::status("unknownFutureValue")));
        assert!(sentinel.check().unwrap_err().to_string().contains("unknownFutureValue"));
        Filter::status("open").check().unwrap();
    }
}
