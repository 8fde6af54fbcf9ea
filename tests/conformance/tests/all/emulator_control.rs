//! Tests control the emulator, and web pages do not.

use std::time::Duration;

use conformance::{TOKEN, exchange, exchange_raw};
use msgraph_incident_tasks_emulator::{Emulator, Fault, Injection, Limits};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TASK: &str = "/beta/security/incidentTasks/213213";
const JSON: &str = "content-type: application/json\r\n";

async fn send(emulator: &Emulator, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
    let (status, _, body) = exchange(&emulator.url(), method, path, headers, body).await;
    (status, body)
}

/// Returns the status of a call with a token.
async fn status(emulator: &Emulator, method: &str, path: &str, token: &str, body: &str) -> u16 {
    send(emulator, method, path, &format!("authorization: Bearer {token}\r\n{JSON}"), body).await.0
}

fn address(emulator: &Emulator) -> String {
    emulator.url().trim_start_matches("http://").trim_end_matches("/beta").to_owned()
}

#[tokio::test]
async fn a_test_resets_replaces_and_clears_without_a_token() {
    let emulator = Emulator::builder().throttle(3, Duration::from_secs(600)).start().await.unwrap();
    assert_eq!(send(&emulator, "GET", "/emulator/health", "", "").await, (200, json!({ "status": "ok", "tasks": 2 })));
    assert_eq!(status(&emulator, "PATCH", TASK, "a", r#"{"status":"failed"}"#).await, 200);
    emulator.inject(Injection::once(Fault::Reset).times(5));
    assert_eq!(send(&emulator, "DELETE", "/emulator/requests", "", "").await.0, 204);
    assert_eq!(emulator.requests(), []);
    assert_eq!(send(&emulator, "PUT", "/emulator/tasks", JSON, r#"[{"id":"1"},{"id":"2"},{"id":"3"}]"#).await.0, 204);
    assert_eq!(send(&emulator, "GET", "/emulator/tasks", "", "").await.1.as_array().unwrap().len(), 3);
    assert_eq!(send(&emulator, "POST", "/emulator/reset", "", "").await.0, 204);
    assert_eq!(emulator.task("213213").unwrap()["status"], "open");
    // Neither the fault nor the used part of the limit is left.
    for _ in 0..3 {
        assert_eq!(status(&emulator, "GET", TASK, "a", "").await, 200);
    }
    assert_eq!(status(&emulator, "GET", TASK, "a", "").await, 429);
}

#[tokio::test]
async fn invalid_tasks_are_rejected_with_their_index_unless_unchecked() {
    for tasks in
        [r#"[{"id":"1"},{"id":"1"}]"#, r#"[{"id":"1"},{"id":"x"}]"#, r#"[{"id":"1"},{"id":"2","createdDateTime":1}]"#]
    {
        let error = Emulator::builder().tasks_json(tasks).start().await.unwrap_err();
        assert!(error.to_string().contains("invalid task at /1"), "{error}");
        let emulator = Emulator::start().await.unwrap();
        let (status, error) = send(&emulator, "PUT", "/emulator/tasks", JSON, tasks).await;
        assert!(status == 400 && error.to_string().contains("/1"), "{error}");
        let unchecked = Emulator::builder().unchecked().tasks_json(tasks).start().await.unwrap();
        assert_eq!(send(&unchecked, "PUT", "/emulator/tasks", JSON, tasks).await.0, 204);
    }
    let emulator = Emulator::start().await.unwrap();
    let task = json!({ "id": "x" }).as_object().unwrap().clone();
    assert!(emulator.put_task(task).unwrap_err().to_string().contains("\"x\""));
}

#[tokio::test]
async fn only_accepted_tokens_and_roles_may_call() {
    let builder = Emulator::builder().accept_token("writer").accept_token_with_roles("reader", ["Security Reader"]);
    let emulator = builder.start().await.unwrap();
    let update = r#"{"status":"failed"}"#;
    for (token, get, patch) in [("writer", 200, 200), ("reader", 200, 403), ("other", 401, 401)] {
        assert_eq!(status(&emulator, "GET", TASK, token, "").await, get, "{token}");
        assert_eq!(status(&emulator, "PATCH", TASK, token, update).await, patch, "{token}");
    }
    let item = json!({ "id": "1", "method": "PATCH", "url": "/security/incidentTasks/213213", "headers": { "content-type": "application/json" }, "body": { "status": "open" } });
    let batch = json!({ "requests": [item] }).to_string();
    let headers = format!("authorization: Bearer reader\r\n{JSON}");
    assert_eq!(send(&emulator, "POST", "/beta/$batch", &headers, &batch).await.1["responses"][0]["status"], 403);
    let error = Emulator::builder().accept_token_with_roles("a", ["Reader"]).start().await.unwrap_err();
    assert!(error.to_string().contains("Security Reader"), "{error}");
}

#[tokio::test]
async fn requests_are_recorded_with_their_results_and_the_parts_of_a_batch() {
    let emulator = Emulator::builder().fault_of_task("213214", Fault::Reset).start().await.unwrap();
    let item =
        |id: &str, task: &str| json!({ "id": id, "method": "GET", "url": format!("/security/incidentTasks/{task}") });
    let batch = json!({ "requests": [item("1", "213213"), item("2", "7"), item("3", "213214")] }).to_string();
    assert_eq!(status(&emulator, "GET", "/beta/security/incidentTasks/213214", "a", "").await, 0);
    assert_eq!(status(&emulator, "POST", "/beta/$batch", "a", &batch).await, 200);
    let [reset, batch] = emulator.requests().try_into().unwrap();
    assert_eq!((reset.status, reset.fault), (None, Some(Fault::Reset)));
    let parts: Vec<_> = batch.parts.iter().map(|part| (part.path.as_str(), part.status)).collect();
    let path = |task: &str| format!("/beta/security/incidentTasks/{task}");
    assert_eq!(parts, [(path("213213").as_str(), Some(200)), (&path("7"), Some(404)), (&path("213214"), None)]);
    let (_, recorded) = send(&emulator, "GET", "/emulator/requests", "", "").await;
    assert_eq!((&recorded[0]["status"], &recorded[1]["parts"][1]["status"]), (&json!("reset"), &json!(404)));
}

#[tokio::test]
async fn recorded_requests_are_bounded_and_paged() {
    let emulator = Emulator::start().await.unwrap();
    let body = json!({ "status": "x".repeat(100_000) }).to_string();
    for _ in 0..30 {
        assert_eq!(status(&emulator, "PATCH", TASK, "a", &body).await, 400);
    }
    let (mut after, mut seen) = (0, 0);
    loop {
        let (_, page) = send(&emulator, "GET", &format!("/emulator/requests?after={after}&limit=40"), "", "").await;
        assert!(page.to_string().len() < 1_200_000, "{}", page.to_string().len());
        let Some(last) = page.as_array().unwrap().last() else { break };
        after = last["number"].as_u64().unwrap();
        seen += page.as_array().unwrap().len();
    }
    assert_eq!((seen, after), (30, 30));
    for query in ["after=x", "limit=0", "limit=-1", "page=2"] {
        assert_eq!(send(&emulator, "GET", &format!("/emulator/requests?{query}"), "", "").await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn no_token_is_recorded_wherever_it_appears() {
    let emulator = Emulator::start().await.unwrap();
    let item = json!({ "id": "1", "method": "GET", "url": format!("/security/incidentTasks?access_token={TOKEN}"), "headers": { "Authorization": format!("Bearer {TOKEN}") } });
    let batch = json!({ "requests": [item] }).to_string();
    for (path, token, body) in [
        ("/beta/$batch".to_owned(), "outer-token", batch),
        (format!("{TASK}?access_token={TOKEN}"), "outer-token", "{}".to_owned()),
        (format!("{TASK}?x={TOKEN}"), TOKEN, json!({ TOKEN: TOKEN }).to_string()),
        (TASK.to_owned(), "outer-token", format!("{{\"authorization\":\"{TOKEN}\"")),
    ] {
        let method = if path.contains("batch") { "POST" } else { "PATCH" };
        status(&emulator, method, &path, token, &body).await;
    }
    let (_, recorded) = send(&emulator, "GET", "/emulator/requests", "", "").await;
    assert!(recorded.as_array().unwrap().len() == 4 && !recorded.to_string().contains("canary"), "{recorded}");
}

#[tokio::test]
async fn a_page_of_another_origin_can_neither_rebind_a_name_nor_write() {
    let emulator = Emulator::builder().allow_host("emulator.test").start().await.unwrap();
    let request = async |host: &str, method: &str, path: &str, headers: &str, body: &str| {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        exchange_raw(&emulator.url(), request.as_bytes()).await
    };
    let (status, response) = request("evil.example", "GET", "/emulator/tasks", "", "").await;
    assert!(status == 403 && response.contains("--allow-host"), "{response}");
    for path in ["/", TASK, "/emulator/health"] {
        assert_eq!(request("evil.example", "GET", path, "authorization: Bearer a\r\n", "").await.0, 403, "{path}");
        assert_eq!(request("emulator.test:80", "GET", path, "authorization: Bearer a\r\n", "").await.0, 200, "{path}");
    }
    let fault = r#"{"fault":"reset"}"#;
    for headers in [
        "origin: http://evil.example\r\ncontent-type: text/plain\r\n",
        "origin: null\r\ncontent-type: application/json\r\n",
        "sec-fetch-site: cross-site\r\ncontent-type: application/json\r\n",
    ] {
        assert_eq!(request("localhost", "POST", "/emulator/faults", headers, fault).await.0, 403, "{headers}");
    }
    assert_eq!(request("localhost", "POST", "/emulator/faults", "content-type: text/plain\r\n", fault).await.0, 415);
    let own = "origin: http://localhost\r\ncontent-type: application/json\r\n";
    assert_eq!(request("localhost", "POST", "/emulator/faults", own, fault).await.0, 204);
    let (_, response) = request("localhost", "GET", "/emulator/health", "origin: http://evil.example\r\n", "").await;
    assert!(!response.to_lowercase().contains("access-control"), "{response}");
}

#[tokio::test]
async fn cors_is_opt_in() {
    let emulator = Emulator::builder().allow_origin("http://app.test").start().await.unwrap();
    let request = format!(
        "OPTIONS {TASK} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: http://app.test\r\naccess-control-request-method: PATCH\r\naccess-control-request-headers: authorization\r\n\r\n"
    );
    let (status, response) = exchange_raw(&emulator.url(), request.as_bytes()).await;
    let response = response.to_lowercase();
    assert_eq!(status, 204);
    for header in [
        "access-control-allow-origin: http://app.test",
        "access-control-allow-methods: get, post, patch",
        "access-control-allow-headers: authorization",
    ] {
        assert!(response.contains(header), "{response}");
    }
}

#[tokio::test]
async fn injected_faults_are_bounded() {
    let emulator = Emulator::start().await.unwrap();
    let inject = async |body: &str| send(&emulator, "POST", "/emulator/faults", JSON, body).await.0;
    assert_eq!(inject(&json!({ "fault": "reset", "task": "7".repeat(1_000) }).to_string()).await, 400);
    assert_eq!(inject(r#"{"fault":"reset","times":4294967296}"#).await, 400);
    for _ in 0..1_000 {
        emulator.inject(Injection::once(Fault::Reset).of_task("7"));
    }
    assert_eq!(inject(r#"{"fault":"reset"}"#).await, 429);
}

#[tokio::test]
async fn idle_connections_do_not_block_others() {
    let mut limits = Limits::default();
    (limits.connections, limits.head_timeout) = (4, Duration::from_millis(300));
    let emulator = Emulator::builder().limits(limits).start().await.unwrap();
    let mut idle = Vec::new();
    for first in [&b""[..], b"PRI * HT", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /beta HTTP/1.1\r\nx"] {
        let mut connection = TcpStream::connect(address(&emulator)).await.unwrap();
        connection.write_all(first).await.unwrap();
        idle.push(connection);
    }
    let get = status(&emulator, "GET", TASK, "a", "");
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), get).await.unwrap(), 200);
    for mut connection in idle {
        // The server closes each.
        let closed = tokio::time::timeout(Duration::from_secs(10), connection.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok());
    }
}

#[tokio::test]
async fn a_slow_body_outlasts_the_limit_of_an_idle_connection() {
    let mut limits = Limits::default();
    limits.head_timeout = Duration::from_millis(100);
    let emulator = Emulator::builder().limits(limits).start().await.unwrap();
    emulator.inject(Injection::once(Fault::SlowBody));
    let mut connection = TcpStream::connect(address(&emulator)).await.unwrap();
    connection.write_all(b"GET /beta/x HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut received = Vec::new();
    // Ten bytes of the body take a second.
    while received.split(|byte| *byte == b'{').nth(1).is_none_or(|body| body.len() < 9) {
        assert!(connection.read_buf(&mut received).await.unwrap() > 0, "{}", String::from_utf8_lossy(&received));
    }
}

#[tokio::test]
async fn a_request_of_a_batch_with_too_many_headers_gets_400() {
    let emulator = Emulator::start().await.unwrap();
    let headers: serde_json::Map<_, _> = (0..30_000).map(|n| (format!("x-{n}"), "a".into())).collect();
    let item = json!({ "id": "1", "method": "GET", "url": "/security/incidentTasks/213213", "headers": headers });
    assert_eq!(status(&emulator, "POST", "/beta/$batch", "a", &json!({ "requests": [item] }).to_string()).await, 400);
    assert_eq!(status(&emulator, "GET", TASK, "a", "").await, 200);
}

#[tokio::test]
async fn numbers_of_the_settings_do_not_overflow() {
    let error = Emulator::builder().generated_tasks(usize::MAX).start().await.unwrap_err();
    assert!(error.to_string().contains("too many tasks"), "{error}");
    let mut limits = Limits::default();
    limits.head_bytes = 1;
    assert!(Emulator::builder().limits(limits).start().await.unwrap_err().to_string().contains("8192"));
    let emulator = Emulator::builder()
        .action_delay(Duration::MAX)
        .read_lag(Duration::MAX)
        .throttle(u32::MAX, Duration::MAX)
        .start()
        .await
        .unwrap();
    let execute = "/beta/security/incidentTasks/213214/executeResponseAction";
    assert_eq!(status(&emulator, "POST", execute, "a", "").await, 204);
    assert_eq!(status(&emulator, "GET", TASK, "a", "").await, 200);
}

#[tokio::test]
async fn an_address_in_use_names_the_port() {
    let emulator = Emulator::start().await.unwrap();
    let port: u16 = address(&emulator).rsplit(':').next().unwrap().parse().unwrap();
    let error = Emulator::builder().port(port).start().await.unwrap_err();
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
}

#[tokio::test]
async fn a_page_waits_for_changes_and_a_shutdown_does_not_wait_for_it() {
    let emulator = Emulator::start().await.unwrap();
    let (_, changes) = send(&emulator, "GET", "/emulator/changes", "", "").await;
    assert_eq!((&changes["tasks"]["count"], &changes["requests"]["recent"]), (&json!(2), &json!([])));
    let since =
        format!("/emulator/changes?tasks={}&requests={}", changes["tasks"]["revision"], changes["requests"]["last"]);
    let mut waiting = Box::pin(send(&emulator, "GET", &since, "", ""));
    assert!(tokio::time::timeout(Duration::from_millis(400), &mut waiting).await.is_err());
    assert_eq!(status(&emulator, "PATCH", TASK, "a", r#"{"status":"failed"}"#).await, 200);
    let (_, changes) = waiting.await;
    assert_eq!(changes["tasks"]["recent"][0]["status"], "failed");
    assert_eq!(changes["requests"]["recent"][0]["status"], 200);
    let since =
        format!("/emulator/changes?tasks={}&requests={}", changes["tasks"]["revision"], changes["requests"]["last"]);
    let url = emulator.url();
    let mut waiting = Box::pin(exchange(&url, "GET", &since, "", ""));
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut waiting).await.is_err());
    let shutdown = tokio::time::timeout(Duration::from_secs(3), emulator.shutdown());
    let (shutdown, waiting) = tokio::join!(shutdown, waiting);
    shutdown.unwrap().unwrap();
    assert_eq!(waiting.0, 200);
}
