//! Confirming a write with an unknown outcome never claims more than it read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use conformance::TOKEN;
use conformance::faults::RecordingTimer;
use httpmock::{HttpMockResponse, MockServer};
use msgraph_incident_tasks::types::{IncidentTaskActionStatus, IncidentTaskStatus};
use msgraph_incident_tasks::{Client, Confirmation, IncidentTaskId, RetryPolicy, StaticToken};

/// Returns a server of these responses; the last one repeats.
async fn reads(responses: &'static [(u16, &'static str)]) -> (MockServer, Arc<AtomicUsize>) {
    let server = MockServer::start_async().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    server
        .mock_async(|when, then| {
            when.method("GET").path("/beta/security/incidentTasks/1");
            then.respond_with(move |_| {
                let (status, body) = responses[counter.fetch_add(1, Ordering::SeqCst).min(responses.len() - 1)];
                HttpMockResponse::builder().status(status).body(body).build()
            });
        })
        .await;
    (server, count)
}

/// Returns a client whose waits take no time, and its clock.
fn client(server: &MockServer) -> (Client, RecordingTimer) {
    let timer = RecordingTimer::new(Arc::default());
    let token = StaticToken::new(TOKEN).unwrap();
    let client = Client::builder(token).endpoint(server.url("/beta")).allow_loopback_http().timer(timer.clone());
    (client.retry(RetryPolicy::never()).build().unwrap(), timer)
}

fn id() -> IncidentTaskId {
    "1".parse().unwrap()
}

const OPEN: (u16, &str) = (200, r#"{"id":"1","status":"open"}"#);
const COMPLETED: (u16, &str) = (200, r#"{"id":"1","status":"completed"}"#);

#[tokio::test]
async fn an_update_is_read_until_it_is_visible_at_most_three_times() {
    let observed = |status, matches| Confirmation::Observed { status, matches };
    let cases: [(&[_], _, _); 7] = [
        (&[COMPLETED], observed(IncidentTaskStatus::Completed, true), 1),
        (&[OPEN, COMPLETED], observed(IncidentTaskStatus::Completed, true), 2),
        (&[OPEN, (503, ""), COMPLETED], observed(IncidentTaskStatus::Completed, true), 3),
        (&[OPEN], observed(IncidentTaskStatus::Open, false), 3),
        (&[(200, r#"{"id":"1","status":"no such status"}"#)], observed("no such status".into(), false), 3),
        (&[(404, "")], Confirmation::Unobserved, 3),
        (&[(200, r#"{"id":"1"}"#)], Confirmation::Unobserved, 3),
    ];
    for (responses, expected, reads_made) in cases {
        let (server, count) = reads(responses).await;
        let (client, timer) = client(&server);
        let update = client.update_incident_task(id()).status("completed");
        assert_eq!(update.confirm().await.unwrap(), expected);
        assert_eq!(count.load(Ordering::SeqCst), reads_made, "{expected:?}");
        assert_eq!(timer.waits(), [1, 4].map(Duration::from_secs)[..reads_made - 1]);
    }
}

#[tokio::test]
async fn a_failed_read_is_not_the_outcome_of_the_write() {
    for (status, responses) in [(401, &[(401, "")]), (403, &[(403, "")]), (500, &[(500, "")])] {
        let (server, _) = reads(responses).await;
        let error = client(&server).0.update_incident_task(id()).status("completed").confirm().await.unwrap_err();
        assert_eq!((error.status(), error.write_outcome()), (Some(status), None));
    }
}

#[tokio::test]
async fn a_begun_action_is_confirmed_by_its_status() {
    for (responses, status, matches) in [
        (&[(200, r#"{"id":"1","actionStatus":"inProgress"}"#)], IncidentTaskActionStatus::InProgress, true),
        (&[(200, r#"{"id":"1","actionStatus":"failed"}"#)], IncidentTaskActionStatus::Failed, true),
        (&[(200, r#"{"id":"1","actionStatus":"notStarted"}"#)], IncidentTaskActionStatus::NotStarted, false),
    ] {
        let (server, _) = reads(responses).await;
        let execution = client(&server).0.execute_response_action(id());
        assert_eq!(execution.confirm().await.unwrap(), Confirmation::Observed { status, matches });
    }
}
