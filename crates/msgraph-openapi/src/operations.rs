//! The operations of a document.

use serde_json::Value;

use crate::kind::{Kind, METHODS};
use crate::nodes::{Node, members};
use crate::references::resolve;
use crate::{Error, pointer};

/// An operation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Operation<'a> {
    /// The JSON pointer of the operation.
    pub pointer: String,
    /// The path template, such as `/lamps/{id}`.
    pub path: &'a str,
    /// The method in lower case.
    pub method: &'a str,
    /// The operation object.
    pub value: &'a Value,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parameter<'a> {
    /// The name.
    pub name: &'a str,
    /// `path`, `query`, `header` or `cookie`.
    pub location: &'a str,
    /// The JSON pointer of the parameter object, after its reference was resolved.
    pub pointer: String,
    /// The JSON pointer of the parameter in the list of the operation or path item.
    pub declared_at: String,
    /// The parameter object.
    pub value: &'a Value,
}

/// Returns the operations of all paths, without those of callbacks.
pub fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (item, path, _) in members(document, "/paths").filter(|(_, path, _)| !path.starts_with("x-")) {
        // A reference to a path item elsewhere in the document; one that cannot be resolved has no operations.
        let Ok(item) = resolve(document, &item) else { continue };
        let methods = members(document, &item.pointer).filter(|(_, name, _)| METHODS.contains(name));
        found.extend(methods.map(|(pointer, method, value)| Operation { pointer, path, method, value }));
    }
    found
}

/// Returns the names of the parameters in a path template.
///
/// ```
/// assert_eq!(msgraph_openapi::path_parameter_names("/rooms/{room}/lamps/{id}").collect::<Vec<_>>(), ["room", "id"]);
/// ```
pub fn path_parameter_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

