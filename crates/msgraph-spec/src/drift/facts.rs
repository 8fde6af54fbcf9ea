//! The facts of a spec, by names that both specs share.

use std::collections::{BTreeMap, BTreeSet};

use msgraph_openapi::{
    Error, Node, Operation, Parameter, component_at, operations, path_parameter_names, pointer, resolve, target,
};
use serde_json::{Value, json};

use crate::forms;
use crate::words::{self, bounds, our_name, our_path, parameter_kind, path_key, reference};

/// A fact of a spec.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// The value, in terms that both specs share.
    pub(crate) words: String,
    /// The fact that this one belongs to, and without which it is not compared.
    pub(crate) parent: String,
    /// The JSON pointer of the fact.
    pub(crate) pointer: String,
    /// The object or list that contains it, by a name that both specs share.
    pub(crate) container: String,
    /// The JSON pointer of its place, relative to the container.
    pub(crate) below: String,
    /// The value in our forms.
    pub(crate) snippet: Value,
    /// True if our spec may have it if upstream does not.
    pub(crate) only_upstream: bool,
}

/// The facts of a spec.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) facts: BTreeMap<String, Fact>,
    /// The pointers of objects and lists, by names that both specs share.
    pub(crate) containers: BTreeMap<String, String>,
    /// The names of the components.
    pub(crate) components: BTreeSet<String>,
    /// The pointers where parameters and responses are declared, which may refer to a component.
    pub(crate) declared: BTreeMap<String, String>,
    /// The responses of each operation: status, body and place.
    responses: BTreeMap<String, Vec<(String, Fact)>>,
}

/// Collects facts, and the components that are still to be read.
pub(crate) struct Collector<'a> {
    pub(crate) document: &'a Value,
    pub(crate) found: Facts,
    /// The pointers of components, by their names.
    pub(crate) pending: Vec<(String, String)>,
    wanted: Option<&'a BTreeSet<String>>,
}

impl Facts {
    /// Collects the facts of a document, and of the wanted components.
    pub(crate) fn of(document: &Value, wanted: Option<&BTreeSet<String>>) -> Result<Self, Error> {
        let found = Facts {
            facts: BTreeMap::new(),
            containers: BTreeMap::from([("servers".to_owned(), "/servers".to_owned())]),
            components: BTreeSet::new(),
            declared: BTreeMap::new(),
            responses: BTreeMap::new(),
        };
        let mut collector = Collector { document, found, pending: Vec::new(), wanted };
        collector.servers();
        for operation in operations(document) {
            collector.operation(&operation)?;
        }
        while let Some((name, pointer)) = collector.pending.pop() {
            collector.component(&name, &pointer)?;
        }
        Ok(collector.found)
    }

    /// Turns the responses of both sides into facts. A range (`2XX`) or `default` matches each status that it covers on
    /// the other side.
    pub(crate) fn align_responses(&mut self, theirs: &mut Self) {
        let operations: BTreeSet<_> = self.responses.keys().cloned().collect();
        for key in operations {
            let [ours, upstream] =
                [&self.responses, &theirs.responses].map(|all| all.get(&key).cloned().unwrap_or_default());
            for (status, fact) in &ours {
                self.facts.insert(format!("response {key} {status}"), fact.clone());
            }
            let mut covered = BTreeSet::new();
            for (status, fact) in &ours {
                let Some((theirs_status, found)) = covering(status, &upstream) else { continue };
                covered.insert(theirs_status.clone());
                // The range describes the successes with a body; another may have none.
                let in_range = ours
                    .iter()
                    .filter(|(other, _)| covering(other, &upstream).is_some_and(|(by, _)| by == theirs_status));
                let has_body = in_range.into_iter().any(|(_, fact)| fact.words != forms::NO_BODY);
                let found = if status == "204" && has_body { fact.clone() } else { found.clone() };
                theirs.facts.insert(format!("response {key} {status}"), found);
            }
            for (status, fact) in upstream.iter().filter(|(status, _)| !covered.contains(status)) {
                // Our range covers a status of theirs.
                let ours = covering(status, &ours).map_or(status, |(status, _)| status);
                theirs.facts.insert(format!("response {key} {ours}"), fact.clone());
            }
        }
    }
}

/// Returns the response for a status: the exact one, that of its range, or the default of failures.
fn covering<'a>(status: &str, responses: &'a [(String, Fact)]) -> Option<&'a (String, Fact)> {
    let find = |wanted: &str| responses.iter().find(|(status, _)| status.eq_ignore_ascii_case(wanted));
    let is_failure = status.starts_with(['4', '5']) || status == "default";
    find(status)
        .or_else(|| find(&format!("{}XX", status.get(..1)?)))
        .or_else(|| if is_failure { find("default") } else { None })
}

