//! `GET /security/incidentTasks`

use msgraph_core::{Items, Pages, Repeat};
use msgraph_incident_tasks_api::types::IncidentTaskCollection;

use crate::{Client, Filter};

const OPERATION: &str = "list_incident_tasks";

impl Client {
    /// Lists incident tasks, all of them unless filtered. See [List incident
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
        ListIncidentTasks { client: self.clone(), options: Options::default() }
    }
}

/// A list of incident tasks, read by [`items`](Self::items) or [`pages`](Self::pages).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the items or pages are polled"]
pub struct ListIncidentTasks {
    client: Client,
    options: Options,
}

#[derive(Clone, Debug, Default)]
struct Options {
    filter: Option<Filter>,
    orderby: Option<String>,
    top: Option<i32>,
    select: Option<String>,
    skip: Option<i32>,
    search: Option<String>,
    count: Option<bool>,
    expand: Option<String>,
}

impl ListIncidentTasks {
    /// Which tasks to list. All unless set.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.options.filter = Some(filter);
        self
    }

    /// The order of the tasks, such as `lastUpdateDateTime desc`. `lastUpdateDateTime` is what the documentation
    /// has.
    pub fn orderby(mut self, properties: impl Into<String>) -> Self {
        self.options.orderby = Some(properties.into());
        self
    }

    /// How many tasks a page holds at the most, 1 to 500. 500 unless set, by the documentation. The service may
    /// give less.
    pub fn top(mut self, tasks: i32) -> Self {
        self.options.top = Some(tasks);
        self
    }

    /// Asks for these properties alone, such as `id,status`; all others are `None` then.
    pub fn select(mut self, properties: impl Into<String>) -> Self {
        self.options.select = Some(properties.into());
        self
    }

    /// How many tasks to leave out at the beginning. In Microsoft's OpenAPI description, and not in the reference.
    pub fn skip(mut self, tasks: i32) -> Self {
        self.options.skip = Some(tasks);
        self
    }

    /// A text to search for, such as `"device"` with its quotation marks. In Microsoft's OpenAPI description, and
    /// not in the reference.
    pub fn search(mut self, expression: impl Into<String>) -> Self {
        self.options.search = Some(expression.into());
        self
    }

    /// Whether a page says how many tasks there are. In Microsoft's OpenAPI description, and not in the reference.
    pub fn count(mut self, count: bool) -> Self {
        self.options.count = Some(count);
        self
    }

    /// Asks for a relationship in full, such as `incident`; what has no field of its own is in `extra`. In
    /// Microsoft's OpenAPI description, and not in the reference.
    pub fn expand(mut self, relationships: impl Into<String>) -> Self {
        self.options.expand = Some(relationships.into());
        self
    }

    /// The pages, each read when it is asked for. A page can be empty and have a next one.
    ///
    /// Ends after the last page or the first error: [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput),
    /// with nothing sent, for an option that can't be sent;
    /// [`ErrorKind::InvalidAnswer`](crate::ErrorKind::InvalidAnswer) for a link to a next page that leads to
    /// another origin or to a page that was read already.
    pub fn pages(self) -> Pages<IncidentTaskCollection> {
        let Self { client, options } = self;
        let api = client.api(Repeat::Idempotent).clone();
        let first = async move {
            let Options { filter, orderby, top, select, skip, search, count, expand } = options;
            filter.as_ref().map_or(Ok(()), Filter::check)?;
            let filter = filter.map(|filter| filter.to_string());
            let first = api.list_incident_tasks(
                count,
                expand.as_deref(),
                filter.as_deref(),
                orderby.as_deref(),
                search.as_deref(),
                select.as_deref(),
                skip,
                top,
            );
            first.await
        };
        client.api(Repeat::Idempotent).pages(OPERATION, first)
    }

    /// The tasks of all pages. An answer that can't be read as a task is an
    /// [`ErrorKind::InvalidItem`](crate::ErrorKind::InvalidItem), whose [`body`](crate::Error::body) is its JSON; the
    /// tasks after it follow. Any other error, as for [`pages`](Self::pages), is the end.
    pub fn items(self) -> Items<IncidentTaskCollection> {
        self.pages().items()
    }
}
