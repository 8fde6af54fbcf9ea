//! Validates requests and responses against the spec, which is read directly, never through codegen.

use std::collections::BTreeMap;
use std::fmt;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use msgraph_openapi::{Node, json_schema, members, operations, pointer, resolve};
use serde_json::Value;

const JSON: &str = "application/json";

/// Validates requests and responses against an OpenAPI 3.0 document.
pub struct SpecValidator {
    document: Value,
    schemas: BTreeMap<String, Validator>,
    operations: Vec<Operation>,
}

/// An operation of a [`SpecValidator`].
pub struct Operation {
    pointer: String,
    id: String,
    method: String,
    path: String,
    query: BTreeMap<String, (Value, Validator)>,
    request_body: Option<Validator>,
    responses: Vec<(String, Option<Validator>)>,
}

impl SpecValidator {
    /// Parses an OpenAPI 3.0 document in JSON.
    ///
    /// # Errors
    ///
    /// If it is not JSON, or a reference or schema is invalid; the error names it.
    pub fn new(spec: &str) -> Result<Self, SpecError> {
        let document: Value = serde_json::from_str(spec).map_err(|error| SpecError::new(error.to_string()))?;
        let operations = operations(&document)
            .iter()
            .map(|described| Operation::new(&document, described))
            .collect::<Result<_, _>>()?;
        let mut schemas = BTreeMap::new();
        for (pointer, name, _) in members(&document, "/components/schemas") {
            schemas.extend(validator(&document, &pointer)?.map(|validator| (name.to_owned(), validator)));
        }
        Ok(Self { document, schemas, operations })
    }

    /// Returns the document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Returns the operations.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter()
    }

    /// Returns the operation of a request, with the values in its path, which are still encoded. `path` is relative to
    /// the endpoint.
    pub fn operation(&self, method: &str, path: &str) -> Option<(&Operation, Vec<String>)> {
        let of_method = self.operations.iter().filter(|operation| operation.method.eq_ignore_ascii_case(method));
        of_method.into_iter().find_map(|operation| Some((operation, path_values(&operation.path, path)?)))
    }

    /// Returns the methods of a path, in lower case.
    pub fn methods(&self, path: &str) -> impl Iterator<Item = &str> {
        let of_path = self.operations.iter().filter(move |operation| path_values(&operation.path, path).is_some());
        of_path.map(|operation| operation.method.as_str())
    }

    /// Returns the names of the object at a JSON pointer.
    pub fn names(&self, pointer: &str) -> Vec<&str> {
        members(&self.document, pointer).map(|(_, name, _)| name).collect()
    }

    /// Returns the string at a JSON pointer.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.document.pointer(pointer)?.as_str()
    }

    /// Returns the strings of the list at a JSON pointer.
    pub fn texts(&self, pointer: &str) -> Vec<&str> {
        texts(self.document.pointer(pointer))
    }

    /// Returns the roles of which an operation requires one.
    pub fn roles(&self, operation: &Operation) -> Vec<&str> {
        self.texts(&pointer::join(&operation.pointer, "x-roles"))
    }

    /// Returns the properties of a schema that may be null: those with an arm in which `nullable` is true.
    pub fn nullable_properties(&self, name: &str) -> Vec<&str> {
        let properties =
            members(&self.document, &format!("/components/schemas/{name}/properties")).filter(|(_, _, value)| {
                let arms = value["anyOf"].as_array().into_iter().flatten();
                arms.chain([*value]).any(|schema| schema["nullable"] == true)
            });
        properties.map(|(_, name, _)| name).collect()
    }

    /// Checks a value against a schema of the components.
    ///
    /// # Errors
    ///
    /// If the schema is unknown or does not allow the value; the error names the first invalid property.
    pub fn check_schema(&self, name: &str, value: &Value) -> Result<(), SpecError> {
        let validator = self.schemas.get(name).ok_or_else(|| SpecError::new(format!("unknown schema {name:?}")))?;
        check(validator, value)
    }

    /// Returns an example response of an operation by its name.
    pub fn example(&self, operation: &Operation, status: &str, name: &str) -> Option<&Value> {
        let place = pointer::join_all(&operation.pointer, ["responses", status]);
        let response = resolve(&self.document, &place).ok()?;
        self.document.pointer(&pointer::join_all(&response.pointer, ["content", JSON, "examples", name, "value"]))
    }
}

impl Operation {
    fn new(document: &Value, described: &msgraph_openapi::Operation<'_>) -> Result<Self, SpecError> {
        let body =
            |message: Node<'_>| validator(document, &pointer::join_all(&message.pointer, ["content", JSON, "schema"]));
        let responses = described.responses(document).map_err(SpecError::invalid)?.into_iter();
        let responses = responses.map(|(status, response)| Ok((status.to_owned(), body(response)?)));
        Ok(Self {
            pointer: described.pointer.clone(),
            id: described.id().unwrap_or_default().to_owned(),
            method: described.method.to_owned(),
            path: described.path.to_owned(),
            query: query(document, described)?,
            request_body: described
                .request_body(document)
                .map_err(SpecError::invalid)?
                .map(body)
                .transpose()?
                .flatten(),
            responses: responses.collect::<Result<_, SpecError>>()?,
        })
    }

