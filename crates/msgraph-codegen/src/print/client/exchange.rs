//! The exchange of an operation: how its request is built and its answer read. The generator builds one request, which
//! would have to be copied for each further attempt, and reads a URL that was put together as text.

use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Arm, Expr, ExprCall, ExprLit, ExprMatch, FnArg, ImplItemFn, Lit, Local, Stmt, Token, Type, parse_quote};

use crate::Error;
use crate::print::unexpected;

/// Puts the exchange by the including crate's hooks in place of the generator's.
pub(super) fn rewrite(function: &mut ImplItemFn, name: &str) -> Result<(), Error> {
    let missing = |what: &str| unexpected(&format!("has no {what} in {name}"));
    let segments = {
        let url = local(function, "url").ok_or_else(|| missing("url"))?;
        path_segments(url, function).ok_or_else(|| missing("url that is understood"))?
    };
    let builder = local(function, "mut request").and_then(request_builder).ok_or_else(|| missing("request"))?;
    let mut answers = match function.block.stmts.last() {
        Some(Stmt::Expr(Expr::Match(answers), None)) => answers.clone(),
        _ => return Err(missing("answers")),
    };
    read_by_hooks(&mut answers).ok_or_else(|| missing("answer to read"))?;
    function.block = parse_quote!({
        let build = || {
            let url = self.url(&[#(#segments),*])?;
            crate::hooks::request(#builder)
        };
        let answer = self.exec(&build, #name).await?;
        #answers
    });
    Ok(())
}

/// The value of a variable.
fn local<'a>(function: &'a ImplItemFn, pattern: &str) -> Option<&'a Expr> {
    let found = function.block.stmts.iter().find_map(|statement| match statement {
        Stmt::Local(Local { pat, init: Some(init), .. }) if pat.to_token_stream().to_string() == pattern => Some(init),
        _ => None,
    });
    found.map(|init| &*init.expr)
}

/// The segments of a path, from `format!("{}/lamps/{}/state", self.baseurl, encode_path(&id.to_string()))`.
fn path_segments(url: &Expr, function: &ImplItemFn) -> Option<Vec<Expr>> {
    let Expr::Macro(call) = url else { return None };
    let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.mac.tokens.clone()).ok()?;
    let mut arguments = arguments.into_iter();
    let Some(Expr::Lit(ExprLit { lit: Lit::Str(template), .. })) = arguments.next() else { return None };
    if arguments.next()?.to_token_stream().to_string() != "self . baseurl" {
        return None;
    }
    let template = template.value();
    let mut values = arguments.map(|argument| value(&argument)).collect::<Option<Vec<_>>>()?.into_iter();
    let segments = template.strip_prefix("{}/")?.split('/').map(|text| segment(text, &mut values, function));
    let segments = segments.collect::<Option<Vec<_>>>()?;
    values.next().is_none().then_some(segments)
}

/// What is encoded, from `encode_path(&id.to_string())`.
fn value(argument: &Expr) -> Option<Expr> {
    let Expr::Call(call) = argument else { return None };
    let Some(Expr::Reference(reference)) = call.args.first() else { return None };
    match &*reference.expr {
        Expr::MethodCall(call) if call.method == "to_string" => Some((*call.receiver).clone()),
        _ => None,
    }
}

/// A segment: a text, a value, or a text with values in it.
fn segment(text: &str, values: &mut impl Iterator<Item = Expr>, function: &ImplItemFn) -> Option<Expr> {
    match text.matches("{}").count() {
        0 => Some(parse_quote!(#text)),
        1 if text == "{}" => {
            let value = values.next()?;
            Some(if is_text(&value, function) { value } else { parse_quote!(&#value.to_string()) })
        }
        count => {
            let values: Vec<_> = values.take(count).collect();
            (values.len() == count).then(|| parse_quote!(&format!(#text, #(#values),*)))
        }
    }
}

fn is_text(value: &Expr, function: &ImplItemFn) -> bool {
    function.sig.inputs.iter().any(|input| match input {
        FnArg::Typed(argument) => {
            argument.pat.to_token_stream().to_string() == value.to_token_stream().to_string()
                && matches!(&*argument.ty, Type::Reference(text) if text.elem.to_token_stream().to_string() == "str")
        }
        FnArg::Receiver(_) => false,
    })
}

/// What a request is built by, from `builder.build()?`.
fn request_builder(request: &Expr) -> Option<Expr> {
    let Expr::Try(attempt) = request else { return None };
    match &*attempt.expr {
        Expr::MethodCall(call) if call.method == "build" => Some((*call.receiver).clone()),
        _ => None,
    }
}

/// Lets the including crate read each answer: the generator's way loses the status of a success that can't be decoded.
fn read_by_hooks(answers: &mut ExprMatch) -> Option<()> {
    *answers.expr = parse_quote!(answer.status().as_u16());
    for arm in &mut answers.arms {
        let Arm { body, .. } = arm;
        let reader = if calls(body, "ResponseValue :: from_response") {
            quote!(crate::hooks::decode(answer))
        } else if calls(body, "ResponseValue :: empty") {
            quote!(Ok(crate::hooks::empty(answer)))
        } else if calls(body, "Error :: UnexpectedResponse") {
            quote!(Err(answer.into_error()))
        } else {
            return None;
        };
        **body = syn::parse2(reader).ok()?;
    }
    Some(())
}

/// Whether a function is called in an expression.
fn calls(expression: &Expr, function: &str) -> bool {
    struct Calls<'a> {
        function: &'a str,
        found: bool,
    }

    impl<'ast> Visit<'ast> for Calls<'_> {
        fn visit_expr_call(&mut self, call: &'ast ExprCall) {
            self.found |= call.func.to_token_stream().to_string() == self.function;
            visit::visit_expr_call(self, call);
        }
    }

    let mut calls = Calls { function, found: false };
    calls.visit_expr(expression);
    calls.found
}
