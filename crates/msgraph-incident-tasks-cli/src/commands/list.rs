//! `incident-tasks list`

use std::collections::HashSet;
use std::io::IsTerminal;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use msgraph_incident_tasks::types::IncidentTask;
use msgraph_incident_tasks::{Error, ErrorKind, Timestamp};
use serde_json::Value;

use crate::failure::Failure;
use crate::filters::Filters;
use crate::output::{Column, print_line};
use crate::session::Session;
use crate::text::{eprint_line, escaped};
use crate::values;
use crate::warnings;

/// The largest page that the service returns.
const PAGE_SIZE: usize = 500;

/// Print incident tasks
///
/// Options that restrict the list are joined by `and`. Prints a note to stderr if there are more tasks than the limit.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  incident-tasks list --status open,inProgress
  incident-tasks list --incident 28282 --output csv --csv-safe > tasks.csv
  incident-tasks list --modified-after 24h --sort modified:desc --columns id,status,title,modified
  incident-tasks list --filter \"status eq 'open' or status eq 'inProgress'\" --top 20
  incident-tasks list --all --output jsonl > tasks.jsonl
  incident-tasks list --all --status open --ids-only")]
pub(crate) struct Arguments {
    #[command(flatten)]
    filters: Filters,

    /// Only tasks that the service finds for this text ($search)
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    search: Option<String>,

    #[command(flatten)]
    dates: Dates,

    /// Stop after this many
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,

    /// Print every task. Default: the first 500
    #[arg(long, conflicts_with = "top")]
    all: bool,

    /// Sort by this column, such as modified or created:desc. Every task is read first, then the first are printed
    #[arg(long, value_name = "COLUMN[:desc]")]
    sort: Option<Sort>,

    /// Columns of a table or CSV, separated by commas, such as id,status,title,modified
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    columns: Vec<Column>,

    /// Ask the service only for these properties, separated by commas, such as id,status
    #[arg(long, value_name = "PROPERTIES", value_parser = NonEmptyStringValueParser::new())]
    select: Option<String>,

    /// Print only the IDs, one per line, in any format
    #[arg(long, conflicts_with_all = ["columns", "select"])]
    ids_only: bool,
}

/// Checked here: for times the service documents only equality.
#[derive(Args, Debug)]
struct Dates {
    /// Only tasks created at or after this time: RFC 3339, a date (UTC), or a time ago such as 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    created_after: Option<jiff::Timestamp>,

    /// Only tasks created before this time
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    created_before: Option<jiff::Timestamp>,

    /// Only tasks last modified at or after this time
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    modified_after: Option<jiff::Timestamp>,

    /// Only tasks last modified before this time
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    modified_before: Option<jiff::Timestamp>,
}

impl Arguments {
    /// Fails if a value to filter by is unknown.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.filters.check()
    }

    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let limit = if self.all { usize::MAX } else { self.top as usize };
        let mut printer = Printer {
            ids_only: self.ids_only,
            is_terminal: std::io::stdout().is_terminal(),
            tasks: session.output.task_printer(&self.columns()?),
        };
        let (mut sorted, mut count, mut failure): (_, usize, Option<Error>) = (Vec::new(), 0, None);
        let mut items = self.request(session, limit).items();
        let mut has_more = false;
        let (mut is_any, mut malformed) = (false, 0);
        let mut warned = HashSet::new();
        loop {
            let item = items.next().await;
            // One that each page repeats is printed once.
            let warnings = items.take_warnings().into_iter().filter(|warning| warned.insert(warning.clone()));
            warnings.for_each(|warning| warnings::of_service("the list", &warning));
            let Some(item) = item else { break };
            if let Ok(task) = &item {
                warnings::of_repairs(task.id.as_deref().unwrap_or("a task"), items.repaired());
                is_any = true;
            }
            malformed += usize::from(item.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidItem));
            match item {
                Ok(task) if !self.dates.include(&task) => {}
                Ok(task) if self.sort.is_some() => sorted.push(task),
                Ok(_) if count == limit => {
                    has_more = true;
                    break;
                }
                Ok(task) => {
                    printer.print(&task)?;
                    count += 1;
                }
                Err(error) if error.kind() == ErrorKind::InvalidItem || is_any => failure = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(sort) = self.sort {
            sort.apply(&mut sorted);
            has_more = sorted.len() > limit;
            sorted.iter().take(limit).try_for_each(|task| printer.print(task))?;
        }
        printer.end()?;
        if has_more {
            eprint_line(&format!("stopped after {limit} tasks, and there are more; print every task with --all"));
        }
        if malformed > 1 {
            warnings::warn("the list", &format!("{malformed} items do not match the schema; the last one is reported"));
        }
        // The readable tasks are printed; the failure is reported too.
        failure.map_or(Ok(()), |error| Err(error.into()))
    }

    fn request(&self, session: &Session, limit: usize) -> msgraph_incident_tasks::ListIncidentTasks {
        let mut list = session.client.list_incident_tasks();
        if let Some(filter) = self.filters.filter() {
            list = list.filter(filter);
        }
        if let Some(text) = &self.search {
            list = list.search(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")));
        }
        if let Some(properties) = &self.select {
            list = list.select(properties);
        }
        // One more than the limit shows whether there are more.
        let reads_on = self.sort.is_some() || self.dates.are_set();
        match i32::try_from(limit.saturating_add(1)) {
            Ok(size) if limit < PAGE_SIZE && !reads_on => list.top(size),
            _ => list,
        }
    }

    /// Returns the columns to print: the requested ones, or those of the selected properties.
    fn columns(&self) -> Result<Vec<Column>, Failure> {
        let selected =
            self.select.iter().flat_map(|select| select.split(',')).filter_map(|name| name.trim().parse().ok());
        Ok(if self.columns.is_empty() { selected.collect() } else { self.columns.clone() })
    }
}

