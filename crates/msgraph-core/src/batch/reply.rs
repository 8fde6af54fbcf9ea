//! The response to a batch as a whole.

use std::cell::OnceCell;
use std::collections::HashMap;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::parts::{Matched, by_id};
use crate::call::{Call, OperationInfo};
use crate::error::Error;
use crate::raw_response::{RawResponse, text_header};

pub(super) struct BatchReply {
    pub(super) call: Call,
    pub(super) response: Option<RawResponse>,
    /// The error if it is not a complete success.
    pub(super) failure: Option<Error>,
    /// The error of requests without a part, with the response, which is read once for all of them.
    whole: OnceCell<Error>,
    /// True if the retry budget allows a retry of the batch, which takes one for all its requests.
    pub(super) retry: OnceCell<bool>,
}

impl BatchReply {
    /// Returns the response to a batch of a number of requests, and those to the requests by their IDs.
    pub(super) fn of(
        info: &OperationInfo,
        result: Result<(RawResponse, Call), Error>,
        requests: usize,
    ) -> (Self, HashMap<usize, Matched>) {
        let (call, response, failure) = match result {
            Ok((response, call)) if response.status.is_success() => (call, Some(response), None),
            Ok((response, call)) => (call.clone(), None, Some(response.into_error(&call))),
            Err(error) => (call_of(info, &error), None, Some(error)),
        };
        let response = response.or_else(|| failure.as_ref()?.response().cloned());
        let reply = Self { call, response, failure, whole: OnceCell::new(), retry: OnceCell::new() };
        let response = reply.response.as_ref().filter(|_| reply.was_processed());
        let parts = response.map_or_else(HashMap::new, |response| by_id(&response.body, requests));
        (reply, parts)
    }

    /// Returns true if the service has processed the requests of the batch.
    pub(super) fn was_processed(&self) -> bool {
        // A batch with a throttled request is a 424 by the page on throttling, and a 200 by that on batching.
        let is_processed = |status: StatusCode| status.is_success() || status == StatusCode::FAILED_DEPENDENCY;
        self.response.as_ref().is_some_and(|response| is_processed(response.status))
    }

    /// Adds the response to the error of a request that has no part of its own.
    pub(super) fn with_response(&self, error: Error) -> Error {
        match (&self.failure, &self.response) {
            (Some(failure), _) => error.with_response_of(failure),
            (None, Some(response)) => {
                let whole = || error.clone().with_response(response.clone());
                error.clone().with_response_of(self.whole.get_or_init(whole))
            }
            (None, None) => error,
        }
    }

    /// Adds the IDs and the date of the batch response, for support, to the headers of a part.
    pub(super) fn with_ids(&self, mut headers: HeaderMap) -> HeaderMap {
        let Some(response) = &self.response else { return headers };
        for name in ["request-id", "client-request-id", "date", "x-ms-ags-diagnostic"] {
            if let (None, Some(value)) = (text_header(&headers, name), response.headers.get(name)) {
                headers.insert(name, value.clone());
            }
        }
        headers
    }
}

/// Returns the facts of the call that has failed.
fn call_of(info: &OperationInfo, error: &Error) -> Call {
    let id = error.client_request_id().and_then(|id| id.parse().ok()).unwrap_or(HeaderValue::from_static(""));
    // The attempts before the last one have an unknown outcome.
    let (attempts, earlier_unknown) = (error.attempts(), error.attempts() > 1);
    Call { attempts, earlier_unknown, tokens: error.tokens().clone(), ..Call::new(info, id) }
}
