//! Inheritance by `allOf`: each derived component gets the properties of its bases, and a base that is used as a value
//! becomes a tagged union of the types that are derived from it.

use std::collections::{BTreeMap, BTreeSet};

use msgraph_openapi::pointer::{self, join};
use msgraph_openapi::{Error, Kind, SCHEMAS, component_at, component_name, members, nodes};
use serde_json::{Map, Value, json};

use crate::problems::Problems;

/// The discriminator of OData.
pub(crate) const TAG: &str = "@odata.type";

/// What inheritance was in the document.
#[derive(Default)]
pub(crate) struct Inheritance {
    /// The bases of each derived component.
    pub(crate) bases: BTreeMap<String, Vec<String>>,
    /// The component that a value without a discriminator has, by union.
    pub(crate) defaults: BTreeMap<String, String>,
}

/// Replaces inheritance by flat objects and tagged unions.
pub(crate) fn run(document: &mut Value, problems: &mut Problems) -> Inheritance {
    let mut inheritance = Inheritance::default();
    for (_, name, schema) in members(document, SCHEMAS) {
        let bases = bases(document, schema);
        if !bases.is_empty() {
            inheritance.bases.insert(name.to_owned(), bases);
        }
    }
    let is_value = used_as_values(document, &inheritance);
    let mut flat = Vec::new();
    let mut unions = Vec::new();
    let reader = Reader { document, inheritance: &inheritance };
    for (pointer, name, schema) in members(document, SCHEMAS) {
        if inheritance.bases.contains_key(name) {
            flat.extend(problems.keep(reader.flattened(name)).map(|parts| (name.to_owned(), parts)));
        }
        let has_mapping = schema.get("discriminator").is_some() && schema.get("anyOf").is_none();
        let descendants = reader.descendants(name);
        if is_value.contains(name) && (has_mapping || !descendants.is_empty()) {
            unions.extend(problems.keep(reader.union(name, &pointer, &descendants)).flatten());
        }
    }
    for (name, parts) in flat {
        let target = join(SCHEMAS, &name);
        for (property, from) in parts.origins {
            problems.moved(join(&join(&target, "properties"), &property), from);
        }
        document["components"]["schemas"][&name] = parts.schema;
    }
    for pointer in members(document, SCHEMAS).map(|(pointer, ..)| pointer).collect::<Vec<_>>() {
        if let Some(schema) = document.pointer_mut(&pointer).and_then(Value::as_object_mut)
            && !schema.contains_key("anyOf")
        {
            schema.remove("discriminator");
        }
    }
    for union in unions {
        apply(document, union, &mut inheritance, problems);
    }
    inheritance
}

/// Returns the objects that a component is composed of by `allOf`.
fn bases(document: &Value, schema: &Value) -> Vec<String> {
    let arms = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let is_composed = |name: &String| {
        let base = document.pointer(&join(SCHEMAS, name));
        base.is_some_and(|base| base.get("allOf").is_some() || base.get("type").is_some_and(|kind| kind == "object"))
    };
    arms.filter_map(|arm| component_name(arm.get("$ref")?.as_str()?)).filter(is_composed).collect()
}

/// Returns the components that are used other than as a base.
fn used_as_values(document: &Value, inheritance: &Inheritance) -> BTreeSet<String> {
    let owner = |pointer: &str, keyword: &str| {
        let list = pointer::parent(pointer).and_then(pointer::split);
        list.filter(|(_, name)| name == keyword).map(|(owner, _)| owner.to_owned())
    };
    let is_base_of = |pointer: &str| {
        let component = owner(pointer, "allOf");
        component.is_some_and(|owner| component_at(&owner).is_some_and(|name| inheritance.bases.contains_key(&*name)))
    };
    let is_arm_of_union = |pointer: &str| {
        let owner = owner(pointer, "anyOf").and_then(|owner| document.pointer(&owner));
        owner.is_some_and(|owner| owner.get("discriminator").is_some())
    };
    let references = nodes(document).filter(|node| node.kind != Kind::Discriminator);
    let references = references.filter(|node| !is_base_of(&node.pointer) && !is_arm_of_union(&node.pointer));
    references.filter_map(|node| component_name(node.reference()?)).collect()
}

struct Flat {
    schema: Value,
    /// The place of each property that was elsewhere.
    origins: Vec<(String, String)>,
}

struct Union {
    name: String,
    base: String,
    /// The discriminating value of each member, by component.
    tags: Vec<(String, String)>,
    property: String,
}

struct Reader<'a> {
    document: &'a Value,
    inheritance: &'a Inheritance,
}

