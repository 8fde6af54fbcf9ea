//! The emulator's page, in a browser if one is installed.

use std::process::Command;

use conformance::{client, spec};
use msgraph_incident_tasks::IncidentTaskId;
use msgraph_incident_tasks_emulator::{Emulator, SpecValidator};

const PAGE: &str = include_str!("../../../../crates/msgraph-incident-tasks-emulator/src/page.html");

/// Returns the first installed browser.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_tasks_requests_and_each_operation() {
    let Some(browser) = browser() else {
        println!("SKIPPED: no browser found on this machine");
        return;
    };
    let emulator = Emulator::start().await.unwrap();
    let mut task = emulator.task("213213").unwrap();
    task.insert("displayName".to_owned(), "<b id=markup>no markup</b>".into());
    emulator.put_task(task).unwrap();
    let id: IncidentTaskId = "213213".parse().unwrap();
    client(&emulator.url()).update_incident_task(id).status("failed").send().await.unwrap();

    let profile = tempfile::tempdir().unwrap();
    let page = emulator.url().replace("/beta", "/");
    let browse = move || {
        let mut command = Command::new(browser);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=200", "--dump-dom"]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg(page).output().unwrap()
    };
    let output = tokio::task::spawn_blocking(browse).await.unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    for expected in [
        ">213214</span>",
        ">failed</span>",
        ">PATCH</span>",
        "title=\"/beta/security/incidentTasks/213213\"",
        ">&lt;b id=markup&gt;",
    ] {
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
    for operation in SpecValidator::new(&spec().to_string()).unwrap().operations() {
        assert!(shown.contains(&format!("{} {}", operation.method().to_uppercase(), operation.path())), "{shown}");
    }
}

#[test]
fn the_page_loads_nothing_from_elsewhere_and_writes_no_markup() {
    for trace in ["http://", "https://", "src=", "@import", "innerHTML", "insertAdjacentHTML", "document.write"] {
        assert!(!PAGE.contains(trace), "{trace}");
    }
}
