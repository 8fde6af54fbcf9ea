//! Prints progenitor's types: with their fields in the order of the spec, read and written without loss.

use std::collections::BTreeMap;

use msgraph_openapi::Error;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, ExprLit, Ident, Item, ItemStruct, Lit, Meta, Type, parse_quote};

use super::property::{Property, is_extra};
use super::syntax::{inside_option, unexpected};
use super::{bodies, tables, text};
use crate::extracted::Extracted;
use crate::models::{self, EXTRA, Models};

/// Returns the source of each type by its name.
pub(super) fn sources(models: Models, extracted: &Extracted) -> Result<BTreeMap<String, String>, Error> {
    let Models { items, properties } = models;
    let mut sources = BTreeMap::new();
    for mut item in items {
        if !matches!(item, Item::Struct(_)) {
            FieldNames(&properties).visit_item_mut(&mut item);
        }
        let (name, source) = match item {
            Item::Struct(item) => (item.ident.to_string(), struct_source(item, &properties, extracted)?),
            Item::Enum(mut item) => {
                item.attrs.extend(attributes());
                (item.ident.to_string(), formatted(vec![Item::Enum(item)]))
            }
            Item::Type(item) => (item.ident.to_string(), formatted(vec![Item::Type(item)])),
            Item::Impl(item) if is_conversion_by_clone(&item) => continue,
            Item::Impl(item) => (type_name(&item.self_ty), formatted(vec![Item::Impl(item)])),
            // Errors of conversions that this crate does not let progenitor make.
            Item::Mod(module) if module.ident == "error" => continue,
            other => (String::new(), formatted(vec![other])),
        };
        sources.entry(name).or_insert_with(String::new).push_str(&source);
    }
    Ok(sources)
}

/// Gives the fields in an implementation their names.
struct FieldNames<'a>(&'a BTreeMap<String, models::Property>);

impl VisitMut for FieldNames<'_> {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if let Some(property) = self.0.get(&ident.to_string()) {
            *ident = property.field.clone();
        }
    }
}

fn struct_source(
    mut item: ItemStruct,
    properties: &BTreeMap<String, models::Property>,
    extracted: &Extracted,
) -> Result<String, Error> {
    let name = item.ident.clone();
    let body = extracted.bodies.iter().find(|body| body.name == name);
    let is_open = item.fields.iter().any(is_extra);
    let fields = item.fields.iter_mut().map(|field| Property::of(field, is_open, properties));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    // In a response null and absent are told apart by the unknown properties.
    let is_patch = |property: &Property| {
        let is_shared = body.is_some_and(|body| extracted.in_responses.contains(&body.component));
        let is_nullable = body.is_some_and(|body| body.nullable.contains(&property.name));
        is_nullable && !(is_open && is_shared)
    };
    let fields: Vec<_> = fields.into_iter().map(|field| Property { is_patch: is_patch(&field), ..field }).collect();
    let mut after = String::new();
    patch_fields(&mut item, &fields);
    if is_open {
        open(&mut item, &fields)?;
    } else {
        rename_fields(&mut item, &fields);
    }
    item.attrs.extend(attributes());
    if extracted.deprecated.contains(&name) {
        item.attrs.push(parse_quote!(#[deprecated]));
    }
    let mut items = Vec::new();
    if let Some(body) = body {
        items = bodies::complete(&mut item, body, &fields)?;
    }
    if is_open {
        let choice = body.filter(|body| body.has_choice()).map_or("", |_| bodies::WITH_CHOICE);
        after.push_str(&open_object(&name, &fields, choice));
    }
    items.insert(0, Item::Struct(item));
    for odata_type in extracted.odata_types.iter().filter(|odata_type| odata_type.name == name) {
        after.push_str(&tables::odata_type(&name, &odata_type.value));
    }
    for collection in extracted.collections.iter().filter(|collection| collection.name == name) {
        after.push_str(&tables::collection(collection));
    }
    Ok(formatted(items) + &after)
}

fn attributes() -> [Attribute; 2] {
    [parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]), parse_quote!(#[non_exhaustive])]
}

/// Removes the serde derives of a struct that keeps unknown properties.
fn open(item: &mut ItemStruct, properties: &[Property]) -> Result<(), Error> {
    let all_have_defaults = properties.iter().all(|property| property.has_default);
    exchange_derives(&mut item.attrs, all_have_defaults)?;
    item.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
    for (field, Property { field: ident, name, presence, .. }) in item.fields.iter_mut().zip(properties) {
        field.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
        if is_extra(field) {
            let doc = " Properties that this build does not know, as they arrived, and known ones that were null.";
            field.attrs.insert(0, parse_quote!(#[doc = #doc]));
            field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(flatten))]));
        } else if *ident != name {
            field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(rename = #name))]));
        }
        match *presence {
            "nullable" => field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(required))])),
            "tag" => field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(default))])),
            _ => {}
        }
    }
    Ok(())
}

