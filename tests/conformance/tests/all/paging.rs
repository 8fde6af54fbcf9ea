//! Paging: links, malformed items and errors.

use std::sync::{Arc, Mutex, PoisonError};

use conformance::client;
use futures_util::StreamExt;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use msgraph_incident_tasks::{Collection, Error, ErrorKind, Item};
use serde_json::{Value, json};

/// A server of pages that keeps the requests.
struct Pages {
    server: MockServer,
    requests: Arc<Mutex<Vec<HttpMockRequest>>>,
}

impl Pages {
    /// `page` gets the base URL and the value of `page` in the query.
    async fn start(page: impl Fn(&str, usize) -> Value + Send + Sync + 'static) -> Self {
        let server = MockServer::start_async().await;
        let requests: Arc<Mutex<Vec<HttpMockRequest>>> = Arc::default();
        let (kept, base) = (Arc::clone(&requests), server.url("/beta"));
        server
            .mock_async(|when, then| {
                when.method("GET");
                then.respond_with(move |request| {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
                    let number = request.uri().query().and_then(|query| query.split_once("page=")?.1.parse().ok());
                    let body = page(&base, number.unwrap_or(0)).to_string();
                    HttpMockResponse::builder().status(200).header("request-id", "of-the-page").body(body).build()
                });
            })
            .await;
        Self { server, requests }
    }

    fn url(&self) -> String {
        self.server.url("/beta")
    }

    fn requests(&self) -> Vec<HttpMockRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn items(&self) -> Vec<Result<String, Error>> {
        let items = client(&self.url()).list_incident_tasks().items();
        // More than any server here has, so that an endless list fails rather than hangs.
        items.map(|item| item.map(|task| task.id.unwrap())).take(20_000).collect().await
    }
}

fn tasks(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers.map(|number| json!({ "id": number.to_string() })).collect()
}