/// Items of a list have only the fact of the list.
pub(crate) fn fact_around(key: &str) -> String {
    key.trim_end_matches("[]").to_owned()
}

impl Collector<'_> {
    /// Whether the document is upstream's: of that only some components are wanted.
    pub(crate) fn is_upstream(&self) -> bool {
        self.wanted.is_some()
    }

    pub(crate) fn add(&mut self, key: String, fact: Fact) {
        self.found.facts.insert(key, fact);
    }

    /// Adds the fact of a keyword.
    pub(crate) fn keyword(&mut self, parent: &str, object: &str, keyword: &str, words: String, snippet: Value) {
        self.found.containers.entry(parent.to_owned()).or_insert_with(|| object.to_owned());
        self.add(
            format!("{parent} {keyword}"),
            Fact {
                words,
                parent: fact_around(parent),
                pointer: pointer::join(object, keyword),
                container: parent.to_owned(),
                below: pointer::join("", keyword),
                snippet,
                // Microsoft's spec lacks both in most places.
                only_upstream: matches!(keyword, "readOnly" | "externalDocs" | "evolvable"),
            },
        );
    }

    /// Adds a flag if it is set.
    pub(crate) fn flag(&mut self, parent: &str, object: &str, keyword: &str, is_set: bool) {
        if is_set {
            self.keyword(parent, object, keyword, "true".to_owned(), true.into());
        }
    }

    fn servers(&mut self) {
        for (index, server) in self.document["servers"].as_array().into_iter().flatten().enumerate() {
            let url = server["url"].as_str().unwrap_or_default().trim_end_matches('/');
            let fact = Fact {
                words: url.to_owned(),
                parent: String::new(),
                pointer: format!("/servers/{index}"),
                container: "servers".to_owned(),
                below: "/-".to_owned(),
                snippet: json!({ "url": url }),
                only_upstream: false,
            };
            self.add(format!("server {}", index + 1), fact);
        }
    }

    fn operation(&mut self, operation: &Operation<'_>) -> Result<(), Error> {
        let key = format!("{} {}", operation.method.to_uppercase(), path_key(operation.path));
        let parent = format!("operation {key}");
        let place = &operation.pointer;
        // The name that our spec would have.
        let path = if self.is_upstream() { our_path(operation.path) } else { operation.path.to_owned() };
        self.found.containers.insert(parent.clone(), place.clone());
        self.found.containers.insert(format!("path {}", path_key(operation.path)), pointer::join("/paths", &path));
        self.add(
            parent.clone(),
            Fact {
                words: "present".to_owned(),
                parent: String::new(),
                pointer: place.clone(),
                container: format!("path {}", path_key(operation.path)),
                below: pointer::join("", operation.method),
                snippet: forms::operation(self.document, operation)?,
                only_upstream: false,
            },
        );
        self.flag(&parent, place, "deprecated", operation.value["deprecated"] == true);
        if let Some(url) = operation.value["externalDocs"]["url"].as_str() {
            let snippet = json!({ "url": url });
            self.keyword(&parent, place, "externalDocs", url.to_owned(), snippet);
        }
        let list = pointer::join(place, "parameters");
        self.found.containers.insert(format!("parameters {key}"), list);
        for parameter in operation.parameters(self.document)? {
            self.parameter(&key, operation, &parameter)?;
        }
        if let Some(body) = operation.request_body(self.document)? {
            let body_key = format!("body {key}");
            let is_required = body.value["required"] == true;
            self.found.containers.insert(body_key.clone(), body.pointer.clone());
            let fact = self.message(&parent, &body_key, &body)?;
            self.add(body_key.clone(), Fact { container: parent.clone(), below: "/requestBody".to_owned(), ..fact });
            self.flag(&body_key, &body.pointer, "required", is_required);
        }
        self.found.containers.insert(format!("responses {key}"), pointer::join(place, "responses"));
        for (status, response) in operation.responses(self.document)? {
            self.response(&key, &parent, status, &response)?;
        }
        Ok(())
    }

    fn response(&mut self, key: &str, parent: &str, status: &str, response: &Node<'_>) -> Result<(), Error> {
        let response_key = format!("response {key} {status}");
        let fact = self.message(parent, &response_key, response)?;
        let declared_at = self.found.containers.get(&format!("responses {key}")).map(|all| pointer::join(all, status));
        self.found.declared.extend(declared_at.map(|place| (response_key.clone(), place)));
        let fact = Fact { container: format!("responses {key}"), below: pointer::join("", status), ..fact };
        self.found.responses.entry(key.to_owned()).or_default().push((status.to_owned(), fact));
        // Upstream's range and our statuses in it are matched by their first digit; `default` is for failures.
        let class = if status == "default" { "4" } else { status.get(..1).unwrap_or_default() };
        let class = format!("responses {key} {class}");
        self.found.containers.entry(class.clone()).or_insert_with(|| response.pointer.clone());
        for (header, value) in response.value["headers"].as_object().into_iter().flatten() {
            let fact = Fact {
                words: "present".to_owned(),
                parent: parent.to_owned(),
                pointer: pointer::join_all(&response.pointer, ["headers", header]),
                container: class.clone(),
                below: pointer::join_all("", ["headers", header]),
                snippet: forms::header(value),
                only_upstream: true,
            };
            self.add(format!("header {key} {}", header.to_lowercase()), fact);
        }
        Ok(())
    }

    fn parameter(&mut self, key: &str, operation: &Operation<'_>, parameter: &Parameter<'_>) -> Result<(), Error> {
        let in_path = path_parameter_names(operation.path).position(|name| name == parameter.name);
        let parameter_key = match (parameter.location, in_path) {
            // A path parameter has no name on the wire.
            ("path", Some(index)) => format!("parameter {key} path {}", index + 1),
            // https://spec.openapis.org/oas/v3.0.4.html#parameter-object: these are ignored.
            ("header", _)
                if ["accept", "authorization", "content-type"].contains(&parameter.name.to_lowercase().as_str()) =>
            {
                return Ok(());
            }
            (location, _) => format!("parameter {key} {location} {}", parameter.name),
        };
        let schema = match parameter.value["content"].as_object().and_then(|content| content.iter().next()) {
            Some((media_type, _)) => pointer::join_all(&parameter.pointer, ["content", media_type, "schema"]),
            None => pointer::join(&parameter.pointer, "schema"),
        };
        let value = self.document.pointer(&schema).unwrap_or(&Value::Null);
        self.found.containers.insert(parameter_key.clone(), parameter.pointer.clone());
        self.found.declared.insert(parameter_key.clone(), parameter.declared_at.clone());
        self.add(
            parameter_key.clone(),
            Fact {
                words: parameter_kind(parameter.value, value),
                parent: format!("operation {key}"),
                pointer: parameter.pointer.clone(),
                container: format!("parameters {key}"),
                below: "/-".to_owned(),
                snippet: forms::parameter(parameter),
                only_upstream: false,
            },
        );
        self.flag(&parameter_key, &parameter.pointer, "required", parameter.value["required"] == true);
        self.flag(&parameter_key, &parameter.pointer, "deprecated", parameter.value["deprecated"] == true);
        self.found.containers.insert(format!("{parameter_key} schema"), schema.clone());
        for (keyword, words) in bounds(value) {
            self.keyword(&parameter_key, &schema, keyword, words, value[keyword].clone());
            if let Some(fact) = self.found.facts.get_mut(&format!("{parameter_key} {keyword}")) {
                fact.container.push_str(" schema");
            }
        }
        self.members(&parameter_key, &schema, value);
        self.follow(value)
    }

    /// Returns the fact of a message's body.
    fn message(&mut self, parent: &str, key: &str, message: &Node<'_>) -> Result<Fact, Error> {
        let content = message.value["content"].as_object();
        let json = content.and_then(|content| content.get_key_value("application/json"));
        let media_type = json.or_else(|| content.and_then(|content| content.iter().next()));
        let mut words = forms::NO_BODY.to_owned();
        if let Some((name, _)) = media_type {
            let schema = pointer::join_all(&message.pointer, ["content", name, "schema"]);
            let value = self.document.pointer(&schema).unwrap_or(&Value::Null);
            words = words::kind(value);
            if name != "application/json" {
                words = format!("{words} as {name}");
            }
            self.follow(value)?;
            if reference(value).is_none() {
                self.schema(key, &schema, value, 0)?;
            }
        }
        Ok(Fact {
            words,
            parent: parent.to_owned(),
            pointer: message.pointer.clone(),
            container: String::new(),
            below: String::new(),
            snippet: forms::message(message.value),
            only_upstream: false,
        })
    }

    /// Adds the component of a schema or its items to those to read.
    pub(crate) fn follow(&mut self, schema: &Value) -> Result<(), Error> {
        let mut schema = schema;
        while reference(schema).is_none() && schema.get("items").is_some() {
            schema = &schema["items"];
        }
        let Some(reference) = reference(schema) else { return Ok(()) };
        self.want(&target(reference)?)
    }

    /// Adds a component to those to read, if it is wanted.
    ///
    /// # Errors
    ///
    /// If it cannot be resolved.
    pub(crate) fn want(&mut self, pointer: &str) -> Result<(), Error> {
        let Some(name) = component_at(pointer).map(|name| our_name(&name)) else { return Ok(()) };
        if self.wanted.is_none_or(|wanted| wanted.contains(&name)) {
            resolve(self.document, pointer)?;
            if self.found.components.insert(name.clone()) {
                self.pending.push((name, pointer.to_owned()));
            }
        }
        Ok(())
    }
}
