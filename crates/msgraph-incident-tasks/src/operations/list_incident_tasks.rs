//! `GET /security/incidentTasks`

use msgraph_core::{Error, Items, Pages, Transport};
use msgraph_incident_tasks_api::operations;
use msgraph_incident_tasks_api::types::IncidentTaskCollection;

use crate::client::Client;
use crate::filter::Filter;

impl Client {
    /// Lists incident tasks. Default: all of them. See [List incident
    /// tasks](https://learn.microsoft.com/graph/api/security-list-incidenttasks?view=graph-rest-beta).
    ///
    /// ```no_run
    /// # // Needs a tenant.
    /// # async fn list(client: msgraph_incident_tasks::Client) -> Result<(), msgraph_incident_tasks::Error> {
    /// use msgraph_incident_tasks::Filter;
    ///
    /// let mut tasks = client.list_incident_tasks().filter(Filter::status("open")).items();
    /// while let Some(task) = tasks.next().await {
    ///     println!("{:?}", task?.display_name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_incident_tasks(&self) -> ListIncidentTasks {
        let operation = operations::ListIncidentTasks::new();
        ListIncidentTasks { transport: self.transport().clone(), operation, filter: None }
    }
}

/// A list of incident tasks, read by [`items`](Self::items) or [`pages`](Self::pages).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the items or pages are polled"]
pub struct ListIncidentTasks {
    transport: Transport,
    operation: operations::ListIncidentTasks,
    filter: Option<Filter>,
}

impl ListIncidentTasks {
    /// Lists only the tasks that match the filter; with several filters, all of them.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(other) => other.and(filter),
            None => filter,
        });
        self
    }

    /// Sets the order of the tasks, such as `lastUpdateDateTime desc`, the only documented property.
    pub fn orderby(self, properties: impl Into<String>) -> Self {
        self.with(|operation| operation.orderby(properties))
    }

    /// Sets the maximum number of tasks in a page, 1 to 500. Documented default: 500. The service may return fewer.
    pub fn top(self, tasks: i32) -> Self {
        self.with(|operation| operation.top(tasks))
    }

    /// Reads only these properties, such as `id,status`; all others are `None`.
    pub fn select(self, properties: impl Into<String>) -> Self {
        self.with(|operation| operation.select(properties))
    }

    /// Sets the number of tasks to skip. Documented only in Microsoft's OpenAPI spec.
    pub fn skip(self, tasks: i32) -> Self {
        self.with(|operation| operation.skip(tasks))
    }

    /// Searches for a text, such as `"device"` with its quotation marks. Documented only in Microsoft's OpenAPI spec.
    pub fn search(self, expression: impl Into<String>) -> Self {
        self.with(|operation| operation.search(expression))
    }

    /// Sets whether pages include the number of all tasks. Documented only in Microsoft's OpenAPI spec.
    pub fn count(self, count: bool) -> Self {
        self.with(|operation| operation.count(count))
    }

    /// Reads a relationship in full, such as `incident`; properties without a field are in `extra`. Documented only in
    /// Microsoft's OpenAPI spec.
    pub fn expand(self, relationships: impl Into<String>) -> Self {
        self.with(|operation| operation.expand(relationships))
    }

    /// Returns a stream of the pages, each read when polled. An empty page can be followed by another.
    ///
    /// Ends after the last page or the first error: [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput),
    /// with nothing sent, for an invalid option;
    /// [`ErrorKind::InvalidResponse`](crate::ErrorKind::InvalidResponse) for a link to a next page that points to
    /// another origin or to a page that was read before.
    pub fn pages(self) -> Pages<IncidentTaskCollection> {
        let Self { transport, mut operation, filter } = self;
        let checked: Result<(), Error> = filter.as_ref().map_or(Ok(()), Filter::check);
        if let Some(filter) = filter {
            operation = operation.filter(filter.to_string());
        }
        Pages::new(transport, checked.map(|()| operation))
    }

    /// Returns a stream of the tasks of all pages. A malformed one is an
    /// [`ErrorKind::InvalidItem`](crate::ErrorKind::InvalidItem), whose [`body`](crate::Error::body) is its JSON; the
    /// tasks after it follow. Any other error, as for [`pages`](Self::pages), ends the stream.
    pub fn items(self) -> Items<IncidentTaskCollection> {
        self.pages().items()
    }

    fn with(self, set: impl FnOnce(operations::ListIncidentTasks) -> operations::ListIncidentTasks) -> Self {
        Self { operation: set(self.operation), ..self }
    }
}
