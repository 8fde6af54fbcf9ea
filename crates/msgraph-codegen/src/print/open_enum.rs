//! An evolvable enumeration as a Rust enum that keeps what it doesn't know.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs;
use crate::open_enums::{Flag, OpenEnum, UNKNOWN_ARM};

pub(super) fn items(open_enum: &OpenEnum) -> TokenStream {
    let OpenEnum { name, description, members, flags, .. } = open_enum;
    let docs = docs::attributes(description);
    let unknown = format_ident!("{UNKNOWN_ARM}");
    let texts: Vec<_> = members.iter().map(|member| &member.text).collect();
    let variants: Vec<_> = members.iter().map(|member| &member.variant).collect();
    let variant_docs = texts.iter().map(|text| format!(" `{}` on the wire.", text.replace('`', "'")));
    let flags: Vec<_> = flags.iter().map(flag_method).collect();
    let flags = (!flags.is_empty()).then(|| quote!(impl #name { #(#flags)* }));
    quote! {
        #(#docs)*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum #name {
            #(#[doc = #variant_docs] #variants,)*
            /// A member that this build doesn't know, with its text.
            #unknown(::msgraph_core::UnknownValue<Self>),
        }

        #flags

        impl ::msgraph_core::OpenEnum for #name {
            const KNOWN: &'static [&'static str] = &[#(#texts),*];

            fn known(text: &str) -> ::std::option::Option<Self> {
                match text {
                    #(#texts => ::std::option::Option::Some(Self::#variants),)*
                    _ => ::std::option::Option::None,
                }
            }

            fn unknown(value: ::msgraph_core::UnknownValue<Self>) -> Self {
                Self::#unknown(value)
            }

            fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #texts,)*
                    Self::#unknown(value) => value.as_str(),
                }
            }

            fn is_known(&self) -> bool {
                !::std::matches!(self, Self::#unknown(_))
            }
        }

        ::msgraph_core::open_enum_conversions!(#name);
    }
}

fn flag_method(Flag { extension, name, variants }: &Flag) -> TokenStream {
    let doc = format!(" Whether the description lists this member under `{}`.", extension.replace('`', "'"));
    quote! {
        #[doc = #doc]
        pub fn #name(&self) -> bool {
            [#(Self::#variants),*].contains(self)
        }
    }
}
