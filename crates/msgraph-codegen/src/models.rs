//! Runs progenitor to make the types. It gets names that are safe in Rust, and
//! its output gets the names of the spec again, so that any name can be a type's or property's.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use msgraph_openapi::pointer::join;
use msgraph_openapi::{Error, SCHEMAS, members};
use proc_macro2::{Ident, Span};
use progenitor::{GenerationSettings, Generator};
use serde_json::{Map, Value, json};
use syn::Item;
use syn::visit_mut::{VisitMut, visit_ident_mut};

use crate::extracted::Extracted;
use crate::names;
use crate::normalise::RustType;
use crate::problems::Problems;

/// The types of a spec.
pub(crate) struct Models {
    pub(crate) items: Vec<Item>,
    /// The properties, by the name of their field in [`items`](Self::items).
    pub(crate) properties: BTreeMap<String, Property>,
}

/// A property of a component.
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) field: Ident,
    pub(crate) deprecated: bool,
}

/// The field of unknown properties.
pub(crate) const EXTRA: &str = "extra";

/// Checks that a document is OpenAPI 3.0 for progenitor too.
pub(crate) fn check_openapi(document: &Value, problems: &mut Problems) {
    problems.keep(openapi(document));
}

fn openapi(document: &Value) -> Result<openapiv3::OpenAPI, Error> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        let message = format!("not OpenAPI 3.0: {}", error.inner());
        Error::new(pointer_of(error.path()), message)
    })
}

/// Returns the types of a normalised document.
pub(crate) fn generate(document: &Value, extracted: &Extracted) -> Result<Models, Error> {
    let mut renaming = Renaming::of(document, extracted)?;
    let mut settings = GenerationSettings::new();
    settings.with_derive("PartialEq");
    for (component, path) in replacements(extracted, &renaming)? {
        settings.with_replacement(renaming.component(&component)?, path, std::iter::empty());
    }
    let spec = openapi(&renaming.document(document))?;
    let mut generator = Generator::new(&settings);
    // The generator panics on constructs that it does not support; they must be errors.
    catch_unwind(AssertUnwindSafe(|| generator.generate_tokens(&spec)))
        .map_err(|panic| Error::new("", format!("progenitor does not support the spec: {}", text_of(&*panic))))?
        .map_err(|error| Error::new("", format!("progenitor rejects the spec: {error}")))?;
    let mut types: syn::File = syn::parse2(generator.get_type_space().to_stream())
        .map_err(|error| Error::new("", format!("progenitor's types are not valid Rust: {error}")))?;
    renaming.visit_file_mut(&mut types);
    Ok(Models { items: types.items, properties: renaming.properties })
}

/// Returns the components that have a type of their own, with these types. A component of no other form is left.
fn replacements(extracted: &Extracted, renaming: &Renaming) -> Result<Vec<(String, String)>, Error> {
    let mut found = Vec::new();
    for open_enum in &extracted.open_enums {
        found.push((open_enum.component.clone(), renaming.component(&open_enum.component)?));
    }
    for union in &extracted.tagged_unions {
        found.push((union.component.clone(), renaming.component(&union.component)?));
    }
    for collection in &extracted.collections {
        let item = renaming.component(&collection.item_component)?;
        found.push((collection.component.clone(), format!("::msgraph_core::Item<{item}>")));
    }
    for replaced in &extracted.replaced {
        let path = match &replaced.rust {
            RustType::Path(path) => (*path).to_owned(),
            RustType::Tag(owner) => format!("::msgraph_core::ODataTypeTag<{}>", renaming.component(owner)?),
            RustType::Boxed(target) => {
                let is_replaced = found.iter().find(|(component, _)| component == target);
                let target = is_replaced.map_or_else(|| renaming.component(target), |(_, path)| Ok(path.clone()));
                format!("::std::boxed::Box<{}>", target?)
            }
        };
        found.push((replaced.component.clone(), path));
    }
    Ok(found)
}

/// The names of the spec, by those that progenitor gets. Both are sorted as the properties of the spec are.
struct Renaming {
    components: BTreeMap<String, String>,
    types: BTreeMap<String, Ident>,
    properties: BTreeMap<String, Property>,
    by_component: BTreeMap<String, BTreeMap<String, String>>,
}

