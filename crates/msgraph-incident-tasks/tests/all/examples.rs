//! Each example does what it says, against an emulator.

use std::process::Command;

#[test]
fn each_example_does_what_it_says() {
    // cargo builds the examples before it runs all tests, into a folder beside that of the tests.
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap().join("examples");
    let printed = |name: &str| {
        let program = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        let output = Command::new(program).output();
        let output = output.unwrap_or_else(|error| panic!("{name} ({error}): a single test builds no examples"));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    for (name, said) in [
        ("update", "posted by Some(Unknown"),
        ("list", " open\n"),
        ("bulk", "999: update_incident_task: HTTP 404"),
        ("credential", "asked for a token of https://graph.microsoft.com/.default"),
        ("faults", "after 2 requests"),
        ("tracing", "update_incident_task"),
    ] {
        let printed = printed(name);
        assert!(printed.contains(said), "{name} prints {printed}");
    }
    assert_eq!(printed("credential").matches("asked for").count(), 1);
    assert!(!printed("tracing").contains("Bearer"));
}
