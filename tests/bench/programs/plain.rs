//! One update by plain reqwest: `plain <endpoint> [<certificate to trust>]`.

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Update<'a> {
    status: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct Task {
    id: Option<String>,
    display_name: Option<String>,
    status: Option<String>,
    source: Option<String>,
    action_type: Option<String>,
    action_status: Option<String>,
    created_date_time: Option<String>,
    last_modified_date_time: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("an endpoint is missing")?;
    let mut builder = reqwest::Client::builder();
    if let Some(file) = arguments.next() {
        builder = builder.tls_certs_merge([reqwest::Certificate::from_pem(&std::fs::read(file)?)?]);
    }
    let request = builder.build()?.patch(format!("{url}/security/incidentTasks/213213"));
    let request = request.bearer_auth("bench").json(&Update { status: "completed" });
    let task: Task = request.send().await?.error_for_status()?.json().await?;
    println!("{:?}", task.status);
    Ok(())
}
