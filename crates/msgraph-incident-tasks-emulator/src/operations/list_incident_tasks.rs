//! `GET /security/incidentTasks`

use std::cmp::Ordering;

use axum::body::Bytes;
use axum::http::Response;
use serde_json::{Map, Value, json};

use super::{expanded, selected};
use crate::exchange::{Exchange, Refusal};
use crate::filter::{self, Filter};
use crate::query::Options;

const PAGE_SIZE: usize = 500;

type Task = Map<String, Value>;

pub(super) fn answer(exchange: &Exchange<'_>) -> Result<Response<Bytes>, Refusal> {
    let refused = |message: String| Box::new(exchange.bad_request(&message));
    let (options, from) = exchange.options_of_page()?;
    expanded(&options).map_err(refused)?;
    let mut tasks = exchange.state.store.all();
    if let Some(expression) = options.get("$filter") {
        let filter = Filter::parse(expression, &exchange.listed("$filter", "x-filterable")).map_err(refused)?;
        tasks.retain(|task| filter.matches(task));
    }
    if let Some(text) = options.get("$search") {
        let text = text.trim_matches('"').to_lowercase();
        tasks.retain(|task| has_text(task, &text));
    }
    if let Some(order) = options.get("$orderby") {
        let order = Order::parse(order, &exchange.listed("$orderby", "x-sortable")).map_err(refused)?;
        tasks.sort_by(|one, other| order.compare(one, other));
    }
    let count = tasks.len();
    let from = from.unwrap_or_else(|| options.number("$skip").unwrap_or(0));
    let size = options.number("$top").unwrap_or(PAGE_SIZE);
    let page: Vec<_> = tasks.into_iter().skip(from).take(size).collect();
    let until = from + page.len();
    let page = page.into_iter().map(|task| selected(exchange, task, &options)).collect::<Result<Vec<_>, _>>();

    let mut body =
        json!({ "@odata.context": exchange.url("/$metadata#security/incidentTasks"), "value": page.map_err(refused)? });
    if options.get("$count") == Some("true") {
        body["@odata.count"] = count.into();
    }
    if until < count {
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
