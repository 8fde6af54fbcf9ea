//! Each client lists, reads and updates, and keeps what its spec does not know.

use httpmock::prelude::*;
use msgraph_core::{Collection, Endpoint, Operation, Pages, StaticToken, Transport};
use resources::{alerts, incidents, messages};
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

fn message() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.eventMessage", "id": "AAMk", "subject": null, "importance": "urgent",
        "conversationIndex": "AQHX-_8=", "receivedDateTime": "2023-06-27T10:49:33Z", "meetingMessageType": "none",
        "toRecipients": [{ "emailAddress": { "name": "A", "address": "a@b.test" } }],
        "body": { "contentType": "markdown", "content": "# x" },
        "attachments": [{ "@odata.type": "#microsoft.graph.itemAttachment", "size": 7, "item": { "id": "1" } }],
    })
}

#[tokio::test]
async fn messages_are_listed_read_and_updated_with_all_that_they_have() {
    use messages::{operations::*, types::*};
    let path = "/users/me@b.test/messages/AAMk";
    assert_eq!(sent(&GetMessage::new("me@b.test", "AAMk"), path, None, &message()).await, message());
    let page = json!({ "value": [message()] });
    let list = ListMessages::new("me@b.test").include_hidden_messages("true");
    assert_eq!(sent(&list, "/users/me@b.test/messages", None, &page).await, page);
    let body = MessageUpdate::new().is_read(true).importance(Importance::High);
    let json = json!({ "isRead": true, "importance": "high" });
    assert_eq!(sent(&UpdateMessage::new("me@b.test", "AAMk", body), path, Some(json), &message()).await, message());
}

/// Returns the items of a list that has this item on its first page, and another on its second, written back.
async fn streamed<O, I>(list: O, path: &str, item: Value) -> Vec<Value>
where
    O: Operation<Response: Collection<Item = I>> + 'static,
    I: Serialize,
{
    let server = MockServer::start_async().await;
    let next = server.url(format!("{path}?page=2"));
    for (page, body) in
        [(None, json!({ "value": [item], "@odata.nextLink": next })), (Some("2"), json!({ "value": [{ "id": "30" }] }))]
    {
        server
            .mock_async(|when, then| {
                let when = when.method(GET).path(path);
                match page {
                    Some(page) => when.query_param("page", page),
                    None => when.query_param_missing("page"),
                };
                then.status(200).json_body(body);
            })
            .await;
    }
    let mut items = Pages::new(transport(&server), Ok(list)).items();
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        found.push(serde_json::to_value(item.unwrap()).unwrap());
    }
    found
}

#[tokio::test]
async fn a_list_is_a_stream_of_its_items_over_all_pages() {
    let second = json!({ "id": "30" });
    let incidents = incidents::operations::ListIncidents::new();
    assert_eq!(streamed(incidents, "/security/incidents", incident()).await, [incident(), second.clone()]);
    let messages = messages::operations::ListMessages::new("me@b.test");
    assert_eq!(streamed(messages, "/users/me@b.test/messages", message()).await, [message(), second]);
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
