//! `GET /security/incidentTasks`

use std::cmp::Ordering;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use super::{expanded, selected};
use crate::Fault;
use crate::exchange::{Exchange, Refusal};
use crate::filter::{self, Filter};
use crate::query::Options;
use crate::store::Task;

const PAGE_SIZE: usize = 500;

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let refused = |message: String| Box::new(exchange.bad_request(&message));
    let (options, from) = exchange.options_of_page()?;
    expanded(&options).map_err(refused)?;
    let filter = options.get("$filter").map(|text| Filter::parse(text, &exchange.listed("$filter", "x-filterable")));
    let filter = filter.transpose().map_err(refused)?;
    let order = options.get("$orderby").map(|text| Order::parse(text, &exchange.listed("$orderby", "x-sortable")));
    let order = order.transpose().map_err(refused)?;
    let text = options.get("$search").map(|text| text.trim_matches('"').to_lowercase());
    let from = from.unwrap_or_else(|| options.number("$skip").unwrap_or(0));
    let size = match exchange.fault {
        Some(Fault::EmptyPage) => 0,
        _ => options.number("$top").unwrap_or(PAGE_SIZE),
    };
    let (count, page) = exchange.state.store.all(exchange.now, exchange.is_stale(), |mut tasks| {
        tasks.retain(|task| filter.as_ref().is_none_or(|filter| filter.matches(task)));
        tasks.retain(|task| text.as_ref().is_none_or(|text| has_text(task, text)));
        if let Some(order) = order {
            tasks.sort_by(|one, other| order.compare(one, other));
        }
        let page: Vec<Task> = tasks.iter().skip(from).take(size).map(|task| (*task).clone()).collect();
        (tasks.len(), page)
    });
    let until = from + page.len();
    let page = page.into_iter().map(|task| selected(exchange, task, &options)).collect::<Result<Vec<_>, _>>();

    let mut body = json!({
        "@odata.type": "collection(#microsoft.graph.security.incidentTask)",
        "@odata.context": exchange.url("/$metadata#security/incidentTasks"),
        "value": page.map_err(refused)?,
    });
    if options.get("$count") == Some("true") {
        body["@odata.count"] = count.into();
    }
    if exchange.fault == Some(Fault::RepeatedNextLink) {
        body["@odata.nextLink"] = exchange.next_link(&options, from).into();
    } else if until < count {
        body["@odata.nextLink"] = exchange.next_link(&options, until).into();
    }
    Ok(exchange.answers.ok(&body))
}

fn has_text(task: &Task, text: &str) -> bool {
    let properties = ["displayName", "description"].into_iter().filter_map(|name| task.get(name)?.as_str());
    properties.into_iter().any(|value| value.to_lowercase().contains(text))
}

/// `$orderby`, by one property.
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
            _ => return Err(format!("'{expression}' is no order by one property.")),
        };
        match properties.contains(&property) {
            true => Ok(Self { property: property.to_owned(), descending }),
            false => Err(format!("Could not order by '{property}'; allowed: {}.", properties.join(", "))),
        }
    }

    fn compare(&self, one: &Task, other: &Task) -> Ordering {
        let [one, other] = [one, other].map(|task| {
            let text = filter::value(task, &self.property).and_then(Value::as_str).unwrap_or_default();
            (text.parse::<jiff::Timestamp>().ok(), text)
        });
        if self.descending { other.cmp(&one) } else { one.cmp(&other) }
    }
}

impl Exchange<'_> {
    /// The options of the request, and where its page begins if it follows another one.
    fn options_of_page(&self) -> Result<(Options, Option<usize>), Refusal> {
        let Some(token) = self.request.uri().query().and_then(|query| query.strip_prefix("$skiptoken=")) else {
            return Ok((self.options()?, None));
        };
        let read = || {
            let bytes = hex::decode(token).ok()?;
            let (from, query) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
            Some((Options::parse(query, &self.operation.query_parameters()).ok()?, from.parse().ok()?))
        };
        let (options, from) = read().ok_or_else(|| self.bad_request("The skip token is not valid."))?;
        Ok((options, Some(from)))
    }

    /// The link to the page that begins at an index. Nobody but this emulator knows what is in it.
    fn next_link(&self, options: &Options, from: usize) -> String {
        let pair = |(name, value): (&str, &str)| {
            let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
            format!("{name}={value}")
        };
        let query: Vec<_> = options.iter().map(pair).collect();
        let token = hex::encode(format!("{from}:{}", query.join("&")));
        self.url(&format!("/security/incidentTasks?$skiptoken={token}"))
    }
}
