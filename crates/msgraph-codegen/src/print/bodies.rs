//! The type of a request body: a constructor, setters, and the check of its values before it is sent.

use msgraph_openapi::Error;
use quote::quote;
use syn::{Field, Fields, Ident, Item, ItemStruct, Type, parse_quote};

use super::syntax::{inside_option, unexpected};
use crate::bodies::{Body, Check, Rule};
use crate::ranges::Range;

/// The field for the choice to send unknown members; it is not part of the body.
const CHOICE: &str = "allow_unknown_values";

/// Returns `new`, a setter for each optional property, and the check of restricted values.
pub(super) fn complete(item: &mut ItemStruct, body: &Body) -> Result<Vec<Item>, Error> {
    narrow_schemas(item, &body.checks);
    if body.has_members() {
        add_choice(item)?;
    }
    let mut items = vec![constructor(item)?];
    if !body.checks.is_empty() {
        items.push(check(body));
    }
    Ok(items)
}

fn constructor(item: &ItemStruct) -> Result<Item, Error> {
    let name = &item.ident;
    let fields: Vec<(&Ident, &Type)> =
        item.fields.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty))).collect();
    let (optional, required): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(name, kind)| {
        *name == "extra" || *name == CHOICE || is_patch(kind) || inside_option(kind).is_some()
    });
    let arguments = required.iter().map(|(name, kind)| quote!(#name: impl ::std::convert::Into<#kind>));
    let required_fields = required.iter().map(|(name, _)| quote!(#name: #name.into()));
    let optional_fields = optional.iter().map(|(name, _)| quote!(#name: ::std::default::Default::default()));
    let setters = optional.iter().filter_map(|(name, kind)| {
        let doc = format!(" Sets `{name}`.");
        let (argument, value) = if is_patch(kind) {
            (quote!(::std::convert::Into<#kind>), quote!(value.into()))
        } else {
            let inner = inside_option(kind)?;
            (quote!(::std::convert::Into<#inner>), quote!(::std::option::Option::Some(value.into())))
        };
        Some(quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #name(mut self, value: impl #argument) -> Self {
                self.#name = #value;
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

/// Restricts the values in JSON Schema too.
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
        return Err(unexpected(&format!("no named fields in {}", item.ident)));
    };
    let choice = Ident::new(CHOICE, proc_macro2::Span::call_site());
    let field: Field = parse_quote!(#[serde(skip)] #choice: bool);
    fields.named.push(field);
    Ok(())
}

fn check(body: &Body) -> Item {
    let name = &body.name;
    let checks = body.checks.iter().map(|Check { property, field, required, rule }| {
        let check = |value| match rule {
            Rule::Members(allowed) => quote! {
                ::msgraph_core::codegen::v1::check_member(
                    #property,
                    #value,
                    &[#(#allowed),*],
                    self.allow_unknown_values,
                )?;
            },
            Rule::Length(range) => {
                let (Range { minimum, maximum }, words) = (range, format!("{} items", range.describe()));
                quote! {
                    ::msgraph_core::codegen::v1::check_range(#property, (#value).len(), #minimum..=#maximum, &[#words])?;
                }
            }
        };
        if *required {
            return check(quote!(&self.#field));
        }
        let check = check(quote!(value));
        let value = if body.nullable.contains(field) { quote!(self.#field.value()) } else { quote!(&self.#field) };
        quote!(if let ::std::option::Option::Some(value) = #value { #check })
    });
    let choice = body.has_members().then(|| {
        quote! {
            /// Allows members of enumerations that this build does not know.
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
    }
}

fn is_patch(kind: &Type) -> bool {
    quote!(#kind).to_string().starts_with(&quote!(::msgraph_core::Patch<).to_string())
}
