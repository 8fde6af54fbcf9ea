//! The check of a value in a request.

use proc_macro2::TokenStream;
use quote::quote;

use crate::constraints::{Range, Rule};

/// Returns the statement that checks a value. `value` is a reference to it; `allow` whether unknown members are allowed.
pub(super) fn check(rule: &Rule, name: &str, value: &TokenStream, allow: &TokenStream) -> TokenStream {
    let v1 = quote!(::msgraph_core::codegen::v1);
    let in_words = |range: &Range, unit: &str| (range.minimum, range.maximum, format!("{}{unit}", range.describe()));
    match rule {
        Rule::Members(allowed) => quote!(#v1::check_member(#name, #value, &[#(#allowed),*], #allow)?;),
        Rule::Texts(allowed) => quote!(#v1::check_text(#name, #value, &[#(#allowed),*], #allow)?;),
        Rule::Number(range) => {
            let (minimum, maximum, words) = in_words(range, "");
            quote!(#v1::check_range(#name, *#value, #minimum..=#maximum, &[#words])?;)
        }
        Rule::Fraction { minimum, maximum, is_decimal } => {
            let words = format!("{minimum} to {maximum}");
            let number = if *is_decimal {
                quote!((#value).as_f64().unwrap_or(::std::primitive::f64::NAN))
            } else {
                quote!(::std::convert::Into::into(*#value))
            };
            quote!(#v1::check_number(#name, #number, #minimum..=#maximum, &[#words])?;)
        }
        Rule::Length(range) => {
            let (minimum, maximum, words) = in_words(range, " characters");
            quote!(#v1::check_length(#name, #value, #minimum..=#maximum, &[#words])?;)
        }
        Rule::Items(range) => {
            let (minimum, maximum, words) = in_words(range, " items");
            quote!(#v1::check_range(#name, (#value).len(), #minimum..=#maximum, &[#words])?;)
        }
        Rule::Unique => quote!(#v1::check_unique(#name, #value)?;),
        Rule::Part(_) => quote!(#v1::Validate::validate(#value)?;),
        Rule::Each { rules, nullable } => {
            let checks: TokenStream = rules.iter().map(|rule| check(rule, name, &quote!(value), allow)).collect();
            let items = if *nullable { quote!((#value).iter().flatten()) } else { quote!((#value).iter()) };
            quote!(for value in #items { #checks })
        }
    }
}
