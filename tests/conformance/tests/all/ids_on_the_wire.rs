//! Every ID that is accepted stays in its segment of the path, on the wire.

use conformance::client;
use conformance::faults::{Authority, FaultyServer, ServerBehavior};
use msgraph_incident_tasks::{Error, ErrorKind, IncidentTaskId};
use proptest::test_runner::{Config, TestRunner};

#[test]
fn any_accepted_id_is_one_segment_of_the_path() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
    let server = runtime.block_on(FaultyServer::start(
        vec![ServerBehavior::Response { status: 200, parts: Default::default() }],
        "",
        &Authority::new(),
    ));
    let mut runner = TestRunner::new(Config { cases: 512, failure_persistence: None, ..Config::default() });
    let ids = "(\\PC|[./\\\\%?#:;{}]|\\.\\.){0,12}";
    let result = runner.run(&ids, |text| {
        let Ok(id) = text.parse::<IncidentTaskId>() else { return Ok(()) };
        let sent = runtime.block_on(client(server.url()).update_incident_task(id).status("open").send());
        // The response is that of another task.
        proptest::prop_assert_eq!(sent.as_ref().err().map(Error::kind), Some(ErrorKind::InvalidResponse), "{:?}", sent);
        let requests = server.requests();
        let line = requests.last().and_then(|head| head.lines().next()).unwrap_or_default().to_owned();
        let path = line.split(' ').nth(1).unwrap_or_default();
        let segment = path.strip_prefix("/beta/security/incidentTasks/");
        proptest::prop_assert!(
            segment.is_some_and(|segment| !segment.is_empty() && !segment.contains(['/', '?', '#']))
        );
        Ok(())
    });
    assert!(result.is_ok(), "{result:?}");
    assert!(server.requests().len() > 100, "{} were accepted", server.requests().len());
}
