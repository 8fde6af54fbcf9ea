//! The generated operations: values are checked before sending, and no answer loses its status.

mod exchange;

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, File, FnArg, ImplItem, ImplItemFn, Item, Stmt, Type, parse_quote};

use super::unexpected;
use crate::Error;
use crate::bounds::{BoundedParameter, Range};
use crate::operations::Operation;
use crate::requests::Request;

pub(super) fn rewrite(file: &mut File, requests: &[Request], bounded: &[BoundedParameter]) -> Result<(), Error> {
    let checked = requests.iter().filter(|request| !request.checks.is_empty());
    let checked: BTreeSet<String> = checked.map(|request| request.name.to_string()).collect();
    file.items.retain(|item| match item {
        // It holds a second name for the client alone.
        Item::Mod(module) => module.ident != "prelude",
        // Of what the generator imports the rewritten operations need the rest.
        Item::Use(_) => false,
        // It asks for the generator's hooks, which the rewritten operations don't call.
        Item::Const(item) => item.ident != "_",
        _ => true,
    });
    file.items.insert(
        0,
        parse_quote!(
            use progenitor_client::{ClientInfo, ResponseValue};
        ),
    );
    for item in &mut file.items {
        let Item::Impl(implementation) = item else { continue };
        if implementation.trait_.is_some() {
            continue;
        }
        // It would make an HTTP client that follows redirects, and panic where it can't.
        implementation.items.retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"));
        for item in &mut implementation.items {
            match item {
                ImplItem::Fn(function) if function.sig.asyncness.is_some() => {
                    operation(function, &checked)?;
                    check_parameters(function, bounded);
                }
                // The including crate has a constructor that can't mix up base URL and transport.
                ImplItem::Fn(function) => function.vis = parse_quote!(pub(crate)),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Each operation as the description has it, for the transport and those who observe calls.
pub(super) fn described(operations: &[Operation]) -> Item {
    let names = operations.iter().map(|operation| operation.name.to_string());
    let methods = operations.iter().map(|operation| &operation.method);
    let paths = operations.iter().map(|operation| &operation.path);
    parse_quote! {
        /// The method and the path of an operation.
        pub(crate) fn route(operation: &str) -> (&'static str, &'static str) {
            match operation {
                #(#names => (#methods, #paths),)*
                _ => ("", ""),
            }
        }
    }
}

fn operation(function: &mut ImplItemFn, checked: &BTreeSet<String>) -> Result<(), Error> {
    let name = function.sig.ident.to_string();
    remove_version_header(function, &name)?;
    exchange::rewrite(function, &name)?;
    let mut error = ErrorType { found: false };
    error.visit_return_type_mut(&mut function.sig.output);
    if !error.found {
        return Err(unexpected(&format!("has no error to replace in {name}")));
    }
    if body_type(function).is_some_and(|body| checked.contains(&body)) {
        let check = parse_quote! { body.check().map_err(|refused| refused.of_operation(#name))?; };
        function.block.stmts.insert(0, check);
    }
    function.attrs.extend(on_errors());
    Ok(())
}

/// What the documentation of an operation says of its errors.
fn on_errors() -> Vec<Attribute> {
    parse_quote! {
        /// # Errors
        ///
        /// Where the service answers with anything but a success that is described, where that can't be read, and where
        /// nothing was sent: the kind of the error says which, and of a write it says what became of it.
    }
}

/// The generator's error loses the status of an answer that it can't read.
struct ErrorType {
    found: bool,
}

impl VisitMut for ErrorType {
    fn visit_type_mut(&mut self, kind: &mut Type) {
        if kind.to_token_stream().to_string() == "Error < () >" {
            *kind = parse_quote!(::msgraph_core::Error);
            self.found = true;
        }
        visit_mut::visit_type_mut(self, kind);
    }
}

fn check_parameters(function: &mut ImplItemFn, bounded: &[BoundedParameter]) {
    let name = function.sig.ident.to_string();
    for BoundedParameter { parameter, argument, required, range, .. } in
        bounded.iter().filter(|bounded| bounded.operation == function.sig.ident)
    {
        let (Range { minimum, maximum }, words) = (range, range.in_words());
        let check: Stmt = parse_quote! {
            ::msgraph_core::RefusedValue::check_range(#parameter, value as i64, #minimum..=#maximum, &[#words])
                .map_err(|refused| refused.of_operation(#name))?;
        };
        let check: Stmt = match required {
            true => parse_quote!({ let value = #argument; #check }),
            false => parse_quote!(if let ::std::option::Option::Some(value) = #argument { #check }),
        };
        function.block.stmts.insert(0, check);
    }
}

/// The generator sends the description's version as `api-version`; Graph has its own in the path.
fn remove_version_header(function: &mut ImplItemFn, name: &str) -> Result<(), Error> {
    let mut removal = HeaderMapRemoval { found: false };
    removal.visit_impl_item_fn_mut(function);
    match removal.found {
        true => Ok(()),
        false => Err(unexpected(&format!("has no api-version to remove in {name}"))),
    }
}

struct HeaderMapRemoval {
    found: bool,
}

impl VisitMut for HeaderMapRemoval {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        if let Expr::MethodCall(call) = expression
            && call.method == "headers"
            && call.args.to_token_stream().to_string() == "header_map"
        {
            *expression = (*call.receiver).clone();
            self.found = true;
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}

fn body_type(function: &ImplItemFn) -> Option<String> {
    function.sig.inputs.iter().find_map(|input| match input {
        FnArg::Typed(argument) if argument.pat.to_token_stream().to_string() == "body" => match &*argument.ty {
            Type::Reference(reference) => last_segment(&reference.elem),
            other => last_segment(other),
        },
        _ => None,
    })
}

fn last_segment(kind: &Type) -> Option<String> {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