impl Renaming {
    fn of(document: &Value, extracted: &Extracted) -> Result<Self, Error> {
        let mut renaming = Self {
            components: BTreeMap::new(),
            types: BTreeMap::new(),
            properties: BTreeMap::new(),
            by_component: BTreeMap::new(),
        };
        for (index, (pointer, component, schema)) in members(document, SCHEMAS).enumerate() {
            let name = format!("T{index:06}");
            renaming.types.insert(name.clone(), names::type_name(component, &pointer)?);
            renaming.components.insert(component.to_owned(), name);
            let order = extracted.property_order.get(component);
            let place =
                |name: &str| order.and_then(|order| order.iter().position(|other| other == name)).unwrap_or(usize::MAX);
            let mut properties: Vec<_> = members(schema, "/properties").collect();
            properties.sort_by_key(|(_, name, _)| place(name));
            let mut of_component = BTreeMap::new();
            for (place, property, schema) in properties {
                let field = names::field_name(property, &format!("{pointer}{place}"))?;
                // The field of the unknown ones is there already.
                let field = if field == EXTRA { Ident::new("extra_", Span::call_site()) } else { field };
                let key = format!("p{:06}", renaming.properties.len());
                of_component.insert(property.to_owned(), key.clone());
                let deprecated = schema["deprecated"] == true;
                renaming.properties.insert(key, Property { name: property.to_owned(), field, deprecated });
            }
            renaming.by_component.insert(component.to_owned(), of_component);
        }
        Ok(renaming)
    }

    fn component(&self, component: &str) -> Result<String, Error> {
        let name = self.components.get(component).cloned();
        name.ok_or_else(|| Error::new(join(SCHEMAS, component), "this component does not exist"))
    }

    /// Returns the document with the other names, and without operations, which this crate prints.
    fn document(&self, document: &Value) -> Value {
        let mut schemas = Map::new();
        for (_, component, schema) in members(document, SCHEMAS) {
            let mut schema = schema.clone();
            let names = self.by_component.get(component);
            let rename =
                |name: &str| names.and_then(|names| names.get(name)).cloned().unwrap_or_else(|| name.to_owned());
            if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
                *properties =
                    std::mem::take(properties).into_iter().map(|(name, value)| (rename(&name), value)).collect();
            }
            for name in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
                *name = rename(name.as_str().unwrap_or_default()).into();
            }
            self.rename_references(&mut schema);
            schemas.insert(self.components.get(component).cloned().unwrap_or_default(), schema);
        }
        json!({ "openapi": "3.0.3", "info": { "title": "", "version": "" }, "paths": {}, "components": { "schemas": schemas } })
    }

    fn rename_references(&self, schema: &mut Value) {
        match schema {
            Value::Object(object) => {
                for key in ["example", "externalDocs", "title", "xml"] {
                    object.remove(key);
                }
                if let Some(Value::String(reference)) = object.get_mut("$ref")
                    && let Some(name) =
                        msgraph_openapi::component_name(reference).and_then(|name| self.components.get(&name))
                {
                    *reference = format!("#/components/schemas/{name}");
                }
                object
                    .iter_mut()
                    .filter(|(key, _)| !key.starts_with("x-"))
                    .for_each(|(_, child)| self.rename_references(child));
            }
            Value::Array(array) => array.iter_mut().for_each(|child| self.rename_references(child)),
            _ => {}
        }
    }
}

impl VisitMut for Renaming {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if let Some(name) = self.types.get(&ident.to_string()) {
            *ident = name.clone();
        }
        visit_ident_mut(self, ident);
    }

    /// A type without a description is described by its name.
    fn visit_lit_str_mut(&mut self, text: &mut syn::LitStr) {
        let value = text.value();
        let name = value.split_once('`').and_then(|(_, rest)| self.types.get(rest.split_once('`')?.0));
        if let Some(name) = name.filter(|_| value.trim_start().starts_with("`T")) {
            *text = syn::LitStr::new(&format!("`{name}`"), Span::call_site());
        }
    }
}

/// Returns the place of an error, or else that of the nearest object around it.
fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Map { key } => join(&pointer, key),
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("it gave no reason")
}
