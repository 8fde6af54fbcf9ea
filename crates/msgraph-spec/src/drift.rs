//! What Microsoft's own description has that ours has not, and the reverse.

mod upstream;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use msgraph_openapi::{METHODS, operations, pointer};
use serde_json::Value;

use upstream::Upstream;

/// A fact that one of two descriptions has, or that they tell differently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Difference {
    /// What it is about, such as `property incidentTask.status`.
    pub fact: String,
    /// What ours says; `None` where it says nothing.
    pub ours: Option<String>,
    /// What upstream says; `None` where it says nothing.
    pub upstream: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: ours {}, upstream {}", self.fact, side(&self.ours), side(&self.upstream))
    }
}

/// The differences between our description (JSON) and upstream's (YAML), as far as our operations reach; those that
/// `decided` names are left out, where a `*` at the end stands for anything.
///
/// # Errors
///
/// Where a text can't be read, has aliases, or refers to something outside itself. Nothing in it is ever run or
/// fetched.
pub fn drift(ours: &str, upstream: &str, decided: &[String]) -> Result<Vec<Difference>, String> {
    let ours: Value = serde_json::from_str(ours).map_err(|error| format!("ours is not JSON: {error}"))?;
    let theirs = Upstream::of(upstream)?;
    let mut comparison = Comparison { ours: &ours, theirs: &theirs, found: Vec::new(), seen: BTreeSet::new() };
    comparison.operations()?;
    let is_decided = |fact: &str| {
        decided.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => fact.starts_with(beginning),
            None => fact == pattern,
        })
    };
    let mut found = comparison.found;
    found.retain(|difference| !is_decided(&difference.fact));
    found.sort();
    found.dedup();
    Ok(found)
}

struct Comparison<'a> {
    ours: &'a Value,
    theirs: &'a Upstream<'a>,
    found: Vec<Difference>,
    seen: BTreeSet<String>,
}

/// An operation with its path and method.
type Operations = BTreeMap<String, Value>;