/// Gives the fields of a struct without unknown properties their names in JSON.
fn rename_fields(item: &mut ItemStruct, properties: &[Property]) {
    for (field, Property { field: ident, name, .. }) in item.fields.iter_mut().zip(properties) {
        if *ident == name || is_extra(field) {
            continue;
        }
        let serde = field.attrs.iter_mut().find(|attribute| attribute.path().is_ident("serde"));
        match serde.map(|attribute| &mut attribute.meta) {
            Some(Meta::List(list)) => {
                let others = &list.tokens;
                list.tokens = quote!(rename = #name, #others);
            }
            _ => field.attrs.push(parse_quote!(#[serde(rename = #name)])),
        }
    }
}

fn open_object(name: &Ident, properties: &[Property], choice: &str) -> String {
    let line = |Property { field, name, presence, is_patch, .. }: &Property| {
        let presence = if *is_patch { "patch" } else { presence };
        format!("    {field}: {presence} {name:?},\n")
    };
    let lines: String = properties.iter().filter(|property| property.field != EXTRA).map(line).collect();
    format!("open_object!({name} {{\n{lines}}}{choice});\n")
}

/// Makes the optional properties of a request body distinguish null from absent.
fn patch_fields(item: &mut ItemStruct, properties: &[Property]) {
    for (field, property) in item.fields.iter_mut().zip(properties) {
        if property.is_patch
            && let Some(inner) = inside_option(&field.ty).cloned()
        {
            field.ty = parse_quote!(::msgraph_core::Patch<#inner>);
            for attribute in &mut field.attrs {
                PatchAttribute.visit_attribute_mut(attribute);
            }
        }
    }
}

/// Replaces the condition for omitting a field.
struct PatchAttribute;

impl VisitMut for PatchAttribute {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Meta::List(list) = &mut attribute.meta
            && list.path.is_ident("serde")
        {
            let text = list.tokens.to_string();
            let text = text.replace("\"::std::option::Option::is_none\"", "\"::msgraph_core::Patch::is_unset\"");
            if let Ok(tokens) = text.parse::<proc_macro2::TokenStream>() {
                list.tokens = quote!(default, #tokens);
            }
        }
    }
}

/// Removes the derives that a macro call replaces, and derives `Default` if each field has one.
fn exchange_derives(attributes: &mut [Attribute], with_default: bool) -> Result<(), Error> {
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let mut kept: Vec<syn::Path> = Vec::new();
        attribute
            .parse_nested_meta(|meta| {
                let last = meta.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                if !matches!(last.as_str(), "Deserialize" | "Serialize" | "Default") {
                    kept.push(meta.path);
                }
                Ok(())
            })
            .map_err(|error| unexpected(&format!("a derive that cannot be read: {error}")))?;
        if with_default {
            kept.push(parse_quote!(Default));
        }
        *attribute = parse_quote!(#[derive(#(#kept),*)]);
    }
    Ok(())
}

/// Matches `impl From<&T> for T`, which only clones.
fn is_conversion_by_clone(item: &syn::ItemImpl) -> bool {
    let Some((path, _)) = &item.trait_ else { return false };
    let Type::Path(target) = &*item.self_ty else { return false };
    quote!(#path).to_string() == quote!(::std::convert::From<&#target>).to_string()
}

fn type_name(kind: &Type) -> String {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Returns the source of items, with line comments as documentation.
fn formatted(items: Vec<Item>) -> String {
    let mut file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items };
    DocLines.visit_file_mut(&mut file);
    prettyplease::unparse(&file)
}

/// Splits doc comments into lines: a block comment could be ended by its own text.
struct DocLines;

impl VisitMut for DocLines {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let (docs, others): (Vec<_>, Vec<_>) = attributes.drain(..).partition(|a| a.path().is_ident("doc"));
        let texts: Vec<_> = docs.iter().filter_map(doc_text).collect();
        // progenitor adds the JSON schema to the docs of types; it is in the spec.
        let docs = texts.join("\n");
        let docs = text::lines([docs.split("<details>").next().unwrap_or_default().trim()]);
        *attributes =
            docs.lines().filter_map(|line| line.strip_prefix("///")).map(|line| parse_quote!(#[doc = #line])).collect();
        attributes.extend(others);
    }
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
