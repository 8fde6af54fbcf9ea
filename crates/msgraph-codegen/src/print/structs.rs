//! Prints progenitor's types: with their fields in the order of the spec, read and written without loss.

use std::collections::BTreeMap;

use msgraph_openapi::Error;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, ExprLit, Field, Fields, Ident, Item, ItemStruct, Lit, LitStr, Meta, Type, parse_quote};

use super::syntax::{inside_option, unexpected};
use super::{bodies, tables, text};
use crate::bodies::Body;
use crate::extracted::Extracted;
use crate::names;

/// Returns the source of each type by its name.
pub(super) fn sources(models: Vec<Item>, extracted: &Extracted) -> Result<BTreeMap<String, String>, Error> {
    let mut sources = BTreeMap::new();
    for item in models {
        let (name, source) = match item {
            Item::Struct(item) => (item.ident.to_string(), struct_source(item, extracted)?),
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

fn struct_source(mut item: ItemStruct, extracted: &Extracted) -> Result<String, Error> {
    let name = item.ident.clone();
    sort_fields(&mut item, extracted)?;
    let body = extracted.bodies.iter().find(|body| body.name == name);
    let fields = item.fields.iter().map(Property::of).collect::<Result<Vec<_>, _>>()?;
    let is_open = item.fields.iter().any(is_extra);
    let mut after = String::new();
    if is_open {
        open(&mut item, &fields, body)?;
        after.push_str(&open_object(&name, &fields, body));
    } else if let Some(body) = body {
        patch_fields(&mut item, body);
    }
    item.attrs.extend(attributes());
    let mut items = Vec::new();
    if let Some(body) = body {
        items = bodies::complete(&mut item, body)?;
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

/// Moves the fields into the order of the spec.
fn sort_fields(item: &mut ItemStruct, extracted: &Extracted) -> Result<(), Error> {
    let Fields::Named(fields) = &mut item.fields else { return Ok(()) };
    let mut order = BTreeMap::new();
    for (component, properties) in &extracted.property_order {
        if names::type_name(component, component)? == item.ident {
            for property in properties {
                order.insert(names::field_name(property, component)?.to_string(), order.len());
            }
        }
    }
    let mut sorted: Vec<Field> = std::mem::take(&mut fields.named).into_iter().collect();
    let place = |field: &Field| field.ident.as_ref().and_then(|ident| order.get(&ident.to_string()).copied());
    sorted.sort_by_key(|field| place(field).unwrap_or(usize::MAX));
    fields.named = sorted.into_iter().collect();
    Ok(())
}

/// A field, as its serde attributes describe it.
struct Property {
    field: Ident,
    name: String,
    presence: &'static str,
    has_default: bool,
}

impl Property {
    fn of(field: &Field) -> Result<Self, Error> {
        let ident = field.ident.clone().unwrap_or_else(|| parse_quote!(unnamed));
        let mut name = ident.to_string().trim_start_matches("r#").to_owned();
        let is_option = is_option(&field.ty);
        let mut presence = if is_option { "optional" } else { "required" };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename") {
                    name = meta.value()?.parse::<LitStr>()?.value();
                } else if meta.path.is_ident("deserialize_with") {
                    // A property that may be null, and must be there.
                    meta.value()?.parse::<LitStr>()?;
                    presence = "nullable";
                } else if meta.path.is_ident("skip_serializing_if") {
                    meta.value()?.parse::<LitStr>()?;
                } else if !meta.path.is_ident("flatten") {
                    return Err(meta.error("unknown"));
                }
                Ok(())
            });
            parsed.map_err(|_| unexpected(&format!("an unknown serde attribute on {ident}")))?;
        }
        let has_default = is_option || quote!(#field).to_string().contains("ODataTypeTag") || is_extra(field);
        Ok(Self { field: ident, name, presence, has_default })
    }
}

/// Removes what serde derives from a struct that keeps unknown properties.
fn open(item: &mut ItemStruct, properties: &[Property], body: Option<&Body>) -> Result<(), Error> {
    let all_have_defaults = properties.iter().all(|property| property.has_default);
    exchange_derives(&mut item.attrs, all_have_defaults)?;
    item.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
    if let Some(body) = body {
        patch_fields(item, body);
    }
    for (field, Property { field: ident, name, presence, .. }) in item.fields.iter_mut().zip(properties) {
        field.attrs.retain(|attribute| !attribute.path().is_ident("serde"));
        if is_extra(field) {
            let doc = " Properties that this build does not know, as they arrived, and known ones that were null.";
            field.attrs.insert(0, parse_quote!(#[doc = #doc]));
            field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(flatten))]));
        } else if *ident != name {
            field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(rename = #name))]));
        }
        if *presence == "nullable" {
            field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(required))]));
        }
    }
    Ok(())
}

fn open_object(name: &Ident, properties: &[Property], body: Option<&Body>) -> String {
    let is_patch = |field: &Ident| body.is_some_and(|body| body.nullable.contains(field));
    let line = |Property { field, name, presence, .. }: &Property| {
        let presence = if is_patch(field) { "patch" } else { presence };
        format!("    {field}: {presence} {name:?},\n")
    };
    let lines: String = properties.iter().filter(|property| property.field != "extra").map(line).collect();
    format!("open_object!({name} {{\n{lines}}});\n")
}

/// Lets the optional properties of a request body tell null from absent.
fn patch_fields(item: &mut ItemStruct, body: &Body) {
    for field in &mut item.fields {
        if field.ident.as_ref().is_some_and(|ident| body.nullable.contains(ident))
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

fn is_extra(field: &Field) -> bool {
    field.ident.as_ref().is_some_and(|ident| ident == "extra")
}

fn is_option(kind: &Type) -> bool {
    inside_option(kind).is_some()
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
        let docs = text::docs([docs.split("<details>").next().unwrap_or_default().trim()]);
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
