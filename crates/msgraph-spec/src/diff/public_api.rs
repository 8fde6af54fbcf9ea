//! The public items of generated Rust code.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::parse::Parser;
use syn::{Fields, ImplItem, Item, ItemImpl, ItemMacro, Visibility};

use super::RustImpact;

/// The public items of a source, each with its signature.
pub(super) struct PublicApi {
    items: BTreeMap<String, String>,
    source: String,
}

impl PublicApi {
    pub(super) fn of(source: &str) -> Result<Self, String> {
        let file = syn::parse_file(source).map_err(|error| format!("the code cannot be parsed: {error}"))?;
        let mut items = BTreeMap::new();
        collect(&file.items, "", &mut items);
        // Ignores documentation and the origin of the code.
        let is_code = |line: &&str| !line.trim_start().starts_with("///") && !line.contains("SPEC_");
        Ok(Self { items, source: source.lines().filter(is_code).collect() })
    }

    /// Returns the impact of replacing these items by `after`.
    pub(super) fn compared_to(&self, after: &Self) -> (RustImpact, String) {
        let gone = self.items.keys().find(|name| !after.items.contains_key(*name));
        let changed = self.items.iter().find(|(name, form)| after.items.get(*name).is_some_and(|other| other != *form));
        let added = after.items.keys().find(|name| !self.items.contains_key(*name));
        match (gone, changed, added) {
            (Some(name), ..) => (RustImpact::SourceBreaking, format!("Rust: {name} is removed")),
            (_, Some((name, _)), _) => (RustImpact::SourceBreaking, format!("Rust: {name} has another form")),
            (_, _, Some(name)) => {
                (RustImpact::Additive, format!("Rust: {name} is added; types are open, so existing code compiles"))
            }
            _ if self.source != after.source => {
                (RustImpact::Behaviour, "Rust: the items are the same, their code is not".to_owned())
            }
            _ => (RustImpact::None, "Rust: the code is the same".to_owned()),
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
            Item::Impl(item) => collect_impl(item, place, found),
            Item::Const(item) if is_public(&item.vis) => {
                found.insert(format!("{place}{}", item.ident), item.ty.to_token_stream().to_string());
            }
            Item::Macro(item) => collect_macro(item, place, found),
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

/// Adds the public functions of a type, and the types that its traits name.
fn collect_impl(item: &ItemImpl, place: &str, found: &mut BTreeMap<String, String>) {
    let owner = item.self_ty.to_token_stream().to_string();
    for member in &item.items {
        match member {
            ImplItem::Fn(function) if item.trait_.is_none() && matches!(function.vis, Visibility::Public(_)) => {
                let form = function.sig.to_token_stream().to_string();
                found.insert(format!("{place}{owner}::{}()", function.sig.ident), form);
            }
            ImplItem::Type(kind) => {
                found.insert(format!("{place}{owner}::{}", kind.ident), kind.ty.to_token_stream().to_string());
            }
            _ => {}
        }
    }
}

/// Adds a type in table form: its name, a block of its members, and the names of its functions.
fn collect_macro(item: &ItemMacro, place: &str, found: &mut BTreeMap<String, String>) {
    let kind = item.mac.path.to_token_stream().to_string();
    // An unknown table is compared by its text.
    let Ok(table) = Table::parse.parse2(item.mac.tokens.clone()) else {
        found.insert(format!("{place}{kind} {}", found.len()), item.mac.tokens.to_string());
        return;
    };
    let owner = format!("{place}{}", table.name);
    found.insert(format!("{owner} as {kind}"), table.head);
    // The members of a struct were collected; the table has its serialization.
    if !found.contains_key(&owner) {
        found.insert(owner.clone(), kind);
        found.extend(table.members.into_iter().map(|(name, form)| (format!("{owner}::{name}"), form)));
    }
}

struct Table {
    name: syn::Ident,
    /// The tokens between the name and the block.
    head: String,
    members: Vec<(String, String)>,
}

impl Table {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        syn::Attribute::parse_outer(input)?;
        let name = input.parse()?;
        let mut members = Vec::new();
        let mut head = String::new();
        while !input.is_empty() && !input.peek(syn::token::Brace) {
            head.push_str(&input.parse::<proc_macro2::TokenTree>()?.to_string());
        }
        if input.peek(syn::token::Brace) {
            let block;
            syn::braced!(block in input);
            while !block.is_empty() {
                syn::Attribute::parse_outer(&block)?;
                let name: syn::Ident = block.parse()?;
                let mut form = String::new();
                while !block.is_empty() && !block.peek(syn::Token![,]) {
                    form.push_str(&block.parse::<proc_macro2::TokenTree>()?.to_string());
                }
                members.push((name.to_string(), form));
                block.parse::<Option<syn::Token![,]>>()?;
            }
        }
        while !input.is_empty() {
            syn::Attribute::parse_outer(input)?;
            let name: syn::Ident = input.parse()?;
            members.push((format!("{name}()"), String::new()));
            while !input.is_empty() && !input.peek(syn::Ident) && !input.peek(syn::Token![#]) {
                input.parse::<proc_macro2::TokenTree>()?;
            }
        }
        Ok(Self { name, head, members })
    }
}

#[cfg(test)]
mod tests {
    use super::PublicApi;
    use crate::RustImpact;

    const TABLES: &str =
        "open_enum! {\n /// Doc.\n State {\n On = \"on\",\n Off = \"off\",\n }\n /// Doc.\n is_lit: [\n On,\n ]\n }\n
        tagged_union! { Bulb by kind \"@odata.type\" { /// Doc.\n Led(LedBulb), } watts \"watts\" }\n
        collection!(Page: value (\"value\") of Lamp, next_link);\n
        pub struct Lamp { pub watts: i64 }\n open_object!(Lamp { watts \"watts\" });\n
        impl Operation for GetLamp { type Response = Lamp; fn body(&self) {} }";

    #[test]
    fn a_type_in_table_form_has_its_members_and_functions() {
        let before = PublicApi::of(TABLES).unwrap();
        for (from, to, impact) in [
            ("Off = \"off\",", "Off = \"off\", Dim = \"dim\",", RustImpact::Additive),
            ("Off = \"off\",", "", RustImpact::SourceBreaking),
            ("Led(LedBulb)", "Led(Lamp)", RustImpact::SourceBreaking),
            ("Led(LedBulb),", "Led(LedBulb), Neon(NeonBulb),", RustImpact::Additive),
            ("is_lit: [\n On,", "is_lit: [\n Off,", RustImpact::Behaviour),
            ("is_lit", "is_on", RustImpact::SourceBreaking),
            ("watts \"watts\"", "watts \"watts\" volts \"volts\"", RustImpact::Additive),
            ("pub watts: i64", "pub watts: String", RustImpact::SourceBreaking),
            ("{ watts \"watts\" }", "{ watts \"w\" }", RustImpact::Behaviour),
            ("of Lamp", "of Bulb", RustImpact::SourceBreaking),
            ("type Response = Lamp", "type Response = Bulb", RustImpact::SourceBreaking),
            ("fn body(&self) {}", "fn body(&self) { todo() }", RustImpact::Behaviour),
            ("/// Doc.\n State", "/// Other.\n State", RustImpact::None),
        ] {
            let after = PublicApi::of(&TABLES.replace(from, to)).unwrap();
            assert_eq!(before.compared_to(&after).0, impact, "{from} -> {to}");
        }
    }
}
