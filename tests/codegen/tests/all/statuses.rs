//! A write that was accepted is reported so, over real HTTP, by one call and in a batch.

#[allow(deprecated, reason = "that it is deprecated does not matter here")]
use generated_code::changes::operations::RemoveLamp;
use generated_code::changes::operations::{Pulse, UpdateLamp};
use generated_code::changes::types::{LampUpdate, State};
use httpmock::prelude::*;
use msgraph_core::{Batch, Endpoint, StaticToken, Transport, WriteOutcome};
use serde_json::{Value, json};

fn transport(server: &MockServer) -> Transport {
    let endpoint = Endpoint::new_allowing_loopback_http(&server.base_url()).unwrap();
    Transport::builder(StaticToken::new("any").unwrap()).build(endpoint).unwrap()
}

fn update() -> UpdateLamp {
    UpdateLamp::new("1", LampUpdate::new().state(State::On))
}

async fn respond(server: &MockServer, method: &'static str, path: &'static str, status: u16, body: Option<Value>) {
    server
        .mock_async(|when, then| {
            when.is_true(move |request| request.method_str() == method).path(path);
            let then = then.status(status).header("location", format!("/{method}"));
            body.map(|body| then.json_body(body));
        })
        .await;
}

#[tokio::test]
#[allow(deprecated, reason = "that it is deprecated does not matter here")]
async fn one_call_reports_the_status_of_the_write() {
    let lamp = json!({ "id": "1", "state": "on" });
    for (written, reported, location) in [(202, 202, "/PATCH"), (204, 200, "/GET"), (200, 200, "/PATCH")] {
        let server = MockServer::start_async().await;
        respond(&server, "PATCH", "/lamps/1", written, (written == 200).then(|| lamp.clone())).await;
        respond(&server, "GET", "/lamps/1", 200, Some(lamp.clone())).await;
        let response = transport(&server).send(&update()).await.unwrap();
        assert_eq!((response.status(), response.header("location")), (reported, Some(location)));
        assert_eq!(serde_json::to_value(response.value()).unwrap(), lamp);
    }
    let server = MockServer::start_async().await;
    respond(&server, "DELETE", "/lamps/1", 202, None).await;
    respond(&server, "POST", "/lamps/1", 202, None).await;
    respond(&server, "PATCH", "/lamps/1", 202, None).await;
    respond(&server, "GET", "/lamps/1", 404, None).await;
    let transport = transport(&server);
    assert_eq!(transport.send(&RemoveLamp::new("1")).await.unwrap().status(), 202);
    let pulsed = transport.send(&Pulse::new("1")).await.unwrap();
    assert_eq!((pulsed.status(), pulsed.value()), (202, &None));
    let error = transport.send(&update()).await.unwrap_err();
    assert_eq!((error.status(), error.write_outcome()), (Some(404), Some(WriteOutcome::Applied)));
}

#[tokio::test]
#[allow(deprecated, reason = "that it is deprecated does not matter here")]
async fn a_batch_reports_the_status_of_each_write() {
    let lamp = json!({ "id": "1", "state": "on" });
    let server = MockServer::start_async().await;
    let part = |id: &str, status: u16, headers: Value, body: Value| json!({ "id": id, "status": status, "headers": headers, "body": body });
    let json_type = json!({ "Content-Type": "application/json" });
    let writes = json!({ "responses": [
        part("1", 202, json!({ "Location": "/jobs/1" }), Value::Null), part("2", 204, json!({}), Value::Null),
        part("3", 202, json!({}), Value::Null),
    ] });
    let reads = json!({ "responses": [part("1", 200, json_type.clone(), lamp.clone()), part("2", 200, json_type, lamp.clone())] });
    for (marker, body) in [("\"PATCH\"", writes), ("\"GET\"", reads)] {
        server
            .mock_async(|when, then| {
                when.method(POST).path("/$batch").body_includes(marker);
                then.status(200).json_body(body);
            })
            .await;
    }
    let mut batch = Batch::new(transport(&server));
    let [accepted, done] = [batch.add(update()), batch.add(update())];
    let removed = batch.add(RemoveLamp::new("1"));
    let mut results = batch.send().await.unwrap();
    let [accepted, done] = [results.take(accepted).unwrap(), results.take(done).unwrap()];
    assert_eq!((accepted.status(), accepted.header("location")), (202, Some("/jobs/1")));
    assert_eq!(serde_json::to_value(accepted.value()).unwrap(), lamp);
    assert_eq!((done.status(), results.take(removed).unwrap().status()), (200, 202));
}
