//! An operation of any type in a batch.

use std::any::Any;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::call::{Call, OperationInfo};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::operation::{self, Operation};
use crate::raw_response::RawResponse;
use crate::response::Response;
use crate::transport::{PREFER, PREFERENCE, preferences};

/// An operation whose success is a `T`.
pub(crate) trait Entry<T>: Send + Sync {
    /// Returns the facts of the operation's type.
    fn info(&self) -> OperationInfo;

    /// Returns the request in the form of a batch, without `id` and `dependsOn`.
    fn request(&self, endpoint: &Endpoint) -> Result<BatchRequestItem, Error>;

    /// Returns true if a success with this status is documented without a body.
    fn is_without_body(&self, status: u16) -> bool;

    /// Decodes the response, which may have been read back after a write.
    fn decode(&self, response: RawResponse, call: &Call, write: Option<&RawResponse>) -> Result<T, Error>;

    /// Returns the operation that reads the changed resource.
    fn read_back(&self) -> Option<BoxedEntry<T>>;
}

pub(crate) type BoxedEntry<T> = Box<dyn Entry<T>>;

/// A request in the form of a batch.
#[derive(serde::Serialize)]
pub(crate) struct BatchRequestItem {
    pub(crate) id: String,
    method: &'static str,
    url: String,
    headers: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
    #[serde(rename = "dependsOn", skip_serializing_if = "Vec::is_empty")]
    pub(crate) depends_on: Vec<String>,
}

impl<O: Operation + 'static> Entry<Response<O::Response>> for O {
    fn info(&self) -> OperationInfo {
        operation::info::<O>()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<BatchRequestItem, Error> {
        self.validate()?;
        let body = operation::body(self)?.map(String::from_utf8).transpose().ok().flatten();
        let body = body.map(RawValue::from_string).transpose();
        let body = body.map_err(|error| Error::invalid_input("the request body is not JSON").with_source(error))?;
        // Headers of the batch itself do not apply to its requests.
        let own = operation::headers(self)?;
        let mut headers = json!({ "Prefer": preferences(own.get(PREFER)).to_str().unwrap_or(PREFERENCE) });
        for (name, value) in own.iter().filter(|(name, _)| *name != PREFER) {
            headers[name.as_str()] = value.to_str().unwrap_or_default().into();
        }
        if body.is_some() {
            headers["Content-Type"] = "application/json".into();
        }
        let url = operation::url(self, endpoint)?;
        let url = url.as_str().strip_prefix(endpoint.as_str()).unwrap_or_default().to_owned();
        Ok(BatchRequestItem { id: String::new(), method: O::METHOD, url, headers, body, depends_on: Vec::new() })
    }

    fn is_without_body(&self, status: u16) -> bool {
        operation::is_without_body::<O>(status)
    }

    fn decode(
        &self,
        response: RawResponse,
        call: &Call,
        write: Option<&RawResponse>,
    ) -> Result<Response<O::Response>, Error> {
        let response = response.decode(self, call)?;
        Ok(match write {
            Some(write) => response.after_write(write),
            None => response,
        })
    }

    fn read_back(&self) -> Option<BoxedEntry<Response<O::Response>>> {
        Operation::read_back(self).map(|read| Box::new(read) as _)
    }
}

/// A value of any type.
pub(crate) type AnyValue = Box<dyn Any + Send>;

/// An operation whose type is erased.
pub(crate) struct Erased<T>(pub(crate) BoxedEntry<T>);

impl<T: Send + 'static> Entry<AnyValue> for Erased<T> {
    fn info(&self) -> OperationInfo {
        self.0.info()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<BatchRequestItem, Error> {
        self.0.request(endpoint)
    }

    fn is_without_body(&self, status: u16) -> bool {
        self.0.is_without_body(status)
    }

    fn decode(&self, response: RawResponse, call: &Call, write: Option<&RawResponse>) -> Result<AnyValue, Error> {
        self.0.decode(response, call, write).map(|value| Box::new(value) as _)
    }

    fn read_back(&self) -> Option<BoxedEntry<AnyValue>> {
        self.0.read_back().map(|read| Box::new(Erased(read)) as _)
    }
}
