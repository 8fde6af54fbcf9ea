//! For each fault of a service or a gateway: the number of attempts, the waits, and the result of a call.

use std::collections::BTreeMap;
use std::time::Duration;

use conformance::faults::{
    Authority, FaultyServer, Kind, Line, RecordingTimer, ServerBehavior, Wait, call, describe, faulty_client, lines,
};
use msgraph_incident_tasks::{
    AccessToken, Client, CredentialError, FnCredential, RetryPolicy, StaticToken, WriteOutcome,
};

/// Runs a line for one kind of call, and returns the first difference from the line.
async fn run(line: &Line, kind: Kind, authority: &Authority) -> Result<(), String> {
    let elsewhere = FaultyServer::start(vec![ServerBehavior::Garbage], "", authority).await;
    let server = FaultyServer::start(line.behaviors.clone(), elsewhere.url(), authority).await;
    let timer = RecordingTimer::new(server.stalled());
    let trusted = (line.behaviors[0] != ServerBehavior::Tls("unknown-root".to_owned())).then_some(authority);
    let result = call(&faulty_client(&server, timer.clone(), trusted), kind).await;

    let expected = &line.expected[match kind {
        Kind::Get | Kind::Page => 0,
        Kind::Update => 1,
        Kind::Execute => 2,
        Kind::Batch => 3,
    }];
    let requests = server.requests();
    let attempts = result.as_ref().err().map_or(requests.len() as u32, |error| error.attempts());
    if (attempts, &describe(&result)) != (expected.attempts, &expected.result) {
        return Err(format!("{attempts} {:?}: {result:?}", describe(&result)));
    }
    waits_are(&timer.waits(), &line.waits)?;
    if timer.passed() > RetryPolicy::default().deadline {
        return Err(format!("it took {:?}", timer.passed()));
    }
    let waited = timer.waits().len();
    // With another token, or on another connection.
    let once = |behavior: &_| matches!(behavior, ServerBehavior::Response { status: 401 | 421, .. });
    let is_resolved = line.behaviors.iter().any(once);
    if attempts as usize - 1 != waited + usize::from(is_resolved && attempts as usize > waited + 1) {
        return Err(format!("{attempts} attempts with {waited} waits"));
    }
    if let Err(error) = &result
        && error.status().is_some()
        && error.request_id() != Some("their-id")
    {
        return Err(format!("the request ID is lost: {error}"));
    }
    each_attempt_says_which_it_is(&requests, kind)?;
    if kind == Kind::Execute && server.may_have_run() > 1 {
        return Err(format!("it may have run {} times", server.may_have_run()));
    }
    if !elsewhere.requests().is_empty() {
        return Err("the redirect was followed".to_owned());
    }
    Ok(())
}

fn waits_are(waits: &[Duration], expected: &[Wait]) -> Result<(), String> {
    if waits.len() > expected.len() {
        return Err(format!("{} waits", waits.len()));
    }
    for (wait, expected) in waits.iter().zip(expected) {
        let is_right = match expected {
            Wait::AtMost(bound) => wait <= bound,
            Wait::HalfAtLeast(bound) => wait <= bound && *wait >= *bound / 2,
            // A random wait may be longer than `Retry-After`.
            Wait::Exactly(exact) => wait >= exact && *wait <= (*exact).max(Duration::from_secs(4)),
        };
        if !is_right {
            return Err(format!("a wait of {wait:?} for {expected:?}"));
        }
    }
    Ok(())
}

