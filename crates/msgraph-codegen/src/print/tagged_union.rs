//! A tagged union as a Rust enum: one look at the discriminator decides, and an object of an unknown
//! type is kept whole.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs;
use crate::tagged_unions::{CommonText, TaggedUnion, UNKNOWN_ARM};

pub(super) fn items(union: &TaggedUnion) -> TokenStream {
    let TaggedUnion { name, description, property, field, arms, .. } = union;
    let docs = docs::attributes(description);
    let unknown = format_ident!("{UNKNOWN_ARM}");
    let types: Vec<_> = arms.iter().map(|arm| &arm.name).collect();
    let variants: Vec<_> = arms.iter().map(|arm| &arm.variant).collect();
    let variant_docs = arms.iter().map(|arm| docs::attributes(&arm.description));
    let expecting = format!("an object, {name}");
    let texts = union.common_texts.iter().map(|text| common_text(text, union));
    quote! {
        #(#docs)*
        #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum #name {
            #(#(#variant_docs)* #variants(#types),)*
            /// An object of a type that this build doesn't know, whole.
            #unknown(::msgraph_core::UnknownObject),
        }

        impl #name {
            /// The discriminating value, as it arrived.
            pub fn #field(&self) -> ::std::option::Option<&str> {
                match self {
                    #(Self::#variants(value) => ::std::option::Option::Some(value.#field.as_str()),)*
                    Self::#unknown(object) => object.get(#property)?.as_str(),
                }
            }

            #(#texts)*
        }

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
                        let known = |name: &str| (name == #property).then_some(0);
                        let mut object = ::serde_json::Map::new();
                        match members.next_key_seed(::msgraph_core::MemberSeed(known))? {
                            // It comes first as a rule: then nothing has to be kept to be read again.
                            ::std::option::Option::Some(::msgraph_core::Member::Known(_)) => {
                                let value: ::serde_json::Value = members.next_value()?;
                                let text = value.as_str().unwrap_or_default();
                                #(
                                    if text.eq_ignore_ascii_case(<#types as ::msgraph_core::NamedType>::TYPE_NAME) {
                                        let members = ::msgraph_core::WithFirst::new(#property, value, members);
                                        let members = ::serde::de::value::MapAccessDeserializer::new(members);
                                        return ::serde::Deserialize::deserialize(members).map(#name::#variants);
                                    }
                                )*
                                object.insert(#property.to_owned(), value);
                            }
                            ::std::option::Option::Some(::msgraph_core::Member::Other(name)) => {
                                object.insert(name, members.next_value()?);
                            }
                            ::std::option::Option::None => {}
                        }
                        while let ::std::option::Option::Some((name, value)) = members.next_entry()? {
                            object.insert(name, value);
                        }
                        let text = object.get(#property).and_then(::serde_json::Value::as_str).unwrap_or_default();
                        #(
                            if text.eq_ignore_ascii_case(<#types as ::msgraph_core::NamedType>::TYPE_NAME) {
                                let value = ::serde::Deserialize::deserialize(object);
                                return value.map(#name::#variants).map_err(::serde::de::Error::custom);
                            }
                        )*
                        ::std::result::Result::Ok(#name::#unknown(object.into()))
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    }
}

fn common_text(text: &CommonText, union: &TaggedUnion) -> TokenStream {
    let CommonText { property, field } = text;
    let unknown = format_ident!("{UNKNOWN_ARM}");
    let variants = union.arms.iter().map(|arm| &arm.variant);
    let doc = format!(" The text of `{}`, which each listed type may have.", property.replace('`', "'"));
    quote! {
        #[doc = #doc]
        pub fn #field(&self) -> ::std::option::Option<&str> {
            match self {
                #(Self::#variants(value) => value.#field.as_deref(),)*
                Self::#unknown(object) => object.get(#property)?.as_str(),
            }
        }
    }
}
