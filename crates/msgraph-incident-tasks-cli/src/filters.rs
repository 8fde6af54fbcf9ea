//! The options that filter tasks.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use msgraph_incident_tasks::Filter;
use msgraph_incident_tasks::types::{IncidentTaskActionType, IncidentTaskStatus};

use crate::failure::Failure;
use crate::values::{self, Members};

#[derive(Args, Debug)]
#[group(skip)]
pub(crate) struct Filters {
    /// Only tasks with one of these statuses, separated by commas or spaces
    #[arg(long, value_parser = values::members::<IncidentTaskStatus>())]
    status: Option<Members<IncidentTaskStatus>>,

    /// Only tasks of this incident
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    incident: Option<String>,

    /// Only tasks with one of these actions, separated by commas or spaces
    #[arg(long, value_name = "TYPE", value_parser = values::members::<IncidentTaskActionType>())]
    action_type: Option<Members<IncidentTaskActionType>>,

    /// Filter by values that this version does not know, such as those that Microsoft has added since
    #[arg(long, alias = "allow-unknown-status")]
    allow_unknown_values: bool,

    /// Only tasks that match an OData filter
    #[arg(long, value_name = "EXPRESSION", value_parser = NonEmptyStringValueParser::new())]
    filter: Option<String>,
}

impl Filters {
    /// Fails if a value to filter by is unknown.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let (allow, consent) = (self.allow_unknown_values, "--allow-unknown-values");
        self.status.iter().try_for_each(|status| status.check("--status", allow, consent))?;
        self.action_type.iter().try_for_each(|action| action.check("--action-type", allow, consent))
    }

    /// Returns the filter that the service applies; `None` for all tasks.
    pub(crate) fn filter(&self) -> Option<Filter> {
        let statuses = self.status.iter().flat_map(|of| of.0.iter().cloned().map(Filter::status)).reduce(Filter::or);
        let actions = self.action_type.iter().flat_map(|of| of.0.iter().cloned().map(Filter::action_type));
        let filters = [
            statuses,
            self.incident.as_ref().map(Filter::incident_id),
            actions.reduce(Filter::or),
            self.filter.as_ref().map(Filter::raw),
        ];
        filters.into_iter().flatten().reduce(Filter::and)
    }
}