impl Reader<'_> {
    fn flattened(&self, name: &str) -> Result<Flat, Error> {
        let mut flat = Flat { schema: json!({ "type": "object", "properties": {} }), origins: Vec::new() };
        self.merge(&mut flat, name, &mut Vec::new())?;
        Ok(flat)
    }

    /// Adds what a component has, after what its bases have.
    fn merge(&self, flat: &mut Flat, name: &str, path: &mut Vec<String>) -> Result<(), Error> {
        let pointer = join(SCHEMAS, name);
        if path.iter().any(|other| other == name) {
            return Err(Error::new(pointer, format!("{name:?} is derived from itself; remove the reference in allOf")));
        }
        path.push(name.to_owned());
        let schema = self.document.pointer(&pointer).unwrap_or(&Value::Null);
        let is_own = path.len() == 1;
        for (index, arm) in schema.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let place = format!("{pointer}/allOf/{index}");
            match arm.get("$ref").and_then(Value::as_str).and_then(component_name) {
                Some(base) if self.inheritance.bases.get(name).is_some_and(|bases| bases.contains(&base)) => {
                    self.merge(flat, &base, path)?;
                }
                Some(base) => {
                    return Err(Error::new(place, format!("{base:?} is not an object; a base must be one")));
                }
                None => own(flat, arm, &place, is_own)?,
            }
        }
        own(flat, schema, &pointer, is_own)?;
        path.pop();
        Ok(())
    }

    /// Returns the components that are derived from one, directly or through others.
    fn descendants(&self, base: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut pending = vec![base.to_owned()];
        while let Some(base) = pending.pop() {
            let derived = self.inheritance.bases.iter().filter(|(_, bases)| bases.contains(&base));
            pending.extend(derived.map(|(name, _)| name.clone()).filter(|name| found.insert(name.clone())));
        }
        found
    }

    /// Returns the union that a base is, or `None` if nothing tells the derived types apart.
    fn union(&self, name: &str, pointer: &str, descendants: &BTreeSet<String>) -> Result<Option<Union>, Error> {
        let base = format!("{name}Base");
        if self.document.pointer(&join(SCHEMAS, &base)).is_some() {
            let message = format!("the base type of {name:?} would be named {base:?}, like the component of that name");
            return Err(Error::new(pointer, message));
        }
        let schema = self.document.pointer(pointer).unwrap_or(&Value::Null);
        let arm = || schema.pointer("/allOf/0/discriminator").or_else(|| schema.pointer("/allOf/1/discriminator"));
        let discriminator = schema.get("discriminator").or_else(arm);
        let mapping = discriminator.and_then(|discriminator| discriminator.get("mapping")).and_then(Value::as_object);
        let property = discriminator.and_then(|discriminator| discriminator.get("propertyName")?.as_str());
        let property = property.unwrap_or(TAG).to_owned();
        let mut tags = BTreeMap::new();
        for (value, target) in mapping.into_iter().flatten() {
            let target = target
                .as_str()
                .and_then(component_name)
                .filter(|target| target == name || descendants.contains(target));
            let Some(target) = target else {
                let message =
                    format!("{value:?} must be mapped to {name:?} or a component that is derived from it by allOf");
                return Err(Error::new(format!("{pointer}/discriminator/mapping"), message));
            };
            tags.insert(target, value.clone());
        }
        // OData names a type by "#" and its qualified name.
        for component in descendants.iter().map(String::as_str).chain([name]) {
            let by_convention = property == TAG && component.contains('.');
            if !tags.contains_key(component) && by_convention {
                tags.insert(component.to_owned(), format!("#{component}"));
            } else if !tags.contains_key(component) && mapping.is_some() && component != name {
                let message = format!("{component:?} is derived from {name:?}; add it to the mapping");
                return Err(Error::new(format!("{pointer}/discriminator/mapping"), message));
            }
        }
        let tags: Vec<_> = tags.into_iter().collect();
        let has_members = tags.iter().any(|(component, _)| component != name);
        Ok(has_members.then(|| Union { name: name.to_owned(), base, tags, property }))
    }
}

