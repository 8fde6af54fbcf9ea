//! Reading an object that keeps properties it doesn't know. What serde derives for a flattened map copies each object
//! into a list first, which costs more than all the rest of reading it.

use quote::{format_ident, quote};
use syn::{Attribute, Expr, Field, Item, ItemStruct, LitStr, Type, parse_quote};

use super::unexpected;
use crate::Error;

/// Takes the derived way to read away from a struct that keeps what it doesn't know, and returns a faster one.
pub(super) fn take_over(item: &mut ItemStruct) -> Result<Option<Item>, Error> {
    let is_extra = |field: &Field| field.ident.as_ref().is_some_and(|ident| ident == "extra");
    if !item.fields.iter().any(is_extra) || !remove_derive(&mut item.attrs)? {
        return Ok(None);
    }
    let name = &item.ident;
    let fields: Vec<_> = item.fields.iter().filter(|field| !is_extra(field)).collect();
    let idents: Vec<_> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
    // Names of their own, as a property may be called like anything that stands beside them.
    let locals: Vec<_> = (0..fields.len()).map(|number| format_ident!("field_{number}")).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let members = fields.iter().map(|field| Member::of(field)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<_> = members.iter().map(|member| &member.name).collect();
    let numbers: Vec<_> = (0..fields.len()).collect();
    let absent: Vec<Expr> = members.iter().map(Member::absent).collect();
    let expecting = format!("an object, {name}");
    Ok(Some(parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                struct Object;

                impl<'de> ::serde::de::Visitor<'de> for Object {
                    type Value = #name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(#expecting)
                    }

                    fn visit_map<A: ::serde::de::MapAccess<'de>>(
                        self,
                        mut members: A,
                    ) -> ::std::result::Result<#name, A::Error> {
                        let known = |name: &str| match name {
                            #(#names => ::std::option::Option::Some(#numbers),)*
                            _ => ::std::option::Option::None,
                        };
                        #(let mut #locals: ::std::option::Option<#types> = ::std::option::Option::None;)*
                        let mut extra = ::serde_json::Map::new();
                        while let ::std::option::Option::Some(member) =
                            members.next_key_seed(::msgraph_core::MemberSeed(known))?
                        {
                            match member {
                                #(
                                    ::msgraph_core::Member::Known(#numbers) => {
                                        if #locals.replace(members.next_value()?).is_some() {
                                            return ::std::result::Result::Err(
                                                ::serde::de::Error::duplicate_field(#names),
                                            );
                                        }
                                    }
                                )*
                                ::msgraph_core::Member::Known(_) => {
                                    members.next_value::<::serde::de::IgnoredAny>()?;
                                }
                                ::msgraph_core::Member::Other(name) => {
                                    extra.insert(name, members.next_value()?);
                                }
                            }
                        }
                        ::std::result::Result::Ok(#name {
                            #(#idents: match #locals {
                                ::std::option::Option::Some(value) => value,
                                ::std::option::Option::None => #absent,
                            },)*
                            extra,
                        })
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    }))
}

/// What serde's attributes say of a field.
struct Member {
    name: String,
    is_optional: bool,
}

impl Member {
    fn of(field: &Field) -> Result<Self, Error> {
        let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut name = ident.trim_start_matches("r#").to_owned();
        // One that is read by a function is optional in value, and must be there.
        let mut is_optional = is_option(&field.ty);
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename") {
                    name = meta.value()?.parse::<LitStr>()?.value();
                } else if meta.path.is_ident("deserialize_with") {
                    meta.value()?.parse::<LitStr>()?;
                    is_optional = false;
                } else if meta.path.is_ident("skip_serializing_if") {
                    meta.value()?.parse::<LitStr>()?;
                } else {
                    return Err(meta.error("unknown"));
                }
                Ok(())
            });
            parsed.map_err(|_| unexpected(&format!("has an unknown serde attribute on {ident}")))?;
        }
        Ok(Self { name, is_optional })
    }

    fn absent(&self) -> Expr {
        let name = &self.name;
        match self.is_optional {
            true => parse_quote!(::std::option::Option::None),
            false => {
                parse_quote!(return ::std::result::Result::Err(::serde::de::Error::missing_field(#name)))
            }
        }
    }
}

fn is_option(kind: &Type) -> bool {
    quote!(#kind).to_string().starts_with(&quote!(::std::option::Option<).to_string())
}

/// Whether the struct was derived to be read, which it is no longer.
fn remove_derive(attributes: &mut [Attribute]) -> Result<bool, Error> {
    let mut found = false;
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let mut kept = Vec::new();
        attribute
            .parse_nested_meta(|meta| {
                match meta.path.segments.last().is_some_and(|segment| segment.ident == "Deserialize") {
                    true => found = true,
                    false => kept.push(meta.path),
                }
                Ok(())
            })
            .map_err(|error| unexpected(&format!("has a derive that can't be read: {error}")))?;
        *attribute = parse_quote!(#[derive(#(#kept),*)]);
    }
    Ok(found)
}