/// Prints tasks, or only their IDs.
struct Printer {
    ids_only: bool,
    is_terminal: bool,
    tasks: crate::output::TaskPrinter,
}

impl Printer {
    fn print(&mut self, task: &IncidentTask) -> Result<(), Failure> {
        if !self.ids_only {
            return self.tasks.print(task);
        }
        // A program gets the ID as it is.
        let is_kept = |c: char| !self.is_terminal && !c.is_control();
        task.id.as_ref().map_or(Ok(()), |id| print_line(&escaped(id, is_kept)))
    }

    fn end(self) -> Result<(), Failure> {
        if self.ids_only { Ok(()) } else { self.tasks.end() }
    }
}

impl Dates {
    fn are_set(&self) -> bool {
        [self.created_after, self.created_before, self.modified_after, self.modified_before].iter().any(Option::is_some)
    }

    fn include(&self, task: &IncidentTask) -> bool {
        is_within(task.created_date_time.as_ref(), self.created_after, self.created_before)
            && is_within(task.last_modified_date_time.as_ref(), self.modified_after, self.modified_before)
    }
}

/// Returns true if a time is in the interval; a task without the time is in none.
fn is_within(time: Option<&Timestamp>, from: Option<jiff::Timestamp>, until: Option<jiff::Timestamp>) -> bool {
    let time = time.and_then(|time| time.to_jiff().ok());
    from.is_none_or(|from| time.is_some_and(|time| time >= from))
        && until.is_none_or(|until| time.is_some_and(|time| time < until))
}

/// An order of tasks.
#[derive(Clone, Copy, Debug)]
struct Sort {
    column: Column,
    is_descending: bool,
}

impl std::str::FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, order) = text.split_once(':').unwrap_or((text, "asc"));
        let is_descending = match order {
            "asc" => false,
            "desc" => true,
            _ => return Err(format!("unknown order {order:?}: allowed are asc and desc")),
        };
        Ok(Self { column: column.parse()?, is_descending })
    }
}

impl Sort {
    fn apply(self, tasks: &mut [IncidentTask]) {
        tasks.sort_by_cached_key(|task| self.key(task));
        if self.is_descending {
            tasks.reverse();
        }
    }

    /// Returns the sort key: the value of a time or number, any other text as it is.
    fn key(self, task: &IncidentTask) -> (Option<i128>, String) {
        let Ok(Value::Object(properties)) = serde_json::to_value(task) else { return (None, String::new()) };
        let text = match properties.get(self.column.property) {
            Some(Value::Object(incident)) if self.column.property == "incident" => {
                incident.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
            }
            _ => self.column.whole(&properties),
        };
        let time = Timestamp::from(text.as_str()).to_jiff().ok().map(jiff::Timestamp::as_nanosecond);
        (time.or_else(|| text.parse().ok()), text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use msgraph_incident_tasks::types::IncidentTask;

    use super::{Sort, is_within};

    fn sorted(order: &str, tasks: [&str; 3]) -> Vec<String> {
        let mut tasks: Vec<IncidentTask> = tasks.iter().map(|task| serde_json::from_str(task).unwrap()).collect();
        order.parse::<Sort>().unwrap().apply(&mut tasks);
        tasks.into_iter().map(|task| task.id.unwrap()).collect()
    }

    #[test]
    fn times_and_numbers_are_sorted_by_value() {
        assert_eq!(sorted("id", [r#"{"id":"10"}"#, r#"{"id":"9"}"#, r#"{"id":"100"}"#]), ["9", "10", "100"]);
        let times = [
            r#"{"id":"a","lastModifiedDateTime":"2023-06-26T20:00:00+02:00"}"#,
            r#"{"id":"b","lastModifiedDateTime":"2023-06-26T19:00:00.5Z"}"#,
            r#"{"id":"c"}"#,
        ];
        assert_eq!(sorted("modified:desc", times), ["b", "a", "c"]);
        assert!("colour".parse::<Sort>().unwrap_err().contains("modified"));
    }

    #[test]
    fn an_interval_includes_its_beginning_and_not_its_end() {
        let [one, two]: [jiff::Timestamp; 2] =
            ["2023-06-26T19:00:00Z", "2023-06-26T20:00:00Z"].map(|time| time.parse().unwrap());
        assert!(is_within(Some(&"2023-06-26T19:00:00Z".into()), Some(one), Some(two)));
        assert!(!is_within(Some(&"2023-06-26T20:00:00Z".into()), Some(one), Some(two)));
        assert!(!is_within(None, Some(one), None) && is_within(None, None, None));
    }
}