/// Adds the properties and requirements of one object.
fn own(flat: &mut Flat, object: &Value, place: &str, is_own: bool) -> Result<(), Error> {
    const MERGED: [&str; 7] =
        ["additionalProperties", "allOf", "discriminator", "nullable", "properties", "required", "type"];
    let Some(object) = object.as_object() else { return Err(Error::new(place, "a schema must be an object")) };
    if place.contains("/allOf/") && object.contains_key("allOf") {
        return Err(Error::new(
            place,
            "allOf within allOf is not supported; make this object a component, and refer to it",
        ));
    }
    let is_annotation = |key: &str| crate::shape::ANNOTATIONS.contains(&key) || key.starts_with("x-");
    if let Some(key) = object.keys().find(|key| !MERGED.contains(&key.as_str()) && !is_annotation(key)) {
        let message =
            format!("the keyword {key:?} is not supported in inheritance by allOf; remove it, or use a property");
        return Err(Error::new(place, message));
    }
    if object.get("type").is_some_and(|kind| kind != "object") {
        return Err(Error::new(place, "allOf is supported for objects only"));
    }
    for (name, schema) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let other = flat.schema["properties"].get(name);
        if other.is_some_and(|other| kind_of(other) != kind_of(schema)) && name != TAG {
            let message = format!("the property {name:?} is of another type in a base; remove one of them");
            return Err(Error::new(join(&join(place, "properties"), name), message));
        }
        flat.schema["properties"][name] = schema.clone();
        flat.origins.retain(|(other, _)| other != name);
        flat.origins.push((name.clone(), join(&join(place, "properties"), name)));
    }
    let required = object.get("required").and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<Value> = flat.schema["required"].as_array().cloned().unwrap_or_default();
    for name in required {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    if !all.is_empty() {
        flat.schema["required"] = all.into();
    }
    if is_own {
        for (key, value) in
            object.iter().filter(|(key, _)| is_annotation(key) || *key == "additionalProperties" || *key == "nullable")
        {
            flat.schema[key] = value.clone();
        }
    }
    Ok(())
}

/// Returns what determines the type of a property.
fn kind_of(schema: &Value) -> [&Value; 6] {
    ["type", "format", "$ref", "items", "anyOf", "allOf"].map(|keyword| schema.get(keyword).unwrap_or(&Value::Null))
}

/// Puts a union in the place of its base, which gets another name.
fn apply(document: &mut Value, union: Union, inheritance: &mut Inheritance, problems: &mut Problems) {
    let Union { name, base, tags, property } = union;
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let Some(schema) = schemas.remove(&name) else { return };
    let mut replacement = json!({ "discriminator": { "propertyName": property, "mapping": {} }, "anyOf": [] });
    for annotation in ["description", "deprecated", "externalDocs"] {
        if let Some(value) = schema.get(annotation) {
            replacement[annotation] = value.clone();
        }
    }
    problems.moved(join(SCHEMAS, &base), join(SCHEMAS, &name));
    schemas.insert(base.clone(), schema);
    if let Some(bases) = inheritance.bases.get(&name).cloned() {
        inheritance.bases.insert(base.clone(), bases);
    }
    inheritance.defaults.insert(name.clone(), base.clone());
    let mut arms = Vec::new();
    for (component, tag) in tags {
        // A member that is a union itself was, or will be, given this name.
        let own = inheritance.defaults.get(&component).cloned().unwrap_or(component);
        let reference = join("#/components/schemas", &own);
        replacement["discriminator"]["mapping"][&tag] = reference.clone().into();
        arms.push(json!({ "$ref": reference }));
        set_tag(schemas, &own, &property, &tag);
    }
    arms.push(json!({ "type": "object" }));
    replacement["anyOf"] = arms.into();
    // Unions that were made before refer to the base by its new name.
    let (old, new) = (
        json!({ "$ref": join("#/components/schemas", &name) }),
        json!({ "$ref": join("#/components/schemas", &base) }),
    );
    for other in inheritance.defaults.keys().filter(|other| **other != name) {
        let Some(other) = schemas.get_mut(other) else { continue };
        for arm in other["anyOf"].as_array_mut().into_iter().flatten().filter(|arm| **arm == old) {
            *arm = new.clone();
        }
        let mapping = other.pointer_mut("/discriminator/mapping").and_then(Value::as_object_mut);
        for target in mapping.into_iter().flat_map(Map::values_mut).filter(|target| **target == old["$ref"]) {
            *target = new["$ref"].clone();
        }
    }
    schemas.insert(name, replacement);
}

/// Gives a member of a union its discriminating value.
fn set_tag(schemas: &mut Map<String, Value>, component: &str, property: &str, tag: &str) {
    let Some(schema) = schemas.get_mut(component).and_then(Value::as_object_mut) else { return };
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    let description = properties.pointer(&join("", property)).and_then(|schema| schema.get("description")).cloned();
    properties[property] = json!({ "type": "string", "enum": [tag] });
    properties[property]["description"] = description.unwrap_or_else(|| "The discriminating OData type.".into());
}
