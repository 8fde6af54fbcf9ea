//! Each example runs on an emulator.

use std::process::Command;

#[test]
fn each_example_prints_its_results() {
    // cargo builds the examples before it runs all tests, into a folder next to that of the tests.
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap().join("examples");
    let printed = |name: &str| {
        let program = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        let output = Command::new(program).output();
        let output = output.unwrap_or_else(|error| panic!("{name} ({error}): a single test builds no examples"));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    for (name, expected) in [
        ("update", "source Some("),
        ("list", " open\n"),
        ("bulk", "999: update_incident_task: HTTP 404"),
        ("batch", "HTTP 424 Failed Dependency"),
        ("credential", "fetching a token for https://graph.microsoft.com/.default"),
        ("faults", "after 2 requests"),
        ("tracing", "update_incident_task"),
    ] {
        let printed = printed(name);
        assert!(printed.contains(expected), "{name} prints {printed}");
    }
    assert_eq!(printed("credential").matches("fetching").count(), 1);
    assert!(!printed("tracing").contains("Bearer"));
}
