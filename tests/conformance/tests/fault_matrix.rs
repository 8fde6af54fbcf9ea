//! Whatever a service, or what is before it, does: the call is sent as often as is harmless, waits as it
//! should, and says honestly what became of it.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, like the test")]

use std::time::Duration;

use conformance::faults::{
    Act, Authority, FaultyServer, Kind, Line, RecordingTimer, Wait, call, in_words, lines, transport,
};

/// Runs a line for one kind of call, and returns what is not as the line says.
async fn run(line: &Line, kind: Kind, authority: &Authority) -> Result<(), String> {
    let elsewhere = FaultyServer::start(vec![Act::Garbage], "", authority).await;
    let server = FaultyServer::start(line.acts.clone(), elsewhere.url(), authority).await;
    let timer = RecordingTimer::new(server.stalled());
    let trusted = (line.acts[0] != Act::Tls("unknown-root".to_owned())).then_some(authority);
    let result = call(&transport(&server, timer.clone(), trusted), kind).await;

    let expected = &line.expected[match kind {
        Kind::Read | Kind::Page => 0,
        Kind::IdempotentWrite => 1,
        Kind::OtherWrite => 2,
    }];
    let requests = server.requests();
    let attempts = result.as_ref().err().map_or(requests.len() as u32, |error| error.attempts());
    if (attempts, &in_words(&result)) != (expected.attempts, &expected.result) {
        return Err(format!("{attempts} {:?}: {result:?}", in_words(&result)));
    }
    waits_are(&timer.waits(), &line.waits)?;
    let waited = timer.waits().len();
    let authorized_again = line.acts.iter().any(|act| matches!(act, Act::Answer { status: 401, .. }));
    if attempts as usize - 1 != waited + usize::from(authorized_again && attempts as usize > waited + 1) {
        return Err(format!("{attempts} attempts with {waited} waits"));
    }
    if let Err(error) = &result
        && error.status().is_some()
        && error.request_id() != Some("their-id")
    {
        return Err(format!("the request ID is lost: {error}"));
    }
    each_attempt_says_which_it_is(&requests)?;
    if kind == Kind::OtherWrite && server.may_have_run() > 1 {
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
            // A random wait of at most some seconds may be longer than what the service asks for.
            Wait::Exactly(exact) => wait >= exact && *wait <= (*exact).max(Duration::from_secs(4)),
        };
        if !is_right {
            return Err(format!("a wait of {wait:?} for {expected:?}"));
        }
    }
    Ok(())
}

/// The same client-request-id each time, and `Retry-Attempt` from the second on.
fn each_attempt_says_which_it_is(requests: &[String]) -> Result<(), String> {
    let header = |request: &str, name: &str| {
        let lines = request.lines().map(|line| line.split_once(": ").unwrap_or_default());
        lines.filter(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    for (number, request) in requests.iter().enumerate() {
        let retry = header(request, "retry-attempt");
        if retry != (number > 0).then(|| number.to_string()) {
            return Err(format!("attempt {number} says Retry-Attempt {retry:?}"));
        }
        if header(request, "client-request-id") != header(&requests[0], "client-request-id") {
            return Err("the client-request-id changes".to_owned());
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_fault_is_met_as_the_matrix_says() {
    let authority = Authority::new();
    let (mut rows, mut failed) = (0, Vec::new());
    for line in lines() {
        for kind in Kind::ALL {
            rows += 1;
            if let Err(problem) = run(&line, kind, &authority).await {
                failed.push(format!("{} ({kind:?}): {problem}", line.name));
            }
        }
    }
    println!("{rows} rows, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn an_error_says_how_long_the_service_asked_for() {
    let line = lines().into_iter().find(|line| line.name == "Retry-After past the deadline").unwrap();
    let authority = Authority::new();
    let server = FaultyServer::start(line.acts, "", &authority).await;
    let transport = transport(&server, RecordingTimer::new(server.stalled()), None);
    let error = call(&transport, Kind::Read).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert!(error.to_string().contains("the service asks to wait 120 s and 120 s are left"), "{error}");
}

#[tokio::test]
async fn a_claims_challenge_that_stands_is_surfaced_with_its_claims() {
    let authority = Authority::new();
    let challenge = Act::Answer { status: 401, parts: [("www".to_owned(), "claims".to_owned())].into() };
    let server = FaultyServer::start(vec![challenge], "", &authority).await;
    let transport = transport(&server, RecordingTimer::new(server.stalled()), None);
    let error = call(&transport, Kind::IdempotentWrite).await.unwrap_err();
    assert_eq!(error.claims().as_deref(), Some("eyJh"));
    assert!(error.is_unauthorized());
}
