//! A write that must not be retried reaches a handler at most once, also when its future is dropped.

use std::task::Poll;

use conformance::faults::{Authority, FaultyServer, Kind, RecordingTimer, call, faulty_client, lines};

/// Polls a call up to `polls` times, and then drops it. Returns true if it had completed.
async fn drop_after(client: &msgraph_incident_tasks::Client, polls: usize) -> bool {
    let mut future = Box::pin(call(client, Kind::Execute));
    let mut polled = 0;
    std::future::poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(false);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if polled == polls => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_write_that_is_dropped_at_any_await_point_has_run_at_most_once() {
    let authority = Authority::new();
    let mut drops = 0;
    for name in ["success", "503 once", "429 three times", "401 once", "reset once", "stall once", "stall in the body"]
    {
        let Some(line) = lines().into_iter().find(|line| line.name == name) else { panic!("no line {name}") };
        for polls in 0.. {
            let server = FaultyServer::start(line.behaviors.clone(), "", &authority).await;
            let client = faulty_client(&server, RecordingTimer::new(server.stalled()), None);
            let ended = drop_after(&client, polls).await;
            // Requests in flight arrive.
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            assert!(server.may_have_run() <= 1, "{name} dropped after {polls} polls");
            if ended {
                break;
            }
            drops += 1;
        }
    }
    println!("{drops} drops");
    assert!(drops >= 14, "only {drops} drops");
}
