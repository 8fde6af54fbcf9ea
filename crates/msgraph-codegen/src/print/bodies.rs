//! The type of a request body: a constructor, setters, and the check of its values before it is sent.

use msgraph_openapi::Error;
use quote::{ToTokens, quote};
use syn::{Field, Fields, Ident, Item, ItemStruct, Type, parse_quote};

use super::property::{Property, is_tag_type};
use super::rules;
use super::syntax::{inside_option, unexpected};
use crate::bodies::{Body, Check};
use crate::constraints::{Range, Rule};
use crate::models::EXTRA;
use crate::parameters::CHOICE;

/// What `open_object!` gets for a type with the choice to send unknown values.
pub(super) const WITH_CHOICE: &str = " with allow_unknown_values";

/// Returns `new`, a setter for each optional property, and the check of restricted values.
pub(super) fn complete(item: &mut ItemStruct, body: &Body, properties: &[Property]) -> Result<Vec<Item>, Error> {
    narrow_schemas(item, &body.checks, properties);
    if body.has_choice() {
        add_choice(item)?;
    }
    let mut items = Vec::new();
    let is_struct = matches!(item.fields, Fields::Named(_));
    if is_struct {
        items.push(constructor(item, body, properties)?);
    }
    if !body.checks.is_empty() {
        items.extend(check(body, properties, is_struct)?);
    }
    Ok(items)
}