fn ids(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

fn linked(tasks: Vec<Value>, link: impl Into<Value>) -> Value {
    json!({ "value": tasks, "@odata.nextLink": link.into() })
}

#[tokio::test]
async fn ten_thousand_tasks_with_a_broken_one_and_an_empty_page_end_at_a_hostile_link() {
    let server = Pages::start(|base, page| {
        let mut value = if page == 7 { Vec::new() } else { tasks(page * 500..(page + 1) * 500) };
        if page == 3 {
            value[17] = json!({ "id": 7, "displayName": ["broken"] });
        }
        let link = match page {
            20 => "https://attacker.example/beta/security/incidentTasks?page=21".to_owned(),
            _ => format!("{base}/security/incidentTasks?%24skiptoken=a'b%2Bc&page={}", page + 1),
        };
        linked(value, link)
    })
    .await;
    let items = server.items().await;
    let read: Vec<_> = items.iter().filter_map(|item| item.as_ref().ok()).cloned().collect();
    let mut expected = [ids(0..3500), ids(4000..10500)].concat();
    expected.remove(3 * 500 + 17);
    assert_eq!(read, expected);
    assert_eq!(items.len(), 10_001);

    let broken = items[3 * 500 + 17].as_ref().unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::InvalidItem);
    assert_eq!(broken.body(), Some(&br#"{"displayName":["broken"],"id":7}"#[..]));
    assert_eq!((broken.status(), broken.request_id()), (Some(200), Some("of-the-page")));
    assert_eq!(broken.operation(), Some("list_incident_tasks"));

    let hostile = items.last().unwrap().as_ref().unwrap_err();
    assert_eq!(hostile.kind(), ErrorKind::InvalidResponse);
    assert_eq!((hostile.status(), hostile.request_id()), (Some(200), Some("of-the-page")));
    assert!(hostile.to_string().contains("nextLink points outside of"), "{hostile}");
    assert_eq!(server.requests().len(), 21);
}

#[tokio::test]
async fn a_link_is_followed_unchanged_with_the_headers_of_the_first_request() {
    let server = Pages::start(|base, page| match page {
        0 => linked(tasks(0..1), format!("{base}/security/incidentTasks?$skiptoken=a%2fb%20c,d&$top=1&page=1")),
        _ => json!({ "value": tasks(1..2), "@odata.nextLink": null }),
    })
    .await;
    assert_eq!(server.items().await.len(), 2);
    let requests = server.requests();
    assert_eq!(requests[1].uri().path(), "/beta/security/incidentTasks");
    assert_eq!(requests[1].uri().query(), Some("$skiptoken=a%2fb%20c,d&$top=1&page=1"));
    for header in ["accept", "authorization", "prefer", "user-agent"] {
        assert_eq!(requests[1].headers().get(header), requests[0].headers().get(header), "{header}");
        assert!(requests[1].headers().contains_key(header), "{header}");
    }
    assert_ne!(requests[1].headers()["client-request-id"], requests[0].headers()["client-request-id"]);
}

#[tokio::test]
async fn a_link_that_leaves_the_endpoint_is_an_error_after_its_page() {
    for link in [
        "https://graph.microsoft.com/beta/security/incidentTasks",
        "http://127.0.0.1:1/beta/security/incidentTasks",
        "//attacker.example/beta/security/incidentTasks",
        "../v1.0/security/incidentTasks",
        "/security/incidentTasks",
        "https://user:password@127.0.0.1/beta/x",
        "javascript:alert(1)",
        "http://[",
        "security/incidents",
        "security/incidentTasks/0",
    ] {
        let server = Pages::start(move |_, _| linked(tasks(0..1), link)).await;
        let items = server.items().await;
        assert_eq!(items.len(), 2, "{link}");
        assert_eq!(items[0].as_ref().unwrap(), "0");
        assert_eq!(items[1].as_ref().unwrap_err().kind(), ErrorKind::InvalidResponse, "{link}");
        assert_eq!(server.requests().len(), 1, "{link}");
    }
}

#[tokio::test]
async fn a_link_to_a_page_that_was_read_already_is_an_error() {
    let server = Pages::start(|base, page| {
        linked(tasks(page..page + 1), format!("{base}/security/incidentTasks?page={}", page % 3 + 1))
    })
    .await;
    let items = server.items().await;
    let error = items.last().unwrap().as_ref().unwrap_err();
    assert!(error.to_string().contains("read before"), "{error}");
    assert_eq!((items.len(), server.requests().len()), (5, 4));
}

#[tokio::test]
async fn a_relative_link_is_one_below_the_endpoint() {
    let server = Pages::start(|_, page| match page {
        0 => linked(tasks(0..1), "security/incidentTasks?page=1"),
        _ => json!({ "value": tasks(1..2) }),
    })
    .await;
    assert_eq!(server.items().await.len(), 2);
    assert_eq!(server.requests()[1].uri().path(), "/beta/security/incidentTasks");
}

#[tokio::test]
async fn a_page_without_its_list_is_an_error_that_ends_the_list() {
    for page in [json!({}), json!({ "value": {} }), json!([]), json!({ "message": "welcome to the hotel's network" })] {
        let server = Pages::start(move |_, _| page.clone()).await;
        let items = server.items().await;
        assert_eq!(items.len(), 1);
        let error = items[0].as_ref().unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidResponse, Some(200)));
        assert_eq!(error.operation(), Some("list_incident_tasks"));
    }
}

#[tokio::test]
async fn a_page_has_its_other_properties_and_keeps_malformed_items() {
    let server = Pages::start(|_, _| {
        json!({ "@odata.context": "c", "@odata.count": 9_007_199_254_740_993_u64, "value": [{ "id": "1" }, { "id": 2 }], "new": [1.5] })
    })
    .await;
    let mut pages = client(&server.url()).list_incident_tasks().count(true).pages();
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!((page.odata_count, page.odata_context.as_deref()), (Some(9_007_199_254_740_993), Some("c")));
    assert_eq!(page.extra["new"], json!([1.5]));
    assert_eq!(page.next_link(), None);
    let value = &page.value;
    let Item::Malformed(item) = &value[1] else { panic!("it was read") };
    assert_eq!(item.json(), r#"{"id":2}"#);
    assert!(value[0].read().is_some() && value[1].read().is_none());
    assert_eq!(serde_json::to_value(&page).unwrap()["value"], json!([{ "id": "1" }, { "id": 2 }]));
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn null_in_place_of_the_list_is_an_invalid_response() {
    let server = Pages::start(|base, page| match page {
        0 => json!({ "value": null, "@odata.nextLink": format!("{base}/security/incidentTasks?page=1") }),
        _ => json!({ "value": tasks(0..1) }),
    })
    .await;
    let items = server.items().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].as_ref().unwrap_err().kind(), ErrorKind::InvalidResponse);
}

