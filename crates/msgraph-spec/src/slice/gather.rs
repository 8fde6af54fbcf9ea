//! The part of upstream that some paths need.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use msgraph_openapi::{METHODS, SCHEMAS, component_at, operations, pointer, references_at, target};
use serde_json::{Map, Value, json};

use crate::Upstream;
use crate::words::{camel_case, our_name, path_key};

/// A part of upstream as a document of its own, with one name here for each of its schemas.
pub(super) struct Gathered {
    pub(super) document: Value,
    /// What is not in it, each with the reason.
    pub(super) left_out: Vec<String>,
}

/// Gathers the paths with everything that they use. Of types that only another refers to, the relationships are left out:
/// they lead to all of Graph.
pub(super) fn gather(upstream: &Upstream<'_>, paths: &[String]) -> Result<Gathered, String> {
    let wanted: Vec<_> = paths.iter().map(|path| Wanted::of(path)).collect();
    let known: BTreeSet<_> = upstream.paths().map(|path| path_key(&path)).collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !known.contains(&wanted.path)) {
        return Err(format!("no such path: {}", unknown.path));
    }
    let excerpt = upstream.excerpt(|path| wanted.iter().any(|wanted| wanted.path == path_key(path)), |_| false)?;
    let mut gathered = Gathered { document: excerpt.document, left_out: Vec::new() };
    gathered.keep_operations(&wanted)?;
    let resources = gathered.of_operations()?.into_iter().map(|name| (name, true, true)).collect();
    gathered.schemas(upstream, resources)?;
    gathered.name_apart();
    Ok(gathered)
}

/// Gathers what one component needs, by the name that it has here.
pub(super) fn component(upstream: &Upstream<'_>, name: &str) -> Result<Value, String> {
    let mut found = upstream.schemas().filter(|schema| our_name(schema) == name).map(Cow::into_owned);
    let Some(first) = found.next() else { return Err(format!("upstream has no schema {name:?}")) };
    if let Some(other) = found.next() {
        return Err(format!("schemas {first:?} and {other:?} are both named {name:?} here: write this one by hand"));
    }
    let mut gathered = Gathered { document: json!({ "paths": {}, "components": {} }), left_out: Vec::new() };
    gathered.schemas(upstream, VecDeque::from([(first, false, true)]))?;
    Ok(gathered.document)
}

/// A path, and a method if only one of its operations is wanted.
struct Wanted {
    method: Option<String>,
    path: String,
}

impl Wanted {
    fn of(text: &str) -> Self {
        let (method, path) = match text.trim().split_once(' ') {
            Some((method, path)) => (Some(method.to_lowercase()), path.trim()),
            None => (None, text.trim()),
        };
        Self { method, path: path_key(path) }
    }
}

impl Gathered {
    /// Removes the operations that are not wanted, and those that no client can be made of.
    fn keep_operations(&mut self, wanted: &[Wanted]) -> Result<(), String> {
        let mut removed = Vec::new();
        for operation in operations(&self.document) {
            let is_wanted = |wanted: &Wanted| {
                wanted.path == path_key(operation.path)
                    && wanted.method.as_deref().is_none_or(|method| method == operation.method)
            };
            let mut messages: Vec<_> = operation.responses(&self.document).map_err(|error| error.to_string())?;
            let body = operation.request_body(&self.document).map_err(|error| error.to_string())?;
            messages.extend(body.map(|body| ("body", body)));
            let is_json = |name: &String| name == "application/json";
            let other = messages.iter().filter_map(|(_, message)| message.value["content"].as_object());
            let other = other.flat_map(Map::keys).find(|name| !is_json(name));
            if let Some(media_type) = other.filter(|_| wanted.iter().any(is_wanted)) {
                let method = operation.method.to_uppercase();
                self.left_out.push(format!("{method} {}: its content is {media_type}", operation.path));
            }
            if other.is_some() || !wanted.iter().any(is_wanted) {
                removed.push(operation.pointer.clone());
            }
        }
        for place in removed {
            if let Some((parent, method)) = pointer::split(&place)
                && let Some(Value::Object(item)) = self.document.pointer_mut(parent)
            {
                item.remove(&*method);
            }
        }
        let has_operations = |item: &Value| METHODS.iter().any(|method| item.get(method).is_some());
        if let Some(paths) = self.document["paths"].as_object_mut() {
            paths.retain(|_, item| has_operations(item));
        }
        Ok(())
    }

