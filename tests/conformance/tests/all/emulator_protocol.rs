//! The emulator speaks the protocol of Graph, within its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use conformance::{TOKEN, client, exchange_raw, spec};
use futures_util::StreamExt;
use msgraph_incident_tasks::{Client, IncidentTaskId, StaticToken};
use msgraph_incident_tasks_emulator::{Emulator, Limits};
use serde_json::{Value, json};
use tokio::net::TcpStream;

const TASK: &str = "/beta/security/incidentTasks/213213";
const JSON: &str = "authorization: Bearer a\r\ncontent-type: application/json\r\n";

fn id(text: &str) -> IncidentTaskId {
    text.parse().unwrap()
}

async fn exchange(emulator: &Emulator, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
    let (status, _, body) = conformance::exchange(&emulator.url(), method, path, headers, body).await;
    (status, body)
}

#[tokio::test]
async fn requests_of_microsofts_sdks_are_accepted_and_strict_rejects_them() {
    let requests = [
        (
            "PATCH",
            TASK,
            r##"{"@odata.type":"#microsoft.graph.security.incidentTask","status":"open"}"##,
            200,
            "@odata.type",
        ),
        ("POST", "/beta/security/incidentTasks/213214/executeResponseAction", "", 204, "not qualified"),
        ("GET", "/beta/security/incidentTasks?x=1", "", 200, "\\\"x\\\""),
    ];
    let (lenient, strict) = (Emulator::start().await.unwrap(), Emulator::builder().strict().start().await.unwrap());
    for (method, path, body, expected, says) in requests {
        assert_eq!(exchange(&lenient, method, path, JSON, body).await.0, expected, "{path}");
        let recorded = lenient.requests().pop().unwrap();
        assert_eq!((recorded.violations.len(), recorded.status), (1, Some(expected)), "{path}");
        let (status, error) = exchange(&strict, method, path, JSON, body).await;
        assert_eq!(status, 400, "{path}");
        assert!(error["error"]["message"].to_string().contains(says), "{error}");
    }
    assert!(client(&strict.url()).get_incident_task(id("213213")).send().await.is_ok());
}

#[tokio::test]
async fn a_response_other_than_json_is_not_acceptable() {
    let emulator = Emulator::start().await.unwrap();
    for (accept, expected) in [
        ("text/html", 406),
        ("text/html, application/xml;q=0.9", 406),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html, Application/JSON;q=0.1", 200),
    ] {
        let headers = format!("{JSON}accept: {accept}\r\n");
        assert_eq!(exchange(&emulator, "GET", TASK, &headers, "").await.0, expected, "{accept}");
    }
}

#[tokio::test]
async fn a_member_after_the_sentinel_is_returned_only_on_request() {
    let mut spec = spec();
    let members = &mut spec["components"]["schemas"]["incidentTaskStatus"]["anyOf"][0]["enum"];
    members.as_array_mut().unwrap().push("paused".into());
    let emulator = Emulator::builder().spec(spec.to_string()).start().await.unwrap();
    let mut task = emulator.task("213213").unwrap();
    task.insert("status".to_owned(), "paused".into());
    emulator.put_task(task).unwrap();
    for (preference, status) in [
        ("", "unknownFutureValue"),
        ("prefer: return=minimal\r\n", "unknownFutureValue"),
        ("prefer: include-unknown-enum-members\r\n", "paused"),
        ("prefer: return=representation, Include-Unknown-Enum-Members\r\n", "paused"),
    ] {
        let (_, task) = exchange(&emulator, "GET", TASK, &format!("{JSON}{preference}"), "").await;
        assert_eq!(task["status"], status, "{preference}");
        assert_eq!(task["source"], "defenderExpertsXDR");
        let (_, page) =
            exchange(&emulator, "GET", "/beta/security/incidentTasks", &format!("{JSON}{preference}"), "").await;
        assert_eq!(page["value"][0]["status"], status, "{preference}");
    }
    let item = json!({ "id": "1", "method": "GET", "url": "/security/incidentTasks/213213" });
    let batch = json!({ "requests": [item] }).to_string();
    let (_, response) =
        exchange(&emulator, "POST", "/beta/$batch", &format!("{JSON}prefer: include-unknown-enum-members\r\n"), &batch)
            .await;
    assert_eq!(response["responses"][0]["body"]["status"], "unknownFutureValue");
}