impl<'a> Operation<'a> {
    /// Returns the `operationId`.
    pub fn id(&self) -> Option<&'a str> {
        self.value.get("operationId")?.as_str()
    }

    /// Returns the JSON pointer of the path item.
    pub fn path_item(&self) -> &str {
        pointer::parent(&self.pointer).unwrap_or_default()
    }

    /// Returns the parameters of the path item and the operation, references resolved. A parameter of the operation
    /// replaces that of the path item with the same name and location.
    ///
    /// # Errors
    ///
    /// If a reference cannot be resolved, or a parameter has no `name` or `in`.
    pub fn parameters(&self, document: &'a Value) -> Result<Vec<Parameter<'a>>, Error> {
        let mut found: Vec<Parameter<'_>> = Vec::new();
        for owner in [self.path_item(), &self.pointer] {
            let list = pointer::join(owner, "parameters");
            let count = document.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
            for index in 0..count {
                let parameter = parameter(document, format!("{list}/{index}"))?;
                let is_same =
                    |other: &Parameter<'_>| other.name == parameter.name && other.location == parameter.location;
                match found.iter_mut().find(|other| is_same(other)) {
                    Some(replaced) => *replaced = parameter,
                    None => found.push(parameter),
                }
            }
        }
        Ok(found)
    }

    /// Returns the request body, its reference resolved.
    ///
    /// # Errors
    ///
    /// If the reference cannot be resolved.
    pub fn request_body(&self, document: &'a Value) -> Result<Option<Node<'a>>, Error> {
        let pointer = pointer::join(&self.pointer, "requestBody");
        self.value.get("requestBody").map(|_| resolve(document, &pointer)).transpose()
    }

    /// Returns the responses by their status, such as `200`, `4XX` or `default`, references resolved.
    ///
    /// # Errors
    ///
    /// If a reference cannot be resolved.
    pub fn responses(&self, document: &'a Value) -> Result<Vec<(&'a str, Node<'a>)>, Error> {
        let responses = members(document, &pointer::join(&self.pointer, "responses"));
        let responses = responses.filter(|(_, status, _)| !status.starts_with("x-"));
        responses.map(|(pointer, status, _)| Ok((status, resolve(document, &pointer)?))).collect()
    }
}

fn parameter(document: &Value, declared_at: String) -> Result<Parameter<'_>, Error> {
    let Node { pointer, value, kind, .. } = resolve(document, &declared_at)?;
    debug_assert_eq!(kind, Kind::Parameter);
    let text = |keyword: &str| {
        let text = value.get(keyword).and_then(Value::as_str);
        text.ok_or_else(|| Error::new(&declared_at, format!("invalid parameter: {keyword:?} must be a string")))
    };
    Ok(Parameter { name: text("name")?, location: text("in")?, pointer, declared_at: declared_at.clone(), value })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{operations, path_parameter_names};
    use crate::kind::METHODS;

    #[test]
    fn every_method_is_an_operation_and_nothing_else_of_a_path_item_is() {
        let mut item = json!({ "summary": "a", "description": "b", "servers": [], "parameters": [], "x-get": {} });
        for method in METHODS {
            item[method] = json!({ "operationId": format!("{method}A") });
        }
        let document = json!({ "paths": { "/a": item, "x-b": { "get": {} }, "/c": { "$ref": "#/paths/~1d" }, "/d": { "get": {} },
            "/e": { "$ref": "#/paths/~1none" } } });
        let found = operations(&document);
        assert_eq!(found.len(), METHODS.len() + 2);
        for operation in found.iter().filter(|operation| operation.path == "/a") {
            assert_eq!(operation.id(), Some(format!("{}A", operation.method).as_str()));
            assert_eq!(operation.path_item(), "/paths/~1a");
            assert_eq!(document.pointer(&operation.pointer), Some(operation.value));
        }
    }

    #[test]
    fn a_parameter_of_the_operation_replaces_that_of_its_path_item() {
        let document = json!({
            "paths": { "/a/{id}": {
                "parameters": [{ "$ref": "#/components/parameters/id" }, { "name": "top", "in": "query", "required": true }],
                "get": { "parameters": [{ "name": "top", "in": "query" }, { "name": "top", "in": "header" }] } } },
            "components": { "parameters": { "id": { "name": "id", "in": "path" } } } });
        let operation = operations(&document).remove(0);
        let parameters = operation.parameters(&document).unwrap();
        let places: Vec<_> = parameters.iter().map(|p| (p.name, p.location, p.pointer.as_str())).collect();
        let own = "/paths/~1a~1{id}/get/parameters";
        assert_eq!(
            places,
            [
                ("id", "path", "/components/parameters/id"),
                ("top", "query", format!("{own}/0").as_str()),
                ("top", "header", format!("{own}/1").as_str()),
            ]
        );
        assert_eq!(parameters[0].declared_at, "/paths/~1a~1{id}/parameters/0");
    }

    #[test]
    fn a_parameter_without_name_or_location_is_an_error_with_its_place() {
        for parameter in
            [json!({ "name": "a" }), json!({ "in": "query" }), json!(1), json!({ "name": 1, "in": "query" })]
        {
            let document = json!({ "paths": { "/a": { "get": { "parameters": [parameter] } } } });
            let error = operations(&document)[0].parameters(&document).unwrap_err();
            assert_eq!(error.pointer(), "/paths/~1a/get/parameters/0");
        }
    }

    #[test]
    fn bodies_and_responses_are_resolved() {
        let document = json!({
            "paths": { "/a": { "get": {
                "requestBody": { "$ref": "#/components/requestBodies/b" },
                "responses": { "200": { "$ref": "#/components/responses/r" }, "x-a": {}, "default": {} } }, "put": {} } },
            "components": { "requestBodies": { "b": { "required": true } }, "responses": { "r": { "description": "" } } } });
        let [get, put] = <[_; 2]>::try_from(operations(&document)).unwrap();
        assert_eq!(get.request_body(&document).unwrap().unwrap().pointer, "/components/requestBodies/b");
        assert_eq!(put.request_body(&document).unwrap(), None);
        let responses = get.responses(&document).unwrap();
        let responses: Vec<_> = responses.iter().map(|(status, node)| (*status, node.pointer.as_str())).collect();
        assert_eq!(responses, [("200", "/components/responses/r"), ("default", "/paths/~1a/get/responses/default")]);
    }

    #[test]
    fn the_names_in_a_template_are_those_between_braces() {
        for (path, names) in [("/a", vec![]), ("/{a}/b(c='{d}')", vec!["a", "d"]), ("/{a", vec![]), ("/a}{", vec![])] {
            assert_eq!(path_parameter_names(path).collect::<Vec<_>>(), names, "{path}");
        }
    }
}
