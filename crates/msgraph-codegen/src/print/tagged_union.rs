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
                let object: ::serde_json::Map<::std::string::String, ::serde_json::Value> =
                    ::serde::Deserialize::deserialize(deserializer)?;
                let is = |name: &str| {
                    let value = object.get(#property).and_then(::serde_json::Value::as_str);
                    value.is_some_and(|value| value.eq_ignore_ascii_case(name))
                };
                #(
                    if is(<#types as ::msgraph_core::NamedType>::TYPE_NAME) {
                        let value = ::serde::Deserialize::deserialize(object).map_err(::serde::de::Error::custom)?;
                        return ::std::result::Result::Ok(Self::#variants(value));
                    }
                )*
                ::std::result::Result::Ok(Self::#unknown(object.into()))
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
