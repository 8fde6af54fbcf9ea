//! The emulator serves clients of any language, whose requests differ in form.

use std::io::Write;

use conformance::exchange_raw;
use msgraph_incident_tasks_emulator::Emulator;
use serde_json::{Value, json};

const LIST: &str = "/beta/security/incidentTasks";
const TASK: &str = "/beta/security/incidentTasks/213213";
const JSON: &str = "content-type: application/json\r\n";

/// Sends a request with a token, and returns the status, the head and the body of the response.
async fn send(emulator: &Emulator, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, Value) {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer a\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    let (status, response) = exchange_raw(&emulator.url(), &[head.as_bytes(), body].concat()).await;
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_default();
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_plus_is_a_space_in_a_query_and_in_the_urls_of_a_batch() {
    let emulator = Emulator::start().await.unwrap();
    for query in [
        "$filter=status+eq+'open'&$count=true",
        "%24filter=status+eq+%27open%27&%24count=true",
        "$search=%22reset+device%22&$count=true",
        "search=reset+device&count=true",
        "$orderby=lastUpdateDateTime+desc&$count=true",
        "$filter=lastUpdateDateTime+eq+2023-06-27T12:49:33.98%2B02:00&$count=true",
    ] {
        let (status, _, page) = send(&emulator, "GET", &format!("{LIST}?{query}"), "", b"").await;
        assert_eq!(status, 200, "{query}: {page}");
        assert!(page["@odata.count"].as_u64().unwrap() > 0, "{query}");
        let item = json!({ "id": "1", "method": "GET", "url": format!("/security/incidentTasks?{query}") });
        let batch = json!({ "requests": [item] }).to_string();
        let (_, _, batch) = send(&emulator, "POST", "/beta/$batch", JSON, batch.as_bytes()).await;
        assert_eq!(batch["responses"][0]["body"]["@odata.count"], page["@odata.count"], "{query}");
    }
}

#[tokio::test]
async fn a_next_link_works_as_it_is_and_with_its_dollar_sign_encoded() {
    let emulator = Emulator::start().await.unwrap();
    let (_, _, page) = send(&emulator, "GET", &format!("{LIST}?$top=1&$filter=status+eq+'open'"), "", b"").await;
    let link = page["@odata.nextLink"].as_str().unwrap().trim_start_matches("http://localhost").to_owned();
    for link in [link.clone(), link.replace('$', "%24"), link.replace('$', "")] {
        let (status, _, next) = send(&emulator, "GET", &link, "", b"").await;
        assert_eq!((status, &next["value"][0]["id"]), (200, &json!("213214")), "{link}");
    }
}

#[tokio::test]
async fn graph_tolerates_what_sdks_send_and_strict_rejects_it() {
    let (lenient, strict) = (Emulator::start().await.unwrap(), Emulator::builder().strict().start().await.unwrap());
    let get = |member: Value| {
        let mut item = json!({ "id": "1", "method": "GET", "url": "/security/incidentTasks/213213" });
        item.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        json!({ "requests": [item] })
    };
    let batch = "/beta/$batch";
    for (method, path, body) in [
        ("POST", batch, get(json!({ "depends_on": [] }))),
        ("POST", batch, get(json!({ "dependsOn": null }))),
        ("POST", batch, get(json!({ "body": null, "headers": null }))),
        ("POST", batch, get(json!({ "x-other": 1 }))),
        ("POST", batch, get(json!({ "url": "/beta/security/incidentTasks/213213" }))),
        ("POST", batch, get(json!({ "url": "http://localhost/beta/security/incidentTasks/213213" }))),
        ("PATCH", TASK, json!({ "status": "open", "@odata.type": "#microsoft.graph.security.incidentTask" })),
        ("PATCH", TASK, json!({ "status": "open", "status@odata.type": "#x", "@other.annotation": 1 })),
        ("PATCH", TASK, json!({ "status": "open", "id": "7", "displayName": null, "incident": { "id": "1" } })),
    ] {
        let text = body.to_string();
        let (status, _, response) = send(&lenient, method, path, JSON, text.as_bytes()).await;
        assert_eq!(status, 200, "{text}: {response}");
        assert!(response["responses"][0]["status"].as_u64().is_none_or(|status| status == 200), "{response}");
        let violations = lenient.requests().pop().unwrap().violations;
        assert_eq!(violations.len(), 1, "{text}: {violations:?}");
        assert_eq!(send(&strict, method, path, JSON, text.as_bytes()).await.0, 400, "{text}");
    }
    let task = lenient.task("213213").unwrap();
    assert_eq!((&task["id"], &task["displayName"]), (&json!("213213"), &json!("Reset device testmachine20")));
}

#[tokio::test]
async fn the_body_of_a_request_in_a_batch_may_be_base64() {
    let emulator = Emulator::start().await.unwrap();
    // {"status":"completed"}
    let item = json!({
        "id": "1", "method": "PATCH", "url": "/security/incidentTasks/213213",
        "headers": { "content-type": "application/json" }, "body": "eyJzdGF0dXMiOiJjb21wbGV0ZWQifQ==",
    });
    let batch = json!({ "requests": [item] }).to_string();
    let (_, _, response) = send(&emulator, "POST", "/beta/$batch", JSON, batch.as_bytes()).await;
    assert_eq!(response["responses"][0]["body"]["status"], "completed", "{response}");
}

#[tokio::test]
async fn a_body_may_be_compressed_by_gzip_or_have_a_byte_order_mark() {
    let emulator = Emulator::start().await.unwrap();
    let body = br#"{"status":"completed"}"#;
    let encoded = |coding: &str| format!("{JSON}content-encoding: {coding}\r\n");
    assert_eq!(send(&emulator, "PATCH", TASK, &encoded("gzip"), &gzip(body)).await.0, 200);
    assert_eq!(emulator.task("213213").unwrap()["status"], "completed");
    assert_eq!(emulator.requests()[0].body, r#"{"status":"completed"}"#);
    assert_eq!(send(&emulator, "PATCH", TASK, JSON, &[b"\xef\xbb\xbf", &body[..]].concat()).await.0, 200);
    let bomb = gzip(&vec![b' '; 100 << 20]);
    for (coding, body, expected) in
        [("gzip", &bomb[..], 413), ("gzip", body, 400), ("br", body, 415), ("deflate", body, 415)]
    {
        assert_eq!(send(&emulator, "PATCH", TASK, &encoded(coding), body).await.0, expected, "{coding}");
        assert_eq!(emulator.requests().pop().unwrap().status, Some(expected));
    }
}

#[tokio::test]
async fn paths_ignore_case_and_take_a_key_in_parentheses() {
    let emulator = Emulator::start().await.unwrap();
    for path in [
        "/Beta/SECURITY/incidenttasks('213213')",
        "/beta/security/incidentTasks(%27213213%27)",
        "/beta//security/incidentTasks/213213/",
    ] {
        let (status, _, task) = send(&emulator, "GET", path, "", b"").await;
        assert_eq!((status, &task["id"]), (200, &json!("213213")), "{path}");
    }
    let execute = "/beta/security/incidentTasks('213214')/microsoft.graph.security.executeResponseAction";
    assert_eq!(send(&emulator, "POST", execute, "", b"").await.0, 204);
}

#[tokio::test]
async fn head_and_options_respond() {
    let emulator = Emulator::start().await.unwrap();
    let (status, head, body) = send(&emulator, "HEAD", TASK, "", b"").await;
    let length: usize = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
    assert!(status == 200 && length > 500 && body.is_null(), "{head}");
    for (path, allow) in [
        (TASK, "allow: get, patch, head, options"),
        (LIST, "allow: get, head, options"),
        ("/beta/$batch", "allow: post, options"),
    ] {
        let request = format!("OPTIONS {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let (status, response) = exchange_raw(&emulator.url(), request.as_bytes()).await;
        assert!(status == 204 && response.to_lowercase().contains(&format!("{allow}\r\n")), "{response}");
    }
    assert_eq!(send(&emulator, "OPTIONS", "/beta/security/other", "", b"").await.0, 404);
    assert_eq!(send(&emulator, "DELETE", TASK, "", b"").await.0, 405);
}

#[tokio::test]
async fn numbers_are_checked_against_the_spec() {
    let emulator = Emulator::start().await.unwrap();
    for option in ["$skip", "$top"] {
        for value in ["2147483648", "18446744073709551616", "-1", "1.0", "1e0", "0x1", "one", "", "%201"] {
            let (status, _, error) = send(&emulator, "GET", &format!("{LIST}?{option}={value}"), "", b"").await;
            assert_eq!(status, 400, "{option}={value}");
            assert!(error["error"]["message"].as_str().unwrap().contains(option), "{error}");
        }
    }
    let (status, _, page) = send(&emulator, "GET", &format!("{LIST}?$skip=2147483647&$top=500"), "", b"").await;
    assert_eq!((status, &page["value"]), (200, &json!([])));
}

#[tokio::test]
async fn a_nullable_property_without_a_value_is_an_explicit_null() {
    let emulator = Emulator::start().await.unwrap();
    let task = json!({ "id": "7", "status": "open", "incident": { "id": "1" } }).as_object().unwrap().clone();
    emulator.put_task(task).unwrap();
    let path = "/beta/security/incidentTasks/7";
    let (_, _, task) = send(&emulator, "GET", path, "", b"").await;
    assert_eq!(task.get("responseAction"), Some(&Value::Null));
    let (_, _, task) = send(&emulator, "PATCH", path, JSON, br#"{"status":"failed"}"#).await;
    assert_eq!(task.get("responseAction"), Some(&Value::Null));
    let (_, _, task) = send(&emulator, "GET", &format!("{path}?$select=id,responseAction"), "", b"").await;
    assert_eq!(task, json!({ "id": "7", "responseAction": null }));
    let (status, _, error) = send(&emulator, "PATCH", path, JSON, br#"{"status":null}"#).await;
    assert!(status == 400 && error["error"]["message"].as_str().unwrap().contains("\"status\""), "{error}");
}

#[tokio::test]
async fn the_served_spec_has_the_emulator_as_its_server() {
    let emulator = Emulator::start().await.unwrap();
    let (_, _, spec) = send(&emulator, "GET", "/emulator/spec", "", b"").await;
    assert_eq!(spec["servers"][0]["url"], "http://localhost/beta");
    assert_eq!(spec["servers"].as_array().unwrap().len(), 1);
}
