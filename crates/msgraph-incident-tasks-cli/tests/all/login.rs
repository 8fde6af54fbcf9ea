//! Sign-in of a user, at an authority on loopback over TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};

use oauth2::url::Url;
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};

use crate::authority::Authority;
use crate::running::{Running, TOKEN};

const LOGIN: [&str; 6] = ["login", "--tenant", "t-1", "--client-id", "c-1", "--insecure-storage"];

fn tokens(refresh_token: &str, expires_in: u32) -> (&'static str, String) {
    let body = format!(
        r#"{{"token_type":"Bearer","access_token":"{TOKEN}","expires_in":{expires_in},"refresh_token":"{refresh_token}"}}"#
    );
    ("200 OK", body)
}

fn error(error: &str, description: &str) -> (&'static str, String) {
    ("400 Bad Request", format!(r#"{{"error":"{error}","error_description":"{description}","error_codes":[1]}}"#))
}

fn device_code(interval: u32) -> (&'static str, String) {
    let body = format!(
        r#"{{"device_code":"canary-device","user_code":"AB\u001b[2J-1","verification_uri":"https://example.test/devicelogin",
           "expires_in":900,"interval":{interval}}}"#
    );
    ("200 OK", body)
}

/// Everything that was printed. No secret is.
fn printed(output: &Output) -> String {
    let text = [&output.stderr[..], &output.stdout].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
    assert!(!text.contains("canary") && !text.contains('\u{1b}'), "{text}");
    text
}