impl Comparison<'_> {
    fn operations(&mut self) -> Result<(), String> {
        let ours: Operations = operations(self.ours)
            .into_iter()
            .map(|operation| (key_of(operation.path, operation.method), operation.value.clone()))
            .collect();
        // A module of upstream has what begins like our resource.
        let prefix: String = ours
            .keys()
            .filter_map(|key| key.split_once(' '))
            .map(|(_, path)| path)
            .filter(|path| path.matches('/').count() > 1)
            .min_by_key(|path| path.len())
            .unwrap_or("/")
            .to_owned();
        let mut theirs = Operations::new();
        for path in self.theirs.paths(&prefix) {
            for (method, operation) in self.theirs.path(&path)?.as_object().into_iter().flatten() {
                if METHODS.contains(&method.as_str()) {
                    theirs.insert(key_of(&path, method), operation.clone());
                }
            }
        }
        for key in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
            match (ours.get(key), theirs.get(key)) {
                (Some(ours), Some(theirs)) => self.operation(key, ours, theirs)?,
                (ours, theirs) => self.differ(
                    &format!("operation {key}"),
                    ours.map(|_| "has it".to_owned()),
                    theirs.map(|_| "has it".to_owned()),
                ),
            }
        }
        Ok(())
    }

    fn operation(&mut self, key: &str, ours: &Value, theirs: &Value) -> Result<(), String> {
        let [our, their] = [self.parameters(ours, false)?, self.parameters(theirs, true)?];
        for name in our.keys().chain(their.keys()).collect::<BTreeSet<_>>() {
            self.differ(&format!("parameter {key} {name}"), our.get(name).cloned(), their.get(name).cloned());
        }
        for (what, pointer) in [("body", "/requestBody"), ("answer", "/responses"), ("failure", "/responses")] {
            let our = self.body(what, ours.pointer(pointer), false)?;
            let their = self.body(what, theirs.pointer(pointer), true)?;
            let [our_words, their_words] = [&our, &their].map(|schema| schema.as_ref().map(in_words));
            self.differ(&format!("{what} {key}"), our_words, their_words);
            if let (Some(our), Some(their)) = (our, their) {
                self.schemas(&our, &their)?;
            }
        }
        Ok(())
    }

    /// Parameters in the query, by their name; a list that stands with commas is a text.
    fn parameters(&self, operation: &Value, upstream: bool) -> Result<BTreeMap<String, String>, String> {
        let mut found = BTreeMap::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = self.resolved(parameter, upstream)?;
            if let (Some(place @ ("query" | "header")), Some(name)) =
                (parameter["in"].as_str(), parameter["name"].as_str())
            {
                let words = in_words(&parameter["schema"]);
                found.insert(
                    format!("{place} {name}"),
                    if words == "[string]" { "string".to_owned() } else { words.replace("int32", "integer") },
                );
            }
        }
        Ok(found)
    }

    /// The schema of a message: of a request, or of the first success or failure that has one.
    fn body(&self, what: &str, message: Option<&Value>, upstream: bool) -> Result<Option<Value>, String> {
        let Some(message) = message else { return Ok(None) };
        let is_wanted = |status: &str| match what {
            "answer" => status.starts_with('2'),
            _ => status.starts_with(['4', '5']) || status == "default",
        };
        let candidates: Vec<_> = match what {
            "body" => vec![message],
            _ => message
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(status, _)| is_wanted(status))
                .map(|(_, message)| message)
                .collect(),
        };
        for candidate in candidates {
            let resolved = self.resolved(candidate, upstream)?;
            if let Some(schema) = resolved.pointer(&pointer::join_all("", ["content", "application/json", "schema"])) {
                return Ok(Some(schema.clone()));
            }
        }
        Ok(None)
    }

    /// Compares what two schemas lead to, as far as both have it.
    fn schemas(&mut self, ours: &Value, theirs: &Value) -> Result<(), String> {
        let (Some(ours), Some(theirs)) = (reference(ours), reference(theirs)) else { return Ok(()) };
        let name = local(&ours);
        // Another type was found to be another.
        if name != local(&theirs) || !self.seen.insert(name.clone()) {
            return Ok(());
        }
        let [our, their] = [self.component(&ours, false)?, self.component(&theirs, true)?];
        let [our_members, their_members] = [&our, &their].map(members_of);
        for member in our_members.iter().chain(&their_members).collect::<BTreeSet<_>>() {
            let has = |members: &BTreeSet<String>| members.contains(member).then(|| "has it".to_owned());
            self.differ(&format!("member {name}.{member}"), has(&our_members), has(&their_members));
        }
        let [our, their] = [self.properties(&our, false)?, self.properties(&their, true)?];
        for property in our.keys().chain(their.keys()).collect::<BTreeSet<_>>() {
            let [our, their] = [our.get(property), their.get(property)];
            self.differ(&format!("property {name}.{property}"), our.map(in_words), their.map(in_words));
            if let (Some(our), Some(their)) = (our, their) {
                let item = |schema: &Value| schema.get("items").cloned().unwrap_or_else(|| schema.clone());
                self.schemas(&item(our), &item(their))?;
            }
        }
        Ok(())
    }

    fn component(&self, reference: &str, upstream: bool) -> Result<Value, String> {
        match upstream {
            true => self.theirs.target(reference),
            false => Ok(self.ours.pointer(reference.trim_start_matches('#')).cloned().unwrap_or_default()),
        }
    }

    /// The properties of a schema and of what it is made of; those that each arm of a union has count for it.
    fn properties(&self, schema: &Value, upstream: bool) -> Result<BTreeMap<String, Value>, String> {
        let mut found: BTreeMap<String, Value> = BTreeMap::new();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            found.extend(self.properties(&self.resolved(part, upstream)?, upstream)?);
        }
        let mut common: Option<BTreeMap<String, Value>> = None;
        for arm in schema["anyOf"].as_array().into_iter().flatten().filter(|arm| arm.get("$ref").is_some()) {
            let properties = self.properties(&self.resolved(arm, upstream)?, upstream)?;
            common = Some(match common {
                None => properties,
                Some(common) => common.into_iter().filter(|(name, _)| properties.contains_key(name)).collect(),
            });
        }
        found.extend(common.unwrap_or_default());
        let own = schema["properties"].as_object().into_iter().flatten();
        found.extend(own.map(|(name, schema)| (name.clone(), schema.clone())));
        Ok(found)
    }

    fn resolved(&self, value: &Value, upstream: bool) -> Result<Value, String> {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.component(reference, upstream),
            None => Ok(value.clone()),
        }
    }

    fn differ(&mut self, fact: &str, ours: Option<String>, upstream: Option<String>) {
        if ours != upstream {
            self.found.push(Difference { fact: fact.to_owned(), ours, upstream });
        }
    }
}

/// A method and a path, whatever the parameters in it are called.
fn key_of(path: &str, method: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    format!("{} {}", method.to_uppercase(), segments.collect::<Vec<_>>().join("/"))
}

/// The one thing that a schema refers to.
fn reference(schema: &Value) -> Option<String> {
    let arms = schema["anyOf"].as_array().or_else(|| schema["allOf"].as_array());
    let direct = schema.get("$ref").or_else(|| arms?.iter().find_map(|arm| arm.get("$ref")));
    direct.and_then(Value::as_str).map(str::to_owned)
}

/// The last part of a name, as our components are called.
fn local(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    name.strip_suffix("CollectionResponse").map_or_else(|| name.to_owned(), |item| format!("{item}Collection"))
}

/// The members of an enumeration, evolvable or not.
fn members_of(schema: &Value) -> BTreeSet<String> {
    let listed = schema["enum"].as_array().or_else(|| schema.pointer("/anyOf/0/enum")?.as_array());
    listed.into_iter().flatten().filter_map(|member| member.as_str().map(str::to_owned)).collect()
}

/// A type in words that both descriptions share: nullability, bounds and patterns are told differently by each.
fn in_words(schema: &Value) -> String {
    if let Some(reference) = reference(schema) {
        return local(&reference);
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("array"), _) => format!("[{}]", in_words(&schema["items"])),
        (Some("string"), Some("date-time")) => "date-time".to_owned(),
        // One of upstream's profiles writes whole numbers as numbers with a format.
        (Some("number" | "integer"), Some(format @ ("int32" | "int64"))) => format.to_owned(),
        (Some("integer"), None) => "integer".to_owned(),
        (Some(kind), _) => kind.to_owned(),
        (None, _) => "any".to_owned(),
    }
}
