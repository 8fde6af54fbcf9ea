//! progenitor's own client sends what the operations of this project send.

use std::collections::BTreeMap;
use std::sync::Arc;

use conformance::{Case, Recorder, TOKEN, cases};
use msgraph_core::{Endpoint, RetryPolicy, StaticToken, Transport};
use serde_json::{Value, json};
use tokio_rustls::rustls;

use crate::cases::{by_generated, responding};

/// progenitor's output, unmodified.
#[allow(missing_docs, unused_qualifications, unreachable_pub, unused, clippy::all, reason = "it is generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/witness.rs"));
}

/// A request, without the headers that only the transport sets.
#[derive(Debug, PartialEq)]
struct Sent {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    content_type: Option<String>,
    body: Value,
}

async fn by_witness(url: &str, case: &Case) {
    let client = generated::Client::new_with_client(url, http_client());
    let text = |name: &str| case.call[name].as_str();
    // Only the request is compared: it cannot read every response.
    match case.operation.as_str() {
        "updateIncidentTask" => {
            let body: generated::types::IncidentTaskUpdate =
                serde_json::from_value(json!({ "status": case.text("status") })).unwrap();
            let _ = client.update_incident_task().incident_task_id(case.text("id")).body(body).send().await;
        }
        "getIncidentTask" => drop(client.get_incident_task().incident_task_id(case.text("id")).send().await),
        "executeResponseAction" => {
            drop(client.execute_response_action().incident_task_id(case.text("id")).send().await)
        }
        "listIncidentTasks" => {
            let mut list = client.list_incident_tasks();
            if let Some(filter) = text("filter") {
                list = list.filter(filter);
            }
            if let Some(orderby) = text("orderby") {
                list = list.orderby(orderby);
            }
            if let Some(top) = case.call["top"].as_i64() {
                list = list.top(top as i32);
            }
            let _ = list.send().await;
        }
        "batch" => {
            let body: generated::types::BatchRequest = serde_json::from_value(case.request.body.clone()).unwrap();
            let _ = client.batch().body(body).send().await;
        }
        other => panic!("call {other} here"),
    }
}

/// Returns a client without a process-wide TLS provider and without a proxy.
fn http_client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build().unwrap()
}

fn sent(server: &Recorder) -> Sent {
    let [request] = server.requests().try_into().unwrap_or_else(|_| panic!("not one request"));
    let query = request.uri().query().unwrap_or_default().replace('+', "%20");
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Sent {
        method: request.method_str().to_owned(),
        path: request.uri().path().to_owned(),
        query: pairs.map(|(name, value)| (decoded(name), decoded(value))).collect(),
        content_type: request.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned()),
        body: serde_json::from_slice(request.body_ref()).unwrap_or(Value::Null),
    }
}

#[tokio::test]
async fn the_operations_send_what_progenitors_own_client_sends() {
    let mut compared = 0;
    for case in cases() {
        let servers = [responding(&case).await, responding(&case).await];
        let endpoint = Endpoint::new_allowing_loopback_http(&servers[0].url()).unwrap();
        let builder = Transport::builder(StaticToken::new(TOKEN).unwrap()).retry(RetryPolicy::never());
        drop(by_generated(&builder.build(endpoint).unwrap(), &case).await);
        by_witness(&servers[1].url(), &case).await;
        assert_eq!(sent(&servers[0]), sent(&servers[1]), "{}", case.name);
        compared += 1;
    }
    assert!(compared > 10, "{compared} cases");
}