/// Signs in by the browser, whose redirect has these parameters beside the state, and returns what the login printed, and
/// the URL that it opened.
fn by_browser(authority: &Authority, parameters: &str, state: Option<&str>) -> (Output, Url) {
    let mut process = authority.command(&LOGIN).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let url = Url::parse(line.strip_prefix("sign in at ").unwrap().trim()).unwrap();
    let redirect = Url::parse(&parameter(&url, "redirect_uri")).unwrap();
    let address = ("127.0.0.1", redirect.port().unwrap());
    let get = |target: &str| {
        let mut connection = TcpStream::connect(address).unwrap();
        write!(connection, "GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).unwrap();
        response
    };
    // A browser opens connections that it does not use, and asks for an icon.
    let _idle = TcpStream::connect(address).unwrap();
    assert!(get("/favicon.ico?code=x").starts_with("HTTP/1.1 404 "));
    let state = state.map_or_else(|| parameter(&url, "state"), str::to_owned);
    let response = get(&format!("/?{parameters}&state={state}"));
    assert!(response.contains("cache-control: no-store"), "{response}");
    let mut output = process.wait_with_output().unwrap();
    stderr.read_to_end(&mut output.stderr).unwrap();
    (output, url)
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[test]
fn a_user_signs_in_by_the_browser_and_stays_signed_in_until_logout() {
    let authority = Authority::start(|_, count| tokens(&format!("canary-refresh-{count}"), 3600));
    let (output, url) = by_browser(&authority, "code=c0de", None);
    let file = authority.home.path().join(".config/incident-tasks/login.json");
    assert!(printed(&output).contains(file.to_str().unwrap()) && output.status.success(), "{}", printed(&output));
    assert!(url.path() == "/t-1/oauth2/v2.0/authorize" && parameter(&url, "client_id") == "c-1", "{url}");
    assert_eq!(parameter(&url, "scope"), "https://graph.microsoft.com/.default offline_access");
    assert!(parameter(&url, "redirect_uri").starts_with("http://localhost:"), "{url}");
    let [request] = &authority.requests()[..] else { panic!("{:?}", authority.requests()) };
    let form = Url::parse(&format!("form:?{}", request.split_once(' ').unwrap().1)).unwrap();
    assert!(request.starts_with("/t-1/oauth2/v2.0/token ") && parameter(&form, "code") == "c0de", "{request}");
    assert_eq!(parameter(&form, "redirect_uri"), parameter(&url, "redirect_uri"));
    let challenge =
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(parameter(&form, "code_verifier")));
    assert_eq!(parameter(&url, "code_challenge"), challenge.as_str());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let emulator = Running::start(&[]);
    let call = |arguments: &[&str]| {
        authority.command(&[&["--endpoint", &emulator.endpoint, "-v"], arguments].concat()).output().unwrap()
    };
    for (count, arguments) in [&["get", "213213"][..], &["whoami"], &["doctor"]].iter().enumerate() {
        let output = call(arguments);
        assert!(printed(&output).contains("incident-tasks login"), "{}", printed(&output));
        // Each run is given a new refresh token, and keeps it.
        let request = authority.requests().pop().unwrap();
        assert!(request.contains(&format!("refresh_token=canary-refresh-{count}")), "{request}");
    }
    assert!(printed(&call(&["logout"])).contains("true") && !file.exists());
    assert!(printed(&call(&["logout"])).contains("false"));
    assert_eq!(call(&["get", "213213"]).status.code(), Some(4));
}

#[test]
fn a_redirect_with_a_wrong_state_or_an_error_signs_nobody_in() {
    for (parameters, state, expected) in [
        ("code=c0de", Some("wrong"), "wrong state"),
        ("error=access_denied", Some("wrong"), "wrong state"),
        ("error=access_denied&error_description=AADSTS65004%3A+The+user+declined.", None, "ask an administrator"),
        ("error=server_error&error_description=a%1B%5B2Jb", None, "server_error"),
    ] {
        let authority = Authority::start(|_, _| tokens("canary-refresh", 3600));
        let (output, _) = by_browser(&authority, parameters, state);
        assert_eq!(output.status.code(), Some(4));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
        assert!(authority.requests().is_empty() && !authority.home.path().join(".config").exists());
    }
}

#[test]
fn a_device_code_is_asked_about_until_somebody_has_signed_in() {
    let authority = Authority::start(|_, count| match count {
        0 => device_code(0),
        1 | 2 => error("authorization_pending", "AADSTS70016: pending"),
        _ => tokens("canary-refresh", 3600),
    });
    let output = authority.command(&[&LOGIN[..], &["--device-code"]].concat()).output().unwrap();
    assert!(output.status.success(), "{}", printed(&output));
    assert!(printed(&output).contains("sign in at https://example.test/devicelogin with the code AB\\u001b[2J-1"));
    let requests = authority.requests();
    assert!(requests[0].starts_with("/t-1/oauth2/v2.0/devicecode ") && requests.len() == 4, "{requests:?}");
    assert!(requests[1..].iter().all(|request| request.contains("device_code=canary-device")), "{requests:?}");
}

#[test]
fn an_error_of_the_authority_is_shown_with_its_code_and_what_to_do() {
    for (response, expected) in [
        (error("authorization_declined", ""), &["the sign-in was declined"][..]),
        (error("expired_token", "AADSTS70020: late."), &["AADSTS70020", "the code has expired"]),
        (
            error("access_denied", "AADSTS53003: Blocked. Trace ID: 7 Correlation ID: 8"),
            &["AADSTS53003: Blocked.", "a policy of your tenant", "Trace ID: 7"],
        ),
        (error("invalid_client", "AADSTS7000218: secret."), &["Allow public client flows"]),
        (error("invalid_grant", "AADSTS50076: MFA."), &["multi-factor authentication"]),
        (error("unauthorized_client", "AADSTS700016: app."), &["--client-id"]),
        (("502 Bad Gateway", "<html>canary</html>".to_owned()), &["does not match OAuth 2.0"]),
        (("200 OK", "{}".to_owned()), &["does not match OAuth 2.0"]),
        (("200 OK", String::new()), &["empty response body"]),
        (("200 OK", r#"{"token_type":"Bearer","access_token":"a b"}"#.to_owned()), &["token is not usable"]),
        (("200 OK", format!(r#"{{"token_type":"Bearer","access_token":"{TOKEN}"}}"#)), &["add offline_access"]),
        (("200 OK", " ".repeat(2_000_000)), &["response exceeds"]),
    ] {
        // Polling goes on after a response that cannot be read: the network may have lost it.
        let is_readable = response.1.len() < 1 << 20;
        let authority =
            Authority::start(move |_, count| if count == 0 && is_readable { device_code(0) } else { response.clone() });
        let output = authority.command(&[&LOGIN[..], &["--device-code"]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{}", printed(&output));
        assert!(expected.iter().all(|text| printed(&output).contains(text)), "{expected:?}: {}", printed(&output));
    }
}

#[test]
fn an_access_token_that_expires_is_renewed_and_a_sign_in_that_has_expired_is_an_error() {
    let authority = Authority::start(|_, count| match count {
        0..=3 => tokens("canary-refresh", 1),
        _ => error("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity."),
    });
    assert!(by_browser(&authority, "code=c0de", None).0.status.success());
    let emulator = Running::start_silent(&["--generate", "3"]);
    let call = |arguments: &[&str]| {
        authority.command(&[&["--endpoint", &emulator.endpoint], arguments].concat()).output().unwrap()
    };
    let output = call(&["update", "213213", "213214", "--status", "open"]);
    assert!(output.status.success(), "{}", printed(&output));
    let renewed = authority.requests().len();
    assert!(renewed > 1, "{renewed}");
    while authority.requests().len() < 4 {
        assert!(call(&["get", "213213"]).status.success());
    }
    let output = call(&["get", "213213"]);
    assert_eq!(output.status.code(), Some(4));
    for text in ["AADSTS700082", "the sign-in has expired", "incident-tasks login"] {
        assert!(printed(&output).contains(text), "{text}: {}", printed(&output));
    }
}

#[test]
fn without_a_keyring_a_sign_in_lasts_for_the_run() {
    let respond =
        |request: &str, _| if request.contains("/devicecode") { device_code(0) } else { tokens("canary", 3600) };
    let authority = Authority::start(respond);
    let arguments = ["login", "--client-id", "c-1", "--device-code"];
    let output = authority.command(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(printed(&output).contains("not kept: the keyring is not usable"), "{}", printed(&output));
    assert!(!authority.home.path().join(".config").exists());
    let emulator = Running::start(&[]);
    let run = ["--endpoint", &emulator.endpoint, "--sign-in", "login", "list"];
    let output = authority.command(&run).env("AZURE_CLIENT_ID", "c-1").output().unwrap();
    assert!(output.status.success() && !authority.home.path().join(".config").exists(), "{}", printed(&output));
    // Nobody is asked unless the source is named.
    let count = authority.requests().len();
    let output = authority.command(&["--endpoint", &emulator.endpoint, "list"]).output().unwrap();
    assert_eq!((output.status.code(), authority.requests().len()), (Some(4), count));
}

#[test]
fn settings_that_are_not_usable_are_usage_errors() {
    let authority = Authority::start(|_, _| tokens("canary", 3600));
    for (variable, arguments) in [
        (("X", ""), &["login"][..]),
        (("AZURE_CLIENT_ID", ""), &["login"]),
        (("AZURE_AUTHORITY_HOST", "http://localhost:1"), &["login", "--client-id", "c"]),
        (("AZURE_TENANT_ID", "a/../b"), &["login", "--client-id", "c"]),
        (("X", ""), &["login", "--client-id", "c", "--claims-challenge", "{"]),
    ] {
        let output = authority.command(arguments).env(variable.0, variable.1).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", printed(&output));
    }
    assert!(authority.requests().is_empty());
}
