//! The API description as a judge of requests and answers. It is read as it is written, never as
//! codegen understands it.

use std::collections::BTreeMap;
use std::fmt;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use msgraph_openapi::{Node, json_schema, members, operations, pointer, resolve};
use serde_json::Value;

const JSON: &str = "application/json";

/// An OpenAPI 3.0 description, ready to judge with.
pub struct Contract {
    document: Value,
    operations: Vec<Operation>,
}

/// One operation of a [`Contract`].
pub struct Operation {
    pointer: String,
    id: String,
    method: String,
    path: String,
    query: BTreeMap<String, (Value, Validator)>,
    request_body: Option<Validator>,
    responses: Vec<(String, Option<Validator>)>,
}

impl Contract {
    /// Reads a description.
    ///
    /// # Errors
    ///
    /// Where it is not a description with valid schemas; the text says which.
    pub fn new(description: &str) -> Result<Self, ContractError> {
        let document: Value =
            serde_json::from_str(description).map_err(|error| ContractError::new(error.to_string()))?;
        let operations = operations(&document)
            .iter()
            .map(|described| Operation::new(&document, described))
            .collect::<Result<_, _>>()?;
        Ok(Self { document, operations })
    }

    /// The description itself.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Each operation.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter()
    }

    /// The operation that a request is one of, with the values in its path, which are still encoded;
    /// `path` is below the endpoint.
    pub fn operation(&self, method: &str, path: &str) -> Option<(&Operation, Vec<String>)> {
        let of_method = self.operations.iter().filter(|operation| operation.method.eq_ignore_ascii_case(method));
        of_method.into_iter().find_map(|operation| Some((operation, path_values(&operation.path, path)?)))
    }

    /// The methods that a path has.
    pub fn methods(&self, path: &str) -> impl Iterator<Item = &str> {
        let of_path = self.operations.iter().filter(move |operation| path_values(&operation.path, path).is_some());
        of_path.map(|operation| operation.method.as_str())
    }

    /// The names of the object at a JSON pointer.
    pub fn names(&self, pointer: &str) -> Vec<&str> {
        members(&self.document, pointer).map(|(_, name, _)| name).collect()
    }

    /// The text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.document.pointer(pointer)?.as_str()
    }

    /// The texts of the list at a JSON pointer.
    pub fn texts(&self, pointer: &str) -> Vec<&str> {
        texts(self.document.pointer(pointer))
    }

    /// An example of an operation's answer, by its name.
    pub fn example(&self, operation: &Operation, status: &str, name: &str) -> Option<&Value> {
        let place = pointer::join_all(&operation.pointer, ["responses", status]);
        let response = resolve(&self.document, &place).ok()?;
        self.document.pointer(&pointer::join_all(&response.pointer, ["content", JSON, "examples", name, "value"]))
    }
}

impl Operation {
    fn new(document: &Value, described: &msgraph_openapi::Operation<'_>) -> Result<Self, ContractError> {
        let body =
            |message: Node<'_>| validator(document, &pointer::join_all(&message.pointer, ["content", JSON, "schema"]));
        let responses = described.responses(document)?.into_iter();
        let responses = responses.map(|(status, response)| Ok((status.to_owned(), body(response)?)));
        Ok(Self {
            pointer: described.pointer.clone(),
            id: described.id().unwrap_or_default().to_owned(),
            method: described.method.to_owned(),
            path: described.path.to_owned(),
            query: query(document, described)?,
            request_body: described.request_body(document)?.map(body).transpose()?.flatten(),
            responses: responses.collect::<Result<_, ContractError>>()?,
        })
    }

    /// The operation's ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The HTTP method, in lower case.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path, with the names of its parameters.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The names of the parameters that a query can have.
    pub fn query_parameters(&self) -> Vec<String> {
        self.query.keys().cloned().collect()
    }

    /// What an extension of a query parameter lists.
    pub fn query_extension(&self, parameter: &str, extension: &str) -> Vec<&str> {
        texts(self.query.get(parameter).and_then(|(parameter, _)| parameter.get(extension)))
    }

