//! The part of upstream that a spec of ours is compared with: its structure, without its prose.

use std::collections::{BTreeMap, BTreeSet};

use msgraph_openapi::{SCHEMAS, component_name, members, nodes, pointer, references};
use serde_json::{Value, json};

use crate::Upstream;
use crate::drift::{is_below, roots};
use crate::words::{is_read_only, our_name};

/// Marks a schema whose contents are not recorded.
pub(crate) const STUB: &str = "x-stub";

/// Marks a schema that was not taken from upstream itself.
const REBUILT: &str = "x-rebuilt-from";

/// Texts, and what only tools of Microsoft's read.
const PROSE: [&str; 5] = ["title", "summary", "description", "example", "tags"];

/// Returns the operations at and below our paths and the schemas that ours has too; of others only enumerations, and
/// that they exist. Types that the record before has from elsewhere, since upstream lists no derived types, are kept.
pub(crate) fn record(upstream: &Upstream<'_>, ours: &Value, before: &Value) -> Result<Value, String> {
    let roots = roots(ours);
    let names: BTreeSet<_> = members(ours, SCHEMAS).map(|(_, name, _)| name.to_owned()).collect();
    let excerpt = upstream.excerpt(|path| is_below(path, &roots), |schema| names.contains(&our_name(schema)))?;
    let mut document = excerpt.document;
    add_stubs(upstream, &mut document)?;
    without_prose(&mut document);
    let rebuilt = members(before, SCHEMAS).filter(|(.., schema)| schema.get(REBUILT).is_some());
    let rebuilt: BTreeMap<_, _> = rebuilt.map(|(_, name, schema)| (name, schema)).collect();
    let has_unions = members(&document, SCHEMAS).any(|(.., schema)| schema.get("discriminator").is_some());
    if !has_unions {
        for (name, schema) in rebuilt {
            document["components"]["schemas"][name] = schema.clone();
        }
        add_stubs(upstream, &mut document)?;
    }
    Ok(document)
}

/// Adds what is referred to and not there: whole if it is an enumeration, else as a stub.
fn add_stubs(upstream: &Upstream<'_>, document: &mut Value) -> Result<(), String> {
    let names: BTreeSet<_> = references(document).iter().filter_map(|found| component_name(&found.text)).collect();
    for name in names {
        if document.pointer(&pointer::join(SCHEMAS, &name)).is_none() {
            let schema = upstream.schema(&name)?.filter(|schema| schema.get("enum").is_some());
            let schema = schema.unwrap_or_else(|| json!({ "type": "object", STUB: true }));
            document["components"]["schemas"][name] = schema;
        }
    }
    Ok(())
}

/// Removes texts. That a property is for reading only is a fact that upstream mostly has in one.
fn without_prose(document: &mut Value) {
    let places: Vec<_> = nodes(document).map(|node| (node.pointer.clone(), node.kind)).collect();
    for (place, kind) in places {
        let Some(Value::Object(object)) = document.pointer_mut(&place) else { continue };
        let is_property = pointer::parent(&place).is_some_and(|list| list.ends_with("/properties"));
        if kind.is_schema() && is_property && is_read_only(&Value::Object(object.clone())) {
            object.insert("readOnly".to_owned(), true.into());
        }
        // The title of the document is required.
        object.retain(|keyword, _| place == "/info" && keyword == "title" || !PROSE.contains(&keyword.as_str()));
    }
    if let Some(document) = document.as_object_mut() {
        document
            .retain(|keyword, _| matches!(keyword.as_str(), "openapi" | "info" | "servers" | "paths" | "components"));
    }
}