#[tokio::test]
async fn every_response_has_its_ids_a_date_and_the_server() {
    let emulator = Emulator::start().await.unwrap();
    for path in [TASK, "/beta/security/incidentTasks/x", "/v1.0/me"] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{JSON}client-request-id: mine\r\n\r\n"
        );
        let (_, response) = exchange_raw(&emulator.url(), request.as_bytes()).await;
        for header in ["request-id: ", "client-request-id: mine", "date: ", "x-ms-ags-diagnostic: {\"ServerInfo\""] {
            assert!(response.contains(header), "{header} is not in {response}");
        }
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_is_rejected_and_the_emulator_goes_on() {
    let mut limits = Limits::default();
    (limits.body_bytes, limits.head_bytes) = (100, 8_192);
    let emulator = Emulator::builder().limits(limits).start().await.unwrap();
    assert_eq!(exchange(&emulator, "PATCH", TASK, JSON, &" ".repeat(101)).await.0, 413);
    assert_eq!(exchange(&emulator, "GET", TASK, &format!("{JSON}x: {}\r\n", "a".repeat(20_000)), "").await.0, 431);
    for nonsense in [&b"\x00\xff\xfe nonsense\r\n\r\n"[..], b"GET / HTTP/9.9\r\n\r\n"] {
        let mut request = nonsense.to_vec();
        request.extend_from_slice(b"\r\n\r\n");
        assert!(exchange_raw(&emulator.url(), &request).await.0 <= 404);
    }
    assert!(client(&emulator.url()).get_incident_task(id("213213")).send().await.is_ok());

    let mut limits = Limits::default();
    limits.tasks = 10;
    let error = Emulator::builder().generated_tasks(11).limits(limits).start().await.unwrap_err();
    assert!(error.to_string().contains("too many tasks: 13; allowed: at most 10"), "{error}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_others_to_close() {
    let mut limits = Limits::default();
    limits.connections = 2;
    let emulator = Emulator::builder().limits(limits).start().await.unwrap();
    let address = emulator.url().trim_start_matches("http://").trim_end_matches("/beta").to_owned();
    let held = [TcpStream::connect(&address).await.unwrap(), TcpStream::connect(&address).await.unwrap()];
    let client = client(&emulator.url());
    let mut waiting = Box::pin(client.get_incident_task(id("213213")).send());
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut waiting).await.is_err());
    drop(held);
    assert!(waiting.await.is_ok());
}

#[tokio::test]
async fn an_action_ends_and_a_change_is_visible_by_the_clock() {
    let clock = Arc::new(AtomicI64::new(1_700_000_000));
    let seconds = Arc::clone(&clock);
    let emulator = Emulator::builder()
        .clock(move || seconds.load(Ordering::SeqCst))
        .action_delay(Duration::from_secs(60))
        .read_lag(Duration::from_secs(5))
        .modified_by("a program")
        .start()
        .await
        .unwrap();
    let client = client(&emulator.url());
    client.execute_response_action(id("213214")).send().await.unwrap();
    let mut seen = Vec::new();
    for second in [0, 4, 5, 59, 60, 64, 65] {
        clock.store(1_700_000_000 + second, Ordering::SeqCst);
        let task = client.get_incident_task(id("213214")).send().await.unwrap();
        seen.push(task.action_status.unwrap().to_string());
    }
    assert_eq!(seen, ["notStarted", "notStarted", "inProgress", "inProgress", "inProgress", "inProgress", "completed"]);
    let task = emulator.task("213214").unwrap();
    assert_eq!(
        (&task["lastModifiedByDisplayName"], &task["lastModifiedDateTime"]),
        (&json!("a program"), &json!("2023-11-14T22:14:20.0000000Z"))
    );
}

#[tokio::test]
async fn a_dump_that_is_loaded_again_is_the_same_store() {
    let emulator = Emulator::builder().generated_tasks(50).seed(3).start().await.unwrap();
    client(&emulator.url()).update_incident_task(id("213213")).status("failed").send().await.unwrap();
    let dump = emulator.dump();
    let again = Emulator::builder().tasks_json(dump.clone()).start().await.unwrap();
    assert_eq!(again.dump(), dump);
    let listed: Vec<_> = client(&again.url()).list_incident_tasks().top(7).items().collect().await;
    assert!(listed.len() == 52 && listed.iter().all(Result::is_ok));
    let same = Emulator::builder().generated_tasks(50).seed(3).start().await.unwrap();
    assert_eq!(same.dump().matches("\"id\"").count(), dump.matches("\"id\"").count());
}

