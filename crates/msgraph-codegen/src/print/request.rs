//! The type of a request body: a way to make it, and the check of its values before it is sent.

use quote::quote;
use syn::{Field, Fields, GenericArgument, Ident, Item, ItemStruct, PathArguments, Type, parse_quote};

use super::unexpected;
use crate::Error;
use crate::bounds::Range;
use crate::requests::{Check, Request, Rule};

/// The field for the choice to send members that this build doesn't know; it is no part of the body.
const CHOICE: &str = "allow_unknown_values";

/// Adds `new`, a setter for each optional property, and where values are restricted the check.
pub(super) fn complete(items: &mut Vec<Item>, request: &Request) -> Result<(), Error> {
    let name = &request.name;
    let item = items.iter_mut().find_map(|item| match item {
        Item::Struct(item) if item.ident == *name => Some(item),
        _ => None,
    });
    let item = item.ok_or_else(|| unexpected(&format!("has no struct {name}")))?;
    let checked = !request.checks.is_empty();
    if checked {
        narrow_schemas(item, &request.checks);
    }
    if request.has_members() {
        add_choice(item)?;
    }
    let constructor = constructor(item)?;
    items.push(constructor);
    if checked {
        items.push(check(request));
    }
    Ok(())
}

fn constructor(item: &ItemStruct) -> Result<Item, Error> {
    let name = &item.ident;
    let fields: Vec<(&Ident, &Type)> =
        item.fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty))).collect();
    let (optional, required): (Vec<_>, Vec<_>) = fields
        .into_iter()
        .partition(|(name, kind)| *name == "extra" || *name == CHOICE || inside_option(kind).is_some());
    let arguments = required.iter().map(|(name, kind)| quote!(#name: impl Into<#kind>));
    let required_fields = required.iter().map(|(name, _)| quote!(#name: #name.into()));
    let optional_fields = optional.iter().map(|(name, _)| quote!(#name: ::std::default::Default::default()));
    let setters = optional.iter().filter_map(|(name, kind)| {
        let kind = inside_option(kind)?;
        let doc = format!(" Sets `{name}`.");
        Some(quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #name(mut self, value: impl Into<#kind>) -> Self {
                self.#name = ::std::option::Option::Some(value.into());
                self
            }
        })
    });
    syn::parse2(quote! {
        impl #name {
            /// A request that holds what is required, and nothing else.
            #[must_use]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#required_fields,)* #(#optional_fields,)* }
            }

            #(#setters)*
        }
    })
    .map_err(|error| unexpected(&error.to_string()))
}

/// In JSON Schema too a restricted property has no other values than the allowed ones.
fn narrow_schemas(item: &mut ItemStruct, checks: &[Check]) {
    for field in &mut item.fields {
        let check = checks.iter().find(|check| field.ident.as_ref() == Some(&check.field));
        let extension = match check.map(|check| &check.rule) {
            Some(Rule::Members(allowed)) => quote!(extend("enum" = [#(#allowed),*])),
            Some(Rule::Length(Range { minimum, maximum })) => {
                quote!(extend("minItems" = #minimum, "maxItems" = #maximum))
            }
            None => continue,
        };
        field.attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(#extension))]));
    }
}

fn add_choice(item: &mut ItemStruct) -> Result<(), Error> {
    let Fields::Named(fields) = &mut item.fields else {
        return Err(unexpected(&format!("has no named fields in {}", item.ident)));
    };
    let choice = Ident::new(CHOICE, proc_macro2::Span::call_site());
    let field: Field = parse_quote!(#[serde(skip)] #choice: bool);
    fields.named.push(field);
    Ok(())
}

fn check(request: &Request) -> Item {
    let name = &request.name;
    let checks = request.checks.iter().map(|Check { property, field, required, rule }| {
        let check = |value| match rule {
            Rule::Members(allowed) => quote! {
                ::msgraph_core::RefusedValue::check(
                    #property,
                    #value,
                    &[#(#allowed),*],
                    self.allow_unknown_values,
                )?;
            },
            Rule::Length(range) => {
                let (Range { minimum, maximum }, words) = (range, format!("{} items", range.in_words()));
                quote! {
                    let length = (#value).len() as i64;
                    ::msgraph_core::RefusedValue::check_range(#property, length, #minimum..=#maximum, &[#words])?;
                }
            }
        };
        if *required {
            return check(quote!(&self.#field));
        }
        let check = check(quote!(value));
        quote!(if let ::std::option::Option::Some(value) = &self.#field { #check })
    });
    let choice = request.has_members().then(|| {
        quote! {
            /// Lets members of enumerations pass that this build doesn't know.
            #[must_use]
            pub fn allow_unknown_values(mut self) -> Self {
                self.allow_unknown_values = true;
                self
            }
        }
    });
    parse_quote! {
        impl #name {
            #choice

            /// Checks that each value is one that the description allows in a request. Done before
            /// each sending.
            ///
            /// # Errors
            ///
            /// The first value that can't be sent.
            pub fn check(&self) -> ::std::result::Result<(), ::msgraph_core::RefusedValue> {
                #(#checks)*
                ::std::result::Result::Ok(())
            }
        }
    }
}

/// The `T` of an `Option<T>`.
fn inside_option(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
