//! An item as others see it: without what is private, and what is no matter of theirs.

use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Type};

use super::sources::{is_left_out, is_public};

pub(super) fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        _ => return None,
    })
}

/// An item as others see it; `None` where they do not.
pub(super) fn without_what_is_private(item: &Item) -> Option<Item> {
    let mut item = item.clone();
    let is_shown = match &mut item {
        Item::Const(item) => {
            item.expr = syn::parse_quote!(_);
            is_public(&item.vis)
        }
        Item::Enum(item) => {
            for variant in &mut item.variants {
                clean(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| clean(&mut field.attrs));
            }
            is_public(&item.vis)
        }
        Item::Fn(item) => {
            item.block = syn::parse_quote!({});
            is_public(&item.vis)
        }
        Item::Static(item) => {
            item.expr = syn::parse_quote!(_);
            is_public(&item.vis)
        }
        Item::Struct(item) => {
            without_private_fields(&mut item.fields);
            is_public(&item.vis)
        }
        Item::Trait(item) => {
            item.items.retain_mut(shown_of_a_trait);
            is_public(&item.vis)
        }
        Item::Type(item) => is_public(&item.vis),
        _ => false,
    };
    let attributes = attributes_of(&mut item)?;
    let is_shown = is_shown && !is_left_out(attributes);
    clean(attributes);
    is_shown.then_some(item)
}

pub(super) fn attributes_of(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    Some(match item {
        Item::Const(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        Item::Static(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Type(item) => &mut item.attrs,
        _ => return None,
    })
}

fn without_private_fields(fields: &mut Fields) {
    let of_others = match fields {
        Fields::Named(fields) => &mut fields.named,
        Fields::Unnamed(fields) => &mut fields.unnamed,
        Fields::Unit => return,
    };
    let shown = std::mem::take(of_others).into_iter().filter(|field| is_public(&field.vis));
    *of_others = shown
        .map(|mut field| {
            clean(&mut field.attrs);
            field
        })
        .collect();
}

fn shown_of_a_trait(member: &mut TraitItem) -> bool {
    match member {
        TraitItem::Fn(function) => {
            let is_shown = !is_left_out(&function.attrs);
            clean(&mut function.attrs);
            function.default = function.default.is_some().then(|| syn::parse_quote!({}));
            is_shown
        }
        TraitItem::Const(constant) => {
            clean(&mut constant.attrs);
            true
        }
        TraitItem::Type(kind) => {
            clean(&mut kind.attrs);
            true
        }
        _ => true,
    }
}

pub(super) fn public_member(member: &mut ImplItem) -> bool {
    match member {
        ImplItem::Fn(function) => {
            let is_shown = is_public(&function.vis) && !is_left_out(&function.attrs);
            clean(&mut function.attrs);
            function.block = syn::parse_quote!({});
            without_mut(&mut function.sig);
            is_shown
        }
        ImplItem::Const(constant) => {
            let is_shown = is_public(&constant.vis) && !is_left_out(&constant.attrs);
            clean(&mut constant.attrs);
            constant.expr = syn::parse_quote!(_);
            is_shown
        }
        _ => false,
    }
}

/// Whether a value can be changed by its function is no matter of callers.
fn without_mut(signature: &mut syn::Signature) {
    if let Some(syn::FnArg::Receiver(receiver)) = signature.inputs.first_mut()
        && matches!(receiver.kind, syn::ReceiverKind::Value)
    {
        receiver.mutability = None;
    }
}

/// Leaves what matters to callers.
pub(super) fn clean(attributes: &mut Vec<Attribute>) {
    let matters = ["cfg", "derive", "deprecated", "must_use", "non_exhaustive"];
    attributes.retain(|attribute| {
        let derives_where = attribute.path().is_ident("cfg_attr")
            && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string().contains("derive"));
        derives_where || matters.iter().any(|name| attribute.path().is_ident(name))
    });
}

pub(super) fn last_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