    /// Returns the operation ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the HTTP method, in lower case.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path template.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the names of the query parameters.
    pub fn query_parameters(&self) -> Vec<String> {
        self.query.keys().cloned().collect()
    }

    /// Returns the strings that an extension of a query parameter lists.
    pub fn query_extension(&self, parameter: &str, extension: &str) -> Vec<&str> {
        texts(self.query.get(parameter).and_then(|(parameter, _)| parameter.get(extension)))
    }

    /// Checks the value of a query parameter.
    ///
    /// # Errors
    ///
    /// If the parameter is unknown or the spec does not allow the value.
    pub fn check_query(&self, parameter: &str, value: &str) -> Result<(), SpecError> {
        let Some((described, validator)) = self.query.get(parameter) else {
            return Err(SpecError::new(format!("{} has no query parameter {parameter:?}", self.id)));
        };
        let schema = &described["schema"];
        let parsed = match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("integer"), Some("int32")) => value.parse::<i32>().ok().map(Value::from),
            (Some("integer"), _) => value.parse::<i64>().ok().map(Value::from),
            (Some("number" | "boolean"), _) => serde_json::from_str(value).ok(),
            _ => Some(value.into()),
        };
        if parsed.is_some_and(|value| validator.is_valid(&value)) {
            return Ok(());
        }
        Err(SpecError::new(format!("invalid value {value:?} of the query parameter {parameter:?}")))
    }

    /// Returns true if a request has a body.
    pub fn has_body(&self) -> bool {
        self.request_body.is_some()
    }

    /// Checks the body of a request.
    ///
    /// # Errors
    ///
    /// If the spec does not allow the body; the error names the first invalid property.
    pub fn check_request(&self, body: &Value) -> Result<(), SpecError> {
        self.request_body.as_ref().map_or(Ok(()), |validator| check(validator, body))
    }

    /// Checks a response; `body` is null for an empty one.
    ///
    /// # Errors
    ///
    /// If the spec does not list the status or does not allow the body; the error names the first invalid property.
    pub fn check_response(&self, status: u16, body: &Value) -> Result<(), SpecError> {
        let exact = status.to_string();
        let range = format!("{}XX", status / 100);
        let with = |key: &str| self.responses.iter().find(|(status, _)| status == key);
        match with(&exact).or_else(|| with(&range)) {
            Some((_, Some(validator))) => check(validator, body),
            Some((_, None)) if body.is_null() => Ok(()),
            Some((_, None)) => Err(SpecError::new(format!("{} has no body with status {status}", self.id))),
            None => Err(SpecError::new(format!("{} has no status {status}", self.id))),
        }
    }
}

/// Returns the query parameters of an operation with the validators of their values.
fn query(
    document: &Value,
    operation: &msgraph_openapi::Operation<'_>,
) -> Result<BTreeMap<String, (Value, Validator)>, SpecError> {
    let mut found = BTreeMap::new();
    for parameter in operation
        .parameters(document)
        .map_err(SpecError::invalid)?
        .into_iter()
        .filter(|parameter| parameter.location == "query")
    {
        if let Some(validator) = validator(document, &pointer::join(&parameter.pointer, "schema"))? {
            found.insert(parameter.name.to_owned(), (parameter.value.clone(), validator));
        }
    }
    Ok(found)
}

fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn validator(document: &Value, pointer: &str) -> Result<Option<Validator>, SpecError> {
    if document.pointer(pointer).is_none() {
        return Ok(None);
    }
    let built = jsonschema::options()
        .should_validate_formats(true)
        .build(&json_schema(document, pointer).map_err(SpecError::invalid)?);
    built.map(Some).map_err(|error| SpecError::new(format!("{pointer}: {error}")))
}

fn check(validator: &Validator, body: &Value) -> Result<(), SpecError> {
    let Err(error) = validator.validate(body) else { return Ok(()) };
    let place = match error.instance_path().as_str() {
        "" => "the body".to_owned(),
        pointer => format!("the property {:?}", pointer.trim_start_matches('/').replace('/', ".")),
    };
    Err(SpecError::new(match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("{place} must not have the property {:?}", unexpected.join(", "))
        }
        ValidationErrorKind::Enum { options } => format!("{place} must be one of {options}"),
        _ => format!("{place}: {error}"),
    }))
}

/// Returns the parameter values of a path, if it matches the template.
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

/// A violation of the spec, or an invalid spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError(String);

impl SpecError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    fn invalid(error: msgraph_openapi::Error) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SpecError {}
