//! The settings of a client's connections.

use conformance::faults::{Authority, FaultyServer, ServerBehavior};
use conformance::{TOKEN, http2_server};
use msgraph_incident_tasks::{
    Client, ClientBuilder, Error, ErrorKind, IncidentTaskId, Limits, RetryPolicy, StaticToken, WriteOutcome,
};

fn builder(endpoint: &str) -> ClientBuilder {
    let credential = StaticToken::new(TOKEN).unwrap();
    Client::builder(credential).endpoint(endpoint).allow_loopback_http().retry(RetryPolicy::never())
}

async fn update(client: &Client) -> Result<(), Error> {
    let id: IncidentTaskId = "213213".parse()?;
    client.update_incident_task(id).status("open").send().await.map(drop)
}

async fn responding() -> FaultyServer {
    let success = ServerBehavior::Response { status: 200, parts: Default::default() };
    FaultyServer::start(vec![success], "", &Authority::new()).await
}

#[tokio::test]
async fn a_proxy_is_asked_to_connect_and_never_sees_the_token() {
    let proxy = FaultyServer::start(
        vec![ServerBehavior::Response { status: 403, parts: Default::default() }],
        "",
        &Authority::new(),
    )
    .await;
    let client = builder("https://graph.microsoft.com/beta").proxy(proxy.url()).build().unwrap();
    let error = update(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::Connect, Some(WriteOutcome::NotSent)));
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT graph.microsoft.com:443 "), "{requests:?}");
    assert!(!requests[0].contains(TOKEN) && !requests[0].contains("213213"));
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_asked_once_and_says_so() {
    let status = |status| ServerBehavior::Response { status, parts: Default::default() };
    for (proxy_status, policy, text) in [
        (407, RetryPolicy::default(), "the proxy rejected the user or password (407)"),
        (403, RetryPolicy::never(), "the proxy refused to connect"),
    ] {
        let proxy = FaultyServer::start(vec![status(proxy_status)], "", &Authority::new()).await;
        let url = proxy.url().replace("http://", "http://user:canary-password@");
        let client = builder("https://graph.microsoft.com/beta").retry(policy).proxy(url).build().unwrap();
        let error = update(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::Connect, Some(WriteOutcome::NotSent)));
        assert!(error.to_string().contains(text), "{error}");
        assert!(!format!("{error:?}").contains("canary-password"));
        assert_eq!(proxy.requests().len(), 1);
    }
}

#[tokio::test]
async fn loopback_http_uses_no_proxy_even_if_one_is_set() {
    let (server, proxy) = (responding().await, responding().await);
    update(&builder(server.url()).proxy(proxy.url()).build().unwrap()).await.unwrap();
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
async fn an_added_root_certificate_is_trusted_and_http2_is_used() {
    let authority = Authority::new();
    // The server speaks only HTTP/2.
    let url = http2_server(&authority).await;
    update(&builder(&url).root_certificates(authority.pem()).build().unwrap()).await.unwrap();
    let error = update(&builder(&url).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::Connect, Some(WriteOutcome::NotSent)));
}

#[tokio::test]
async fn the_callers_product_is_first_in_the_user_agent() {
    let server = responding().await;
    update(&builder(server.url()).user_agent("my-tool/1.0").build().unwrap()).await.unwrap();
    assert!(server.requests()[0].contains("user-agent: my-tool/1.0 msgraph-incident-tasks/"));
}

#[tokio::test]
async fn the_size_of_a_response_can_be_limited() {
    let server = responding().await;
    let error =
        update(&builder(server.url()).limits(Limits::default().body_bytes(10)).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.write_outcome()), (ErrorKind::ResponseTooLarge, Some(WriteOutcome::Applied)));
}

#[test]
fn invalid_settings_are_rejected_when_the_client_is_built() {
    let https = "https://graph.microsoft.com/beta";
    for builder in [
        builder(https).proxy("no url at all"),
        builder(https).root_certificates("no certificate"),
        builder(https).root_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        builder(https).user_agent("a\nb"),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::Configuration);
    }
}