#[tokio::test]
async fn an_error_next_to_the_items_follows_them_and_is_the_end() {
    let server = Pages::start(|base, _| {
        let mut page = linked(tasks(0..2), format!("{base}/security/incidentTasks?page=1"));
        page["error"] = json!({ "code": "serviceNotAvailable", "message": "One source is missing." });
        page
    })
    .await;
    let items = server.items().await;
    assert_eq!(items.len(), 3);
    let error = items[2].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidResponse, Some("serviceNotAvailable")));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_hundred_pages_without_a_new_item_are_an_error() {
    let server = Pages::start(|base, page| {
        let tasks = if page < 3 { tasks(page..page + 2) } else { tasks(2..3) };
        linked(tasks, format!("{base}/security/incidentTasks?page={}", page + 1))
    })
    .await;
    let items = server.items().await;
    let error = items.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    assert!(error.to_string().contains("100 pages in a row have no new item"), "{error}");
    assert_eq!(server.requests().len(), 3 + 100);
}

#[tokio::test]
async fn an_item_that_is_no_task_is_malformed_and_one_that_was_repaired_says_where() {
    let page = r#"{"value":[{"id":"1"},{"status":"open"},{"error":{"code":"NotFound","message":"No."}},
        {"id":"2","displayName":"\ud83d","new":[1e400]},{"id":"3"}]}"#;
    let server = conformance::Recorder::responding(200, &[], page).await;
    let mut items = client(&server.url()).list_incident_tasks().items();
    let mut read = Vec::new();
    while let Some(item) = items.next().await {
        let what = match item {
            Ok(task) => task.id.unwrap(),
            Err(error) => format!("{} {:?}", error.kind(), error.code()),
        };
        read.push((what, items.repaired().join(" ")));
    }
    let expected = [
        ("1", ""),
        ("invalid item None", ""),
        ("invalid item Some(\"NotFound\")", ""),
        ("2", "/displayName /new/0"),
        ("3", ""),
    ];
    assert_eq!(read, expected.map(|(what, repaired)| (what.to_owned(), repaired.to_owned())));
    let selected = client(&server.url()).list_incident_tasks().select("status").items();
    assert_eq!(selected.filter(|item| std::future::ready(item.is_ok())).count().await, 4);
}

#[tokio::test]
async fn after_a_page_of_partial_content_the_list_ends_with_an_error() {
    let page = r#"{"value":[{"id":"1"},{"id":"2"}]}"#;
    let server = conformance::Recorder::responding(206, &[("warning", "199 - \"Vendor/504\"")], page).await;
    let items: Vec<_> = client(&server.url()).list_incident_tasks().items().collect().await;
    let [Ok(_), Ok(_), Err(error)] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!((error.kind(), error.status()), (ErrorKind::UnexpectedStatus, Some(206)));
    assert!(error.to_string().contains("the collection is not complete: 199 - \"Vendor/504\""), "{error}");
}

#[tokio::test]
async fn a_blank_link_is_the_end() {
    for link in ["", " ", "\t\n"] {
        let server = Pages::start(move |_, _| linked(tasks(0..1), link)).await;
        let items = server.items().await;
        assert!(matches!(items.as_slice(), [Ok(_)]), "{link:?}: {items:?}");
    }
}

#[tokio::test]
async fn an_error_of_a_later_page_follows_the_items_before_it_and_is_the_end() {
    let server = Pages::start(|base, page| match page {
        0 => linked(tasks(0..2), format!("{base}/security/incidentTasks?page=1")),
        _ => json!("no page"),
    })
    .await;
    let items = server.items().await;
    assert_eq!(items.len(), 3);
    assert_eq!(items[2].as_ref().unwrap_err().kind(), ErrorKind::InvalidResponse);
}

#[tokio::test]
async fn the_headers_of_the_last_page_are_available() {
    let server = Pages::start(|_, _| json!({ "value": [] })).await;
    let mut pages = client(&server.url()).list_incident_tasks().pages();
    assert_eq!(pages.header("request-id"), None);
    pages.next().await.unwrap().unwrap();
    assert_eq!((pages.header("Request-ID"), pages.header("retry-after")), (Some("of-the-page"), None));
}
