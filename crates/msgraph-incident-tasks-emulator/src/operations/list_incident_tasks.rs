//! `GET /security/incidentTasks`

use std::sync::Arc;

use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::filter::{self, Filter};
use crate::query::Options;
use crate::request::RequestContext;
use crate::response::{EarlyResponse, Response};
use crate::task::Task;

const PAGE_SIZE: usize = 500;

pub(super) fn run(context: &RequestContext<'_>) -> Result<Response, EarlyResponse> {
    let rejected = |message: String| context.bad_request(&message);
    let (options, from) = options_of_page(context)?;
    context.check_expand(&options)?;
    let listed = |option, extension| context.operation.query_extension(option, extension);
    let filter = options.get("$filter").map(|text| Filter::parse(text, &listed("$filter", "x-filterable")));
    let filter = filter.transpose().map_err(rejected)?;
    let order = options.get("$orderby").map(|text| Order::parse(text, &listed("$orderby", "x-sortable")));
    let order = order.transpose().map_err(rejected)?;
    let text = options.get("$search").map(|text| text.trim_matches('"').to_lowercase());
    let size = match context.fault {
        Some(Fault::EmptyPage) => 0,
        _ => options.number("$top").unwrap_or(PAGE_SIZE),
    };

    let mut tasks = context.state.store.all(context.now, context.is_stale());
    tasks.retain(|task| {
        filter.as_ref().is_none_or(|filter| filter.matches(task))
            && text.as_ref().is_none_or(|text| contains_text(task, text))
    });
    if let Some(order) = order.filter(|_| context.fault != Some(Fault::OrderIgnored)) {
        order.sort(&mut tasks);
    }
    let page = tasks.iter().skip(from).take(size).map(|task| context.selected(task, &options));
    let page = page.collect::<Result<Vec<_>, _>>()?;
    let until = from.saturating_add(page.len());

    let mut body = json!({
        "@odata.type": "collection(#microsoft.graph.security.incidentTask)",
        "@odata.context": context.url("/$metadata#security/incidentTasks"),
    });
    // `json!` would copy it.
    body["value"] = page.into();
    if options.get("$count") == Some("true") {
        body["@odata.count"] = tasks.len().into();
    }
    if context.fault == Some(Fault::RepeatedNextLink) {
        body["@odata.nextLink"] = next_link(context, &options, from).into();
    } else if until < tasks.len() {
        body["@odata.nextLink"] = next_link(context, &options, until).into();
    }
    Ok(context.responses.ok(body))
}

fn contains_text(task: &Task, text: &str) -> bool {
    let mut values = ["displayName", "description"].into_iter().filter_map(|name| task.get(name)?.as_str());
    values.any(|value| value.to_lowercase().contains(text))
}

/// `$orderby` with one property.
struct Order {
    property: String,
    descending: bool,
}

impl Order {
    fn parse(expression: &str, properties: &[&str]) -> Result<Self, String> {
        let words: Vec<_> = expression.split_whitespace().collect();
        let (property, descending) = match words.as_slice() {
            [property] | [property, "asc"] => (*property, false),
            [property, "desc"] => (*property, true),
            _ => return Err(format!("'{expression}' is not an order by one property.")),
        };
        if !properties.contains(&property) {
            return Err(format!("Could not order by '{property}'; allowed: {}.", properties.join(", ")));
        }
        Ok(Self { property: property.to_owned(), descending })
    }

    fn sort(&self, tasks: &mut [Arc<Task>]) {
        let key = |task: &Arc<Task>| {
            let text = filter::value(task, &self.property).and_then(Value::as_str).unwrap_or_default();
            (text.parse::<jiff::Timestamp>().ok(), text.to_owned())
        };
        if self.descending {
            tasks.sort_by_cached_key(|task| std::cmp::Reverse(key(task)));
        } else {
            tasks.sort_by_cached_key(key);
        }
    }
}

/// Returns the options of a page and the index at which it begins.
fn options_of_page(context: &RequestContext<'_>) -> Result<(Options, usize), EarlyResponse> {
    let query = context.request.uri().query().unwrap_or_default();
    let Some(token) = crate::query::skip_token(query) else {
        let options = context.options()?;
        let from = options.number("$skip").unwrap_or(0);
        return Ok((options, from));
    };
    let read = || {
        let bytes = hex::decode(token).ok()?;
        let (from, query) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
        Some((Options::parse(query, &context.operation.query_parameters()).ok()?, from.parse().ok()?))
    };
    read().ok_or_else(|| context.bad_request("The skip token is not valid."))
}

/// Returns the link to the page that begins at an index. Only the emulator can read its token.
fn next_link(context: &RequestContext<'_>, options: &Options, from: usize) -> String {
    let query = Serializer::new(String::new()).extend_pairs(options.iter()).finish();
    context.url(&format!("/security/incidentTasks?$skiptoken={}", hex::encode(format!("{from}:{query}"))))
}