#[tokio::test]
async fn requests_are_recorded_without_the_token() {
    let emulator = Emulator::start().await.unwrap();
    client(&emulator.url()).update_incident_task(id("213213")).status("open").send().await.unwrap();
    let [request] = emulator.requests().try_into().unwrap();
    assert_eq!((request.method.as_str(), request.path.as_str(), request.status), ("PATCH", TASK, Some(200)));
    assert_eq!(
        (request.body.as_str(), request.operation.as_deref()),
        (r#"{"status":"open"}"#, Some("updateIncidentTask"))
    );
    assert_eq!(request.violations, [""; 0]);
    assert!(!format!("{request:?}").contains(TOKEN));
    let (_, recorded) = exchange(&emulator, "GET", "/emulator/requests", "", "").await;
    assert!(recorded[0]["path"] == TASK && !recorded.to_string().contains(TOKEN));
}

#[tokio::test]
async fn an_app_beyond_its_limit_is_throttled_and_others_are_not() {
    let emulator = Emulator::builder().throttle(2, Duration::from_secs(60)).start().await.unwrap();
    let statuses = async |token: &str| {
        let headers = format!("authorization: Bearer {token}\r\n");
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(exchange(&emulator, "GET", TASK, &headers, "").await.0);
        }
        statuses
    };
    assert_eq!(statuses("a").await, [200, 200, 429]);
    assert_eq!(statuses("b").await, [200, 200, 429]);
}

#[tokio::test]
async fn faults_are_injected_and_cleared_by_calls_to_the_emulator() {
    let emulator = Emulator::start().await.unwrap();
    let status = async || exchange(&emulator, "GET", TASK, JSON, "").await.0;
    let inject = async |body: &str| exchange(&emulator, "POST", "/emulator/faults", JSON, body).await;
    assert_eq!(inject(r#"{"fault":"gateway-bad","times":2,"task":"213213"}"#).await.0, 204);
    assert_eq!((status().await, status().await, status().await), (502, 502, 200));
    assert_eq!(inject(r#"{"fault":"gateway-bad"}"#).await.0, 204);
    assert_eq!(exchange(&emulator, "DELETE", "/emulator/faults", "", "").await.0, 204);
    assert_eq!(status().await, 200);
    for (body, says) in
        [(r#"{"fault":"none such"}"#, "throttled-seconds"), ("{", "EOF"), (r#"{"fault":"reset","x":1}"#, "`x`")]
    {
        let (status, error) = inject(body).await;
        assert!(status == 400 && error["error"].to_string().contains(says), "{error}");
    }
    let (_, faults) = exchange(&emulator, "GET", "/emulator/faults", "", "").await;
    assert_eq!(faults[0]["name"], "throttled-seconds");
    let headers = format!("{JSON}emulator-fault: token-expired\r\n");
    assert_eq!(exchange(&emulator, "GET", TASK, &headers, "").await.0, 401);
    assert_eq!(exchange(&emulator, "GET", TASK, &format!("{JSON}emulator-fault: none such\r\n"), "").await.0, 400);
    assert_eq!(exchange(&emulator, "GET", "/emulator/nothing", "", "").await.0, 404);
}

#[tokio::test]
async fn tls_has_a_certificate_that_the_client_can_trust() {
    let emulator = Emulator::builder().tls().start().await.unwrap();
    assert!(emulator.url().starts_with("https://127.0.0.1:"));
    let build = |trusts: bool| {
        let token = StaticToken::new(TOKEN).unwrap();
        let mut builder =
            Client::builder(token).endpoint(emulator.url()).retry(msgraph_incident_tasks::RetryPolicy::never());
        if trusts {
            builder = builder.root_certificates(emulator.ca_pem().unwrap());
        }
        builder.build().unwrap()
    };
    assert!(build(true).get_incident_task(id("213213")).send().await.is_ok());
    let pages: Vec<_> = build(true).list_incident_tasks().top(1).pages().collect().await;
    assert!(pages.len() == 2 && pages.iter().all(Result::is_ok));
    assert!(build(false).get_incident_task(id("213213")).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn many_emulators_run_in_one_process_each_with_its_own_tasks() {
    let mut emulators = Vec::new();
    for _ in 0..10 {
        emulators.push(Emulator::start().await.unwrap());
    }
    client(&emulators[3].url()).update_incident_task(id("213213")).status("failed").send().await.unwrap();
    let failed = emulators.iter().filter(|emulator| emulator.task("213213").unwrap()["status"] == "failed");
    assert_eq!(failed.count(), 1);
    for emulator in emulators {
        emulator.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn an_address_other_than_loopback_has_to_be_allowed() {
    let everywhere = std::net::Ipv4Addr::UNSPECIFIED.into();
    let error = Emulator::builder().address(everywhere).start().await.unwrap_err();
    assert!(error.to_string().contains("0.0.0.0 is not loopback"), "{error}");
    let error =
        Emulator::builder().fault_rate(msgraph_incident_tasks_emulator::Fault::Reset, 1.5).start().await.unwrap_err();
    assert!(error.to_string().contains("allowed: 0 to 1"), "{error}");
}
