//! Guarantees that the compiler checks.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use msgraph_core::Transport;
use msgraph_incident_tasks::types::{
    BatchRequest, BatchResponse, IncidentTask, IncidentTaskActionStatus, IncidentTaskActionType,
    IncidentTaskCollection, IncidentTaskResponseAction, IncidentTaskSource, IncidentTaskStatus, IncidentTaskUpdate,
    IsolationType, ODataError,
};
use msgraph_incident_tasks::{
    AccessToken, Client, ClientBuilder, Confirmation, CredentialError, EnvironmentToken, Error, ErrorKind,
    ExecuteResponseAction, Filter, GetIncidentTask, IncidentTaskId, InvalidValue, ListIncidentTasks, MalformedItem,
    OpenEnum, StaticToken, Timestamp, TokenCredential, UpdateIncidentTask, WriteOutcome,
};

fn shareable<T: Send + Sync + 'static>() {}
fn sendable<T: Send + 'static>(_: T) {}
fn a_value<T: Clone + Debug + Eq + Hash>() {}
fn an_ordered_text<T: Clone + Debug + Display + FromStr + Eq + Hash + Ord>() {}
fn an_open_enum<
    T: OpenEnum + Clone + Debug + Display + FromStr + Eq + Hash + Ord + for<'a> From<&'a str> + AsRef<str>,
>() {
}
fn a_model<T: Send + Sync + Clone + Debug + PartialEq + Unpin + 'static>() {}
fn an_error<T: std::error::Error + Send + Sync + 'static>() {}

/// Compiles; it is not run.
#[expect(dead_code, reason = "it is checked by being compiled")]
fn futures_and_streams_that_users_hold_can_move_between_threads(client: &Client, credential: &'static StaticToken) {
    let id = || "1".parse::<IncidentTaskId>().unwrap_or_else(|error| panic!("{error}"));
    sendable(client.update_incident_task(id()).send());
    sendable(client.get_incident_task(id()).send());
    sendable(client.execute_response_action(id()).send());
    sendable(client.list_incident_tasks().items());
    sendable(client.list_incident_tasks().pages());
    sendable(client.update_incident_tasks([(id(), "open")]).send());
    sendable(client.batch().send());
    sendable(client.get_incident_task(id()).into_future());
    sendable(credential.access_token(Default::default()));
}

#[test]
fn clients_errors_and_credentials_can_be_shared_between_threads() {
    shareable::<Client>();
    shareable::<ClientBuilder>();
    shareable::<UpdateIncidentTask>();
    shareable::<GetIncidentTask>();
    shareable::<ListIncidentTasks>();
    shareable::<ExecuteResponseAction>();
    shareable::<Filter>();
    shareable::<Transport>();
    shareable::<StaticToken>();
    shareable::<EnvironmentToken>();
    shareable::<AccessToken>();
    shareable::<Box<dyn TokenCredential>>();
}

#[test]
fn errors_are_errors_that_can_be_shared() {
    an_error::<Error>();
    an_error::<CredentialError>();
    an_error::<InvalidValue>();
}

#[test]
fn ids_statuses_and_models_have_the_traits_that_users_expect() {
    an_ordered_text::<IncidentTaskId>();
    an_open_enum::<IncidentTaskStatus>();
    an_open_enum::<IncidentTaskActionStatus>();
    an_open_enum::<IncidentTaskActionType>();
    an_open_enum::<IncidentTaskSource>();
    an_open_enum::<IsolationType>();
    a_value::<Timestamp>();
    a_value::<ErrorKind>();
    a_value::<WriteOutcome>();
    a_model::<IncidentTask>();
    a_model::<IncidentTaskCollection>();
    a_model::<BatchRequest>();
    a_model::<BatchResponse>();
    a_model::<MalformedItem>();
    a_value::<Filter>();
    a_value::<Confirmation<IncidentTaskStatus>>();
    a_model::<IncidentTaskResponseAction>();
    a_model::<IncidentTaskUpdate>();
    a_model::<ODataError>();
}
