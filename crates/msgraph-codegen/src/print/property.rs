//! A field of progenitor's types, by its serde attributes.

use std::collections::BTreeMap;

use msgraph_openapi::Error;
use quote::quote;
use syn::{Field, Ident, LitStr, Type, parse_quote};

use super::syntax::{inside_option, unexpected};
use crate::models::{self, EXTRA};

/// A field, by its serde attributes.
pub(super) struct Property {
    pub(super) field: Ident,
    /// The name in JSON.
    pub(super) name: String,
    pub(super) presence: &'static str,
    pub(super) has_default: bool,
    /// Whether null is told from absent by the type of the field.
    pub(super) is_patch: bool,
}

impl Property {
    /// Reads a field, and gives it its name.
    pub(super) fn of(
        field: &mut Field,
        is_open: bool,
        properties: &BTreeMap<String, models::Property>,
    ) -> Result<Self, Error> {
        let ident = field.ident.clone().unwrap_or_else(|| parse_quote!(unnamed));
        let property = properties.get(&ident.to_string());
        let name = property.map_or_else(|| ident.to_string(), |property| property.name.clone());
        if let Some(property) = property {
            field.ident = Some(property.field.clone());
        }
        let mut is_tag = false;
        if let Some(inner) = inside_option(&field.ty).filter(|inner| is_open && is_tag_type(inner)).cloned() {
            (field.ty, is_tag) = (inner, true);
        }
        let is_option = is_option(&field.ty);
        let mut presence = match (is_tag, is_option) {
            (true, _) => "tag",
            (false, true) => "optional",
            (false, false) => "required",
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("deserialize_with") {
                    // A required property that may be null.
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
        if property.is_some_and(|property| property.deprecated) {
            field.attrs.push(parse_quote!(#[deprecated]));
        }
        let has_default = is_option || is_tag_type(&field.ty) || is_extra(field);
        let field = field.ident.clone().unwrap_or(ident);
        Ok(Self { field, name, presence, has_default, is_patch: false })
    }
}

/// Returns true for the field of the unknown properties.
pub(super) fn is_extra(field: &Field) -> bool {
    field.ident.as_ref().is_some_and(|ident| ident == EXTRA)
}

/// Returns true for the discriminating value of a type.
pub(super) fn is_tag_type(kind: &Type) -> bool {
    quote!(#kind).to_string().starts_with(&quote!(::msgraph_core::ODataTypeTag).to_string())
}

fn is_option(kind: &Type) -> bool {
    inside_option(kind).is_some()
}