fn constructor(item: &ItemStruct, body: &Body, properties: &[Property]) -> Result<Item, Error> {
    let name = &item.ident;
    let fields: Vec<(&Ident, &Type)> =
        item.fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty))).collect();
    let (optional, required): (Vec<_>, Vec<_>) = fields.iter().copied().partition(|(name, kind)| {
        *name == EXTRA || *name == CHOICE || is_patch(kind) || is_tag_type(kind) || inside_option(kind).is_some()
    });
    let arguments = required.iter().map(|(name, kind)| quote!(#name: impl ::std::convert::Into<#kind>));
    let required_fields = required.iter().map(|(name, _)| quote!(#name: #name.into()));
    let optional_fields = optional.iter().map(|(name, _)| quote!(#name: ::std::default::Default::default()));
    let has_extra = fields.iter().any(|(name, _)| *name == EXTRA);
    let setters = optional.iter().filter_map(|(field, kind)| {
        let property = properties.iter().find(|property| property.field == **field)?;
        let doc = format!(" Sets `{field}`.");
        let setter = setter_name(field, body, &fields);
        let (argument, value) = match inside_option(kind) {
            _ if is_patch(kind) => (quote!(::std::convert::Into<#kind>), quote!(self.#field = value.into();)),
            // Null and absent are told apart by the unknown properties.
            Some(inner) if has_extra && body.nullable.contains(&property.name) => {
                let name = &property.name;
                let set = quote!(::msgraph_core::codegen::v1::set_or_null);
                let set = quote!(#set(&mut self.#field, &mut self.extra, #name, value.into()););
                (quote!(::std::convert::Into<::msgraph_core::Patch<#inner>>), set)
            }
            Some(inner) => {
                let set = quote!(self.#field = ::std::option::Option::Some(value.into()););
                (quote!(::std::convert::Into<#inner>), set)
            }
            None => return None,
        };
        Some(quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #setter(mut self, value: impl #argument) -> Self {
                #value
                self
            }
        })
    });
    syn::parse2(quote! {
        impl #name {
            /// Returns a value with its required properties only.
            #[must_use]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#required_fields,)* #(#optional_fields,)* }
            }

            #(#setters)*
        }
    })
    .map_err(|error| unexpected(&error.to_string()))
}

/// Returns the name of a field's setter: another one if the type has a method of that name.
fn setter_name(field: &Ident, body: &Body, fields: &[(&Ident, &Type)]) -> Ident {
    let is_taken =
        |name: &str| matches!(name, "new" | "is_null" | CHOICE) || (name == "validate" && !body.checks.is_empty());
    let mut name = field.to_string();
    while is_taken(&name) || (*field != name && fields.iter().any(|(other, _)| **other == name)) {
        name = format!("set_{name}");
    }
    Ident::new(&name, field.span())
}

/// Also restricts the values in JSON Schema.
fn narrow_schemas(item: &mut ItemStruct, checks: &[Check], properties: &[Property]) {
    for (field, property) in item.fields.iter_mut().zip(properties) {
        let is_of = |check: &&Check| check.property.as_ref() == Some(&property.name) && property.field != EXTRA;
        for check in checks.iter().filter(is_of) {
            let extension = match &check.rule {
                Rule::Members(allowed) | Rule::Texts(allowed) => quote!(extend("enum" = [#(#allowed),*])),
                Rule::Items(range) => bounds(range, "minItems", "maxItems"),
                Rule::Number(range) => bounds(range, "minimum", "maximum"),
                Rule::Length(range) => bounds(range, "minLength", "maxLength"),
                Rule::Unique => quote!(extend("uniqueItems" = true)),
                Rule::Fraction { range, .. } => bounds(range, "minimum", "maximum"),
                Rule::Each { .. } | Rule::Values { .. } | Rule::Part(_) => continue,
            };
            field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(#extension))]));
        }
    }
}

/// Returns the bounds that there are.
fn bounds<T: ToTokens>(range: &Range<T>, lower: &str, upper: &str) -> proc_macro2::TokenStream {
    let bounds = [(lower, &range.minimum), (upper, &range.maximum)];
    let bounds =
        bounds.into_iter().filter_map(|(keyword, bound)| bound.as_ref().map(|bound| quote!(#keyword = #bound)));
    quote!(extend(#(#bounds),*))
}

fn add_choice(item: &mut ItemStruct) -> Result<(), Error> {
    let Fields::Named(fields) = &mut item.fields else {
        return Err(unexpected(&format!("no named fields in {}", item.ident)));
    };
    let choice = Ident::new(CHOICE, proc_macro2::Span::call_site());
    // A struct that keeps unknown properties is not written by serde's own derives.
    let is_open = fields.named.iter().any(|field| field.ident.as_ref().is_some_and(|ident| ident == EXTRA));
    let skip: syn::Attribute = if is_open {
        parse_quote!(#[cfg_attr(feature = "schemars", schemars(skip))])
    } else {
        parse_quote!(#[serde(skip)])
    };
    let field: Field = parse_quote!(#skip #choice: bool);
    fields.named.push(field);
    Ok(())
}

fn check(body: &Body, properties: &[Property], is_struct: bool) -> Result<Vec<Item>, Error> {
    let name = &body.name;
    let allow = quote!(self.allow_unknown_values);
    let checks = body.checks.iter().filter_map(|Check { property, required, rule }| {
        let Some(property) = property else {
            let value = if is_struct { quote!(&self.extra) } else { quote!(&self.0) };
            return Some(rules::check(rule, &body.component, &value, &quote!(false)));
        };
        let of = properties.iter().find(|other| other.name == *property && other.field != EXTRA)?;
        let field = &of.field;
        if *required || matches!(rule, Rule::Part(_)) {
            return Some(rules::check(rule, property, &quote!(&self.#field), &allow));
        }
        let check = rules::check(rule, property, &quote!(value), &allow);
        let value = if of.is_patch { quote!(self.#field.value()) } else { quote!(&self.#field) };
        Some(quote!(if let ::std::option::Option::Some(value) = #value { #check }))
    });
    let choice = body.has_choice().then(|| {
        quote! {
            /// Allows members of enumerations that this build does not know.
            #[must_use]
            pub fn allow_unknown_values(mut self) -> Self {
                self.allow_unknown_values = true;
                self
            }
        }
    });
    let items: Result<syn::File, _> = syn::parse2(quote! {
        impl #name {
            #choice

            /// Checks each value against what the spec allows in a request. Called before each sending.
            ///
            /// # Errors
            ///
            /// The first invalid value.
            pub fn validate(&self) -> ::std::result::Result<(), ::msgraph_core::InvalidValue> {
                #(#checks)*
                ::std::result::Result::Ok(())
            }
        }

        impl ::msgraph_core::codegen::v1::Validate for #name {
            fn validate(&self) -> ::std::result::Result<(), ::msgraph_core::InvalidValue> {
                #name::validate(self)
            }
        }
    });
    items.map(|file| file.items).map_err(|error| unexpected(&error.to_string()))
}

fn is_patch(kind: &Type) -> bool {
    quote!(#kind).to_string().starts_with(&quote!(::msgraph_core::Patch<).to_string())
}
