//! What users of generated Rust code can name: its public items.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{Fields, ImplItem, Item, Visibility};

use super::Rust;

/// The public items of a source, each with its form.
pub(super) struct Surface {
    items: BTreeMap<String, String>,
    source: String,
}

impl Surface {
    pub(super) fn of(source: &str) -> Result<Self, String> {
        let file = syn::parse_file(source).map_err(|error| format!("the code does not parse: {error}"))?;
        let mut items = BTreeMap::new();
        collect(&file.items, "", &mut items);
        // Documentation is no behaviour, and where the code comes from is none either.
        let is_code = |line: &&str| !line.trim_start().starts_with("///") && !line.contains("SPEC_");
        Ok(Self { items, source: source.lines().filter(is_code).collect() })
    }

    /// What becomes of code that uses this when it gets that.
    pub(super) fn compared_to(&self, after: &Self) -> (Rust, String) {
        let gone = self.items.keys().find(|name| !after.items.contains_key(*name));
        let changed = self.items.iter().find(|(name, form)| after.items.get(*name).is_some_and(|other| other != *form));
        let added = after.items.keys().find(|name| !self.items.contains_key(*name));
        match (gone, changed, added) {
            (Some(name), ..) => (Rust::SourceBreaking, format!("Rust: {name} is gone")),
            (_, Some((name, _)), _) => (Rust::SourceBreaking, format!("Rust: {name} has another form")),
            (_, _, Some(name)) => {
                (Rust::Additive, format!("Rust: {name} is new; types are open, so code of before compiles"))
            }
            _ if self.source != after.source => {
                (Rust::Behaviour, "Rust: the items are the same, their code is not".to_owned())
            }
            _ => (Rust::None, "Rust: the code is the same".to_owned()),
        }
    }
}

fn collect(items: &[Item], place: &str, found: &mut BTreeMap<String, String>) {
    let is_public = |visibility: &Visibility| matches!(visibility, Visibility::Public(_));
    for item in items {
        match item {
            Item::Mod(module) if is_public(&module.vis) => {
                let place = format!("{place}{}::", module.ident);
                collect(module.content.as_ref().map(|(_, items)| items.as_slice()).unwrap_or_default(), &place, found);
            }
            Item::Struct(item) if is_public(&item.vis) => {
                found.insert(format!("{place}{}", item.ident), "struct".to_owned());
                collect_fields(&item.fields, &format!("{place}{}", item.ident), found);
            }
            Item::Enum(item) if is_public(&item.vis) => {
                found.insert(format!("{place}{}", item.ident), "enum".to_owned());
                for variant in &item.variants {
                    let form = variant.fields.to_token_stream().to_string();
                    found.insert(format!("{place}{}::{}", item.ident, variant.ident), form);
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let owner = item.self_ty.to_token_stream().to_string();
                for member in &item.items {
                    if let ImplItem::Fn(function) = member
                        && is_public(&function.vis)
                    {
                        let form = function.sig.to_token_stream().to_string();
                        found.insert(format!("{place}{owner}::{}()", function.sig.ident), form);
                    }
                }
            }
            Item::Const(item) if is_public(&item.vis) => {
                found.insert(format!("{place}{}", item.ident), item.ty.to_token_stream().to_string());
            }
            _ => {}
        }
    }
}

fn collect_fields(fields: &Fields, owner: &str, found: &mut BTreeMap<String, String>) {
    for field in fields {
        if let (Some(name), Visibility::Public(_)) = (&field.ident, &field.vis) {
            found.insert(format!("{owner}::{name}"), field.ty.to_token_stream().to_string());
        }
    }
}