    /// Adds the schemas: those of the operations first, whose relationships are kept.
    fn schemas(&mut self, upstream: &Upstream<'_>, first: VecDeque<(String, bool, bool)>) -> Result<(), String> {
        let mut resources = first;
        let mut others = VecDeque::new();
        // Whether a schema is there with its discriminator: a base does not bring all types that it is one of.
        let mut seen: BTreeMap<String, bool> = BTreeMap::new();
        while let Some((name, is_resource, is_whole)) = resources.pop_front().or_else(|| others.pop_front()) {
            if seen.get(&name).is_some_and(|with_discriminator| *with_discriminator || !is_whole) {
                continue;
            }
            let schema = upstream.schema(&name)?;
            let mut schema = schema.ok_or_else(|| format!("dangling reference to schema {name:?}"))?;
            if !is_whole && let Some(schema) = schema.as_object_mut() {
                schema.remove("discriminator");
            }
            if !is_resource {
                self.left_out.extend(without_relationships(&name, &mut schema));
            }
            seen.insert(name.clone(), is_whole);
            let place = pointer::join(SCHEMAS, &name);
            self.document["components"]["schemas"][&name] = schema;
            let is_page = our_name(&name).ends_with("Collection");
            for reference in references_at(&self.document, &place) {
                let target = target(&reference.text).map_err(|error| error.message().to_owned())?;
                let Some(next) = component_at(&target).map(|next| next.into_owned()) else { continue };
                let is_base = pointer::names(&reference.pointer).rev().nth(1).is_some_and(|list| list == "allOf");
                let next = (next, is_resource && (is_page || is_base), !is_base);
                if next.1 {
                    resources.push_back(next)
                } else {
                    others.push_back(next)
                };
            }
        }
        Ok(())
    }

    /// The schemas that the operations refer to themselves.
    fn of_operations(&self) -> Result<BTreeSet<String>, String> {
        let mut pending: Vec<_> = operations(&self.document).into_iter().map(|operation| operation.pointer).collect();
        let mut seen = BTreeSet::new();
        let mut found = BTreeSet::new();
        while let Some(place) = pending.pop() {
            for reference in references_at(&self.document, &place) {
                let target = target(&reference.text).map_err(|error| error.message().to_owned())?;
                match component_at(&target) {
                    Some(name) => drop(found.insert(name.into_owned())),
                    None if seen.insert(target.clone()) => pending.push(target),
                    None => {}
                }
            }
        }
        Ok(found)
    }

    /// Gives schemas whose last names are the same different ones.
    fn name_apart(&mut self) {
        let Some(schemas) = self.document["components"]["schemas"].as_object() else { return };
        let mut names: Vec<_> = schemas.keys().cloned().collect();
        names.sort_by_key(|name| (name.matches('.').count(), name.clone()));
        let mut taken = BTreeSet::new();
        let mut renamed = BTreeMap::new();
        for name in names {
            let parts: Vec<_> = name.split('.').collect();
            let candidates = (1..=parts.len()).map(|count| camel_case(parts[parts.len() - count..].iter().copied()));
            let Some(free) = candidates.into_iter().find(|name| !taken.contains(&our_name(name))) else { continue };
            taken.insert(our_name(&free));
            if our_name(&free) != our_name(&name) {
                renamed.insert(format!("#{SCHEMAS}/{name}"), format!("#{SCHEMAS}/{free}"));
                self.left_out
                    .push(format!("name of {name}: here {free}, since another schema is named {}", our_name(&name)));
            }
        }
        rename(&mut self.document, &renamed);
        if let Some(schemas) = self.document["components"]["schemas"].as_object_mut() {
            for (old, new) in &renamed {
                let [old, new] = [old, new].map(|text| text.rsplit('/').next().unwrap_or_default());
                let schema = schemas.remove(old);
                schema.map(|schema| schemas.insert(new.to_owned(), schema));
            }
        }
    }
}

fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = renamed.get(text.as_str()) {
                text.clone_from(new);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| rename(value, renamed)),
        Value::Object(object) => object.values_mut().for_each(|value| rename(value, renamed)),
        _ => {}
    }
}

/// Removes the relationships of a schema, and returns their names.
fn without_relationships(name: &str, schema: &mut Value) -> Vec<String> {
    let mut removed = Vec::new();
    let mut remove = |schema: &mut Value| {
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.retain(|property, value| {
                let is_relationship = value["x-ms-navigationProperty"] == true;
                if is_relationship {
                    removed.push(format!(
                        "{}.{property}: a relationship of a type that only another refers to",
                        our_name(name)
                    ));
                }
                !is_relationship
            });
        }
    };
    remove(schema);
    if let Some(Value::Array(bases)) = schema.get_mut("allOf") {
        bases.iter_mut().for_each(remove);
    }
    removed
}
