//! Each client lists, reads and updates, and keeps what its spec does not know.

use httpmock::prelude::*;
use msgraph_core::{Endpoint, Operation, Pages, StaticToken, Transport};
use resources::{alerts, incidents};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn transport(server: &MockServer) -> Transport {
    let endpoint = Endpoint::new_allowing_loopback_http(&server.base_url()).unwrap();
    Transport::builder(StaticToken::new("any").unwrap()).build(endpoint).unwrap()
}

/// Sends an operation to a server that takes exactly this request, and returns what was read, written back.
async fn sent<O>(operation: &O, path: &str, body: Option<Value>, response: &Value) -> Value
where
    O: Operation<Response: Serialize + DeserializeOwned>,
{
    let server = MockServer::start_async().await;
    let method = O::METHOD.to_owned();
    let mock = server
        .mock_async(|when, then| {
            let when = when.is_true(move |request| request.method_str() == method).path(path);
            if let Some(body) = body {
                when.json_body(body);
            }
            then.status(200).header("content-type", "application/json").json_body(response.clone());
        })
        .await;
    let read = transport(&server).send(operation).await.unwrap();
    mock.assert_async().await;
    serde_json::to_value(read.value()).unwrap()
}

/// An incident with values and types that no spec has.
fn incident() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.security.incident", "id": "29", "status": "paused", "severity": null,
        "classification": "truePositive", "lastUpdateDateTime": "2023-06-27T10:49:33.98Z", "priorityScore": 7.5,
        "customTags": ["a", null],
        "comments": [{ "comment": "c", "createdByDisplayName": "d", "createdDateTime": null, "new": {} }],
        "alerts": [{ "id": "1", "detectionSource": "tomorrowsSource", "evidence": [
            { "@odata.type": "#microsoft.graph.security.deviceEvidence", "verdict": "undecided", "roles": ["compromised", "new"],
              "deviceDnsName": "pc" }] }],
    })
}

fn alert() -> Value {
    json!({
        "id": "da6", "status": "new", "serviceSource": "nextService", "mitreTechniques": ["T1059", null], "resolvedDateTime": null,
        "evidence": [{ "@odata.type": "#microsoft.graph.security.userEvidence", "userAccount": { "accountName": "x" } }],
        "additionalData": { "a": [1] },
    })
}

#[tokio::test]
async fn incidents_are_listed_read_and_updated_with_all_that_they_have() {
    use incidents::{operations::*, types::*};
    let path = "/security/incidents/29";
    assert_eq!(sent(&GetIncident::new("29").expand("alerts"), path, None, &incident()).await, incident());
    let page = json!({ "value": [incident()], "@odata.count": 1, "@odata.context": "c" });
    assert_eq!(sent(&ListIncidents::new().top(5), "/security/incidents", None, &page).await, page);
    let body = IncidentUpdate::new()
        .status(IncidentStatus::Resolved)
        .assigned_to("a@b.test".to_owned())
        .custom_tags(["t".to_owned()]);
    let json = json!({ "status": "resolved", "assignedTo": "a@b.test", "customTags": ["t"] });
    assert_eq!(sent(&UpdateIncident::new("29", body), path, Some(json), &incident()).await, incident());
}

#[tokio::test]
async fn alerts_are_listed_read_and_updated_with_all_that_they_have() {
    use alerts::{operations::*, types::*};
    let path = "/security/alerts_v2/da6";
    assert_eq!(sent(&GetAlert::new("da6"), path, None, &alert()).await, alert());
    let page = json!({ "value": [alert()], "@odata.nextLink": null });
    assert_eq!(sent(&ListAlerts::new().filter("status eq 'new'"), "/security/alerts_v2", None, &page).await, page);
    let body = AlertUpdate::new().determination(AlertDetermination::Malware);
    let json = json!({ "determination": "malware" });
    assert_eq!(sent(&UpdateAlert::new("da6", body), path, Some(json), &alert()).await, alert());
}

#[tokio::test]
async fn a_list_is_a_stream_of_its_items_over_all_pages() {
    use incidents::operations::ListIncidents;
    let server = MockServer::start_async().await;
    let next = server.url("/security/incidents?page=2");
    for (page, body) in [
        (None, json!({ "value": [incident()], "@odata.nextLink": next })),
        (Some("2"), json!({ "value": [{ "id": "30" }] })),
    ] {
        server
            .mock_async(|when, then| {
                let when = when.method(GET).path("/security/incidents");
                match page {
                    Some(page) => when.query_param("page", page),
                    None => when.query_param_missing("page"),
                };
                then.status(200).json_body(body);
            })
            .await;
    }
    let mut items = Pages::new(transport(&server), Ok(ListIncidents::new())).items();
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        let incident = item.unwrap();
        found.push((incident.id.unwrap(), incident.status.map(|status| status.as_str().to_owned())));
    }
    assert_eq!(found, [("29".to_owned(), Some("paused".to_owned())), ("30".to_owned(), None)]);
}

#[tokio::test]
async fn a_value_that_the_spec_does_not_list_is_not_sent() {
    use incidents::{operations::*, types::*};
    let server = MockServer::start_async().await;
    for status in ["unknownFutureValue", "paused"] {
        let update = UpdateIncident::new("29", IncidentUpdate::new().status(status));
        assert!(transport(&server).send(&update).await.is_err(), "{status}");
    }
}