    /// Checks a parameter of a query.
    ///
    /// # Errors
    ///
    /// Where there is no such parameter, or the description doesn't allow the value.
    pub fn check_query(&self, parameter: &str, value: &str) -> Result<(), ContractError> {
        let Some((described, validator)) = self.query.get(parameter) else {
            return Err(ContractError::new(format!("{} has no query parameter {parameter:?}", self.id)));
        };
        let parsed = match described["schema"]["type"].as_str() {
            Some("integer" | "number" | "boolean") => serde_json::from_str(value).unwrap_or(Value::Null),
            _ => value.into(),
        };
        match validator.validate(&parsed) {
            Ok(()) => Ok(()),
            Err(_) => Err(ContractError::new(format!("the query parameter {parameter:?} can't be {value:?}"))),
        }
    }

    /// Whether a request has a body.
    pub fn has_body(&self) -> bool {
        self.request_body.is_some()
    }

    /// Checks the body of a request.
    ///
    /// # Errors
    ///
    /// The first thing that the description doesn't allow; a property is named.
    pub fn check_request(&self, body: &Value) -> Result<(), ContractError> {
        self.request_body.as_ref().map_or(Ok(()), |validator| check(validator, body))
    }

    /// Checks an answer; `body` is null for an empty one.
    ///
    /// # Errors
    ///
    /// Where the description has no such status, or the first thing that it doesn't allow.
    pub fn check_response(&self, status: u16, body: &Value) -> Result<(), ContractError> {
        let exact = status.to_string();
        let range = format!("{}XX", status / 100);
        let with = |key: &str| self.responses.iter().find(|(status, _)| status == key);
        match with(&exact).or_else(|| with(&range)) {
            Some((_, Some(validator))) => check(validator, body),
            Some((_, None)) if body.is_null() => Ok(()),
            Some((_, None)) => Err(ContractError::new(format!("{} has no body with status {status}", self.id))),
            None => Err(ContractError::new(format!("{} has no status {status}", self.id))),
        }
    }
}

/// The query parameters of an operation, each with the judge of its values.
fn query(
    document: &Value,
    operation: &msgraph_openapi::Operation<'_>,
) -> Result<BTreeMap<String, (Value, Validator)>, ContractError> {
    let mut found = BTreeMap::new();
    for parameter in operation.parameters(document)?.into_iter().filter(|parameter| parameter.location == "query") {
        if let Some(validator) = validator(document, &pointer::join(&parameter.pointer, "schema"))? {
            found.insert(parameter.name.to_owned(), (parameter.value.clone(), validator));
        }
    }
    Ok(found)
}

fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn validator(document: &Value, pointer: &str) -> Result<Option<Validator>, ContractError> {
    if document.pointer(pointer).is_none() {
        return Ok(None);
    }
    let built = jsonschema::options().should_validate_formats(true).build(&json_schema(document, pointer)?);
    built.map(Some).map_err(|error| ContractError::new(format!("{pointer}: {error}")))
}

fn check(validator: &Validator, body: &Value) -> Result<(), ContractError> {
    let Err(error) = validator.validate(body) else { return Ok(()) };
    let place = match error.instance_path().as_str() {
        "" => "the body".to_owned(),
        pointer => format!("the property {:?}", pointer.trim_start_matches('/').replace('/', ".")),
    };
    Err(ContractError::new(match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("{place} must not have the property {:?}", unexpected.join(", "))
        }
        ValidationErrorKind::Enum { options } => format!("{place} must be one of {options}"),
        _ => format!("{place}: {error}"),
    }))
}

/// The values of a template's parameters in a path, if the path is of that template.
fn path_values(template: &str, path: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') && !segment.is_empty() {
            values.push(segment.to_owned());
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(values)
}

/// What a description doesn't allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractError(String);

impl ContractError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<msgraph_openapi::Error> for ContractError {
    fn from(error: msgraph_openapi::Error) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ContractError {}