/// Checks that each attempt has the same client-request-id, and `Retry-Attempt` from the second on.
fn each_attempt_says_which_it_is(requests: &[String], kind: Kind) -> Result<(), String> {
    let header = |request: &str, name: &str| {
        let lines = request.lines().map(|line| line.split_once(": ").unwrap_or_default());
        lines.filter(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let mut calls: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for request in requests {
        let attempts = calls.entry(header(request, "client-request-id")).or_default();
        let retry = header(request, "retry-attempt");
        if retry != (*attempts > 0).then(|| attempts.to_string()) {
            return Err(format!("attempt {attempts} has Retry-Attempt {retry:?}"));
        }
        *attempts += 1;
    }
    // After a 204 an update reads the task in a separate call; the rest of a batch is a new batch.
    let may_be_several = matches!(kind, Kind::Update | Kind::Batch);
    if calls.len() > 1 && !may_be_several { Err("the client-request-id changes".to_owned()) } else { Ok(()) }
}

#[tokio::test]
async fn every_fault_has_the_result_in_the_matrix() {
    let authority = Authority::new();
    let (mut rows, mut failed) = (0, Vec::new());
    for line in lines() {
        let is_http2 = matches!(line.behaviors[0], ServerBehavior::Http2(_));
        // Over HTTP/2 a second page is on the connection of the first: there a closed one is no news.
        for kind in Kind::ALL.into_iter().filter(|kind| !(is_http2 && *kind == Kind::Page)) {
            rows += 1;
            let run = tokio::time::timeout(Duration::from_secs(60), run(&line, kind, &authority)).await;
            if let Err(problem) = run.unwrap_or_else(|_| Err("it hangs".to_owned())) {
                failed.push(format!("{} ({kind:?}): {problem}", line.name));
            }
        }
    }
    println!("{rows} rows, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn an_error_names_what_went_wrong() {
    let authority = Authority::new();
    for (name, text) in [
        ("connection refused", "onnection refused"),
        ("unresolvable name", "dns error"),
        ("TLS with an unknown root", "certificate"),
        ("TLS with an expired certificate", "certificate expired"),
        ("TLS with another name", "not valid for name"),
        ("huge headers", "message head is too large"),
        ("not HTTP", "invalid HTTP response from http"),
        (
            "HTTP/2 refuses the request",
            "did not process the request: http2 error: stream error received: refused stream",
        ),
        ("GOAWAY before the request", "did not process the request: http2 error: connection error received"),
        ("GOAWAY with an error", "http2 error: connection error received: detected excessive load"),
        ("HTTP/2 cancels the request", "http2 error: stream error received: stream no longer needed"),
        ("success that ends early", "connection closed before the body was complete"),
        ("redirect to the same host", "redirects are not followed (to /beta/elsewhere)"),
        ("redirect without a target", "undocumented status for this operation"),
        ("not modified, with a location", "HTTP 304 Not Modified, undocumented status for this operation"),
        ("use a proxy", "undocumented status for this operation"),
    ] {
        let line = lines().into_iter().find(|line| line.name == name).unwrap();
        let server = FaultyServer::start(line.behaviors.clone(), "", &authority).await;
        let trusted = (name != "TLS with an unknown root").then_some(&authority);
        let client = faulty_client(&server, RecordingTimer::new(server.stalled()), trusted);
        let error = call(&client, Kind::Get).await.unwrap_err().to_string();
        assert!(error.contains(text), "{name}: {error}");
    }
}

#[tokio::test]
async fn an_error_has_the_retry_after_of_the_service() {
    let line = lines().into_iter().find(|line| line.name == "Retry-After past the deadline").unwrap();
    let authority = Authority::new();
    let server = FaultyServer::start(line.behaviors, "", &authority).await;
    let client = faulty_client(&server, RecordingTimer::new(server.stalled()), None);
    let error = call(&client, Kind::Get).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert!(error.to_string().contains("Retry-After is 120 s, but only 120 s remain before the deadline"), "{error}");
}

#[tokio::test]
async fn a_final_claims_challenge_is_an_error_with_its_claims() {
    let authority = Authority::new();
    for (status, attempts) in [(401, 2), (403, 1)] {
        let challenge = ServerBehavior::Response { status, parts: [("www".to_owned(), "claims".to_owned())].into() };
        let server = FaultyServer::start(vec![challenge], "", &authority).await;
        let client = faulty_client(&server, RecordingTimer::new(server.stalled()), None);
        let error = call(&client, Kind::Update).await.unwrap_err();
        assert_eq!(error.claims().as_deref(), Some("eyJh"));
        assert_eq!((error.status(), error.attempts()), (Some(status), attempts));
        assert_eq!(error.is_unauthorized(), status == 401);
        assert_eq!(error.is_forbidden(), status == 403);
    }
}

#[tokio::test]
async fn a_token_is_fetched_with_the_claims_of_the_challenge() {
    let challenge = ServerBehavior::Response { status: 401, parts: [("www".to_owned(), "claims".to_owned())].into() };
    let success = ServerBehavior::Response { status: 200, parts: Default::default() };
    let server = FaultyServer::start(vec![challenge, success], "", &Authority::new()).await;
    let credential = FnCredential::new(|request| {
        let token = request.claims.map_or_else(|| "without-claims".to_owned(), |claims| format!("with-{claims}"));
        std::future::ready(AccessToken::new(token).map_err(|error| CredentialError::new(error.to_string())))
    });
    let client = Client::builder(credential).endpoint(server.url()).allow_loopback_http().build().unwrap();
    call(&client, Kind::Execute).await.unwrap();
    let requests = server.requests();
    assert!(requests[0].contains("Bearer without-claims") && requests[1].contains("Bearer with-eyJh"), "{requests:?}");
}

#[tokio::test]
async fn a_credential_that_does_not_respond_ends_by_the_deadline_with_nothing_sent() {
    let server = FaultyServer::start(vec![ServerBehavior::Garbage], "", &Authority::new()).await;
    let timer = RecordingTimer::new(server.stalled());
    let credential = FnCredential::new(|_| std::future::pending::<Result<AccessToken, CredentialError>>());
    let client = Client::builder(credential).endpoint(server.url()).allow_loopback_http().timer(timer).build().unwrap();
    server.stalled().notify_one();
    let error = call(&client, Kind::Execute).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.write_outcome(), Some(WriteOutcome::NotSent));
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn an_exhausted_retry_budget_ends_the_retries_of_all_clones() {
    let line = lines().into_iter().find(|line| line.name == "503").unwrap();
    let server = FaultyServer::start(line.behaviors, "", &Authority::new()).await;
    let mut policy = RetryPolicy::default();
    policy.budget = 4;
    let credential = StaticToken::new("a").unwrap();
    let timer = RecordingTimer::new(server.stalled());
    let client = Client::builder(credential)
        .endpoint(server.url())
        .allow_loopback_http()
        .timer(timer)
        .retry(policy)
        .build()
        .unwrap();
    let mut attempts = Vec::new();
    for _ in 0..3 {
        let error = call(&client.clone(), Kind::Get).await.unwrap_err();
        attempts.push(error.attempts());
    }
    assert_eq!(attempts, [4, 2, 1]);
    let error = call(&client, Kind::Get).await.unwrap_err();
    assert!(error.to_string().contains("the retry budget is used up"), "{error}");
}
