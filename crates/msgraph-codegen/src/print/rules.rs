//! The check of a value in a request.

use std::fmt::Display;

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use crate::constraints::{Range, Rule};

/// Returns the statement that checks a value. `value` is a reference to it; `allow` whether unknown members are allowed.
pub(super) fn check(rule: &Rule, name: &str, value: &TokenStream, allow: &TokenStream) -> TokenStream {
    let v1 = quote!(::msgraph_core::codegen::v1);
    // The value itself.
    let referred = value.to_string().strip_prefix('&').and_then(|place| place.parse::<TokenStream>().ok());
    let copy = referred.clone().unwrap_or_else(|| quote!(*#value));
    let receiver = referred.unwrap_or_else(|| value.clone());
    let each = |rules: &[Rule], values: TokenStream, nullable: bool| {
        let checks: TokenStream = rules.iter().map(|rule| check(rule, name, &quote!(value), allow)).collect();
        let flatten = nullable.then(|| quote!(.flatten()));
        quote!(for value in #values.iter()#flatten { #checks })
    };
    match rule {
        Rule::Members(allowed) => quote!(#v1::check_member(#name, #value, &[#(#allowed),*], #allow)?;),
        Rule::Texts(allowed) => quote!(#v1::check_text(#name, #value, &[#(#allowed),*], #allow)?;),
        Rule::Number(range) => {
            let (range, words) = range_and_words(range, "", Literal::i64_unsuffixed);
            quote!(#v1::check_range(#name, #copy, #range, &[#words])?;)
        }
        Rule::Fraction { range, is_decimal } => {
            let (range, words) = range_and_words(range, "", Literal::f64_unsuffixed);
            let number = if *is_decimal {
                quote!(#receiver.as_f64().unwrap_or(::std::primitive::f64::NAN))
            } else {
                quote!(::std::convert::Into::into(#copy))
            };
            quote!(#v1::check_number(#name, #number, #range, &[#words])?;)
        }
        Rule::Length(range) => {
            let (range, words) = range_and_words(range, " characters", Literal::i64_unsuffixed);
            quote!(#v1::check_length(#name, #value, #range, &[#words])?;)
        }
        Rule::Items(range) => {
            let (range, words) = range_and_words(range, " items", Literal::i64_unsuffixed);
            quote!(#v1::check_range(#name, #receiver.len(), #range, &[#words])?;)
        }
        Rule::Unique => quote!(#v1::check_unique(#name, #value)?;),
        Rule::Values { of, rules, nullable } => {
            let kind: TokenStream = of.rust.parse().unwrap_or_default();
            let kind = if *nullable { quote!(::std::option::Option<#kind>) } else { kind };
            let allowed = &of.allowed;
            let values = quote!(#v1::map_values::<#kind>(#name, #value, &[#allowed])?);
            if rules.is_empty() { quote!(#values;) } else { each(rules, values, *nullable) }
        }
        Rule::Part(_) => quote!(#v1::Validate::validate(#value)?;),
        Rule::Each { rules, nullable } => each(rules, receiver, *nullable),
    }
}

/// Returns a range as Rust, and in words.
fn range_and_words<T: Copy + Display>(
    range: &Range<T>,
    unit: &str,
    literal: fn(T) -> Literal,
) -> (TokenStream, String) {
    let literal = |bound: Option<T>| bound.map(|bound| literal(bound).into_token_stream());
    let minimum = literal(range.minimum);
    let source = literal(range.maximum).map_or_else(|| quote!(#minimum..), |maximum| quote!(#minimum..=#maximum));
    (source, format!("{}{unit}", range.describe()))
}
