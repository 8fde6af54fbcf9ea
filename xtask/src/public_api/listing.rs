//! What a crate shows: each item that can be reached from outside, with its implementations.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::{Attribute, Item, ItemImpl};

use super::foreign::foreign_of;
use super::sources::{Import, Module, is_left_out};
use super::visible::{attributes_of, clean, last_name, name_of, public_member, without_what_is_private};

/// The items that a crate shows.
pub(crate) struct Listing {
    shown: Vec<Shown>,
    re_exported: Vec<(Import, Item)>,
}

/// An item, or an implementation, with the name under which it is reached.
struct Shown {
    modules: Vec<String>,
    name: String,
    item: Item,
    /// The paths in it that lead to other crates.
    foreign: Vec<String>,
}

impl Listing {
    pub(super) fn of(root: &Module) -> Self {
        let mut listing = Self { shown: Vec::new(), re_exported: Vec::new() };
        listing.module(root, root, &[]);
        let names: BTreeMap<String, Vec<String>> =
            listing.shown.iter().map(|shown| (shown.name.clone(), shown.modules.clone())).collect();
        listing.implementations(root, &names);
        listing
    }

    /// The listing as Rust.
    pub(super) fn file(&self) -> syn::File {
        let mut items = in_modules(&self.shown, &[]);
        items.extend(self.re_exported.iter().map(|(_, item)| item.clone()));
        syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items }
    }

    /// The paths to what is shown of other crates.
    pub(super) fn foreign(&self) -> impl Iterator<Item = &String> {
        self.shown.iter().flat_map(|shown| &shown.foreign)
    }

    /// Those of an item, or of all that is in a module.
    pub(super) fn foreign_of(&self, name: &str) -> Vec<String> {
        let is_of = |shown: &&Shown| shown.name == name || shown.modules.first().is_some_and(|first| first == name);
        self.shown.iter().filter(is_of).flat_map(|shown| shown.foreign.clone()).collect()
    }

    /// The items of other crates that are shown as one's own.
    pub(super) fn re_exported(&self) -> impl Iterator<Item = String> {
        self.re_exported.iter().map(|(import, _)| import.path.join("::"))
    }

    fn module(&mut self, root: &Module, module: &Module, modules: &[String]) {
        for item in &module.items {
            self.item(module, item, modules, None);
        }
        for (name, (is_public, inner)) in &module.modules {
            if *is_public {
                self.module(root, inner, &[modules, std::slice::from_ref(name)].concat());
            }
        }
        for import in module.imports.iter().filter(|import| import.is_public) {
            self.import(root, module, import, modules);
        }
    }

    /// Follows what a module shows of another one.
    fn import(&mut self, root: &Module, module: &Module, import: &Import, modules: &[String]) {
        let mut at = module;
        let mut path = import.path.iter().map(String::as_str).peekable();
        if path.next_if_eq(&"crate").is_some() {
            at = root;
        }
        while let Some((_, inner)) = path.peek().and_then(|name| at.modules.get(*name)) {
            at = inner;
            path.next();
        }
        match (path.next(), std::ptr::eq(at, module)) {
            (None, _) if import.name == "*" => self.module(root, at, modules),
            (None, _) => self.module(root, at, &[modules, std::slice::from_ref(&import.name)].concat()),
            (Some(_), true) => self.re_exported.extend(use_of(import).map(|item| (import.clone(), item))),
            (Some(name), false) => {
                let items: Vec<_> = at.items.iter().filter(|item| name_of(item).as_deref() == Some(name)).collect();
                match at.import(name) {
                    Some(next) => self.import(root, at, next, modules),
                    // Made by a macro, or reached by another name than it is written with.
                    None if items.is_empty() || import.is_renamed() => self.import_itself(import, modules),
                    None => {}
                }
                items.into_iter().for_each(|item| self.item(at, item, modules, Some(&import.cfg)));
            }
        }
    }

    fn import_itself(&mut self, import: &Import, modules: &[String]) {
        let (modules, name) = (modules.to_vec(), import.name.clone());
        self.shown.extend(use_of(import).map(|item| Shown { modules, name, item, foreign: Vec::new() }));
    }

    fn item(&mut self, module: &Module, item: &Item, modules: &[String], cfg: Option<&[Attribute]>) {
        let Some(name) = name_of(item) else { return };
        let Some(mut item) = without_what_is_private(item) else { return };
        if let (Some(cfg), Some(attributes)) = (cfg, attributes_of(&mut item)) {
            attributes.splice(0..0, cfg.iter().cloned());
        }
        let foreign = foreign_of(module, &item);
        self.shown.push(Shown { modules: modules.to_vec(), name, item, foreign });
    }

    /// Adds an implementation, to the one that there is where both are of no trait.
    fn implementation(&mut self, mut shown: Shown) {
        let Item::Impl(item) = &mut shown.item else { return };
        item.items.sort_by_key(|member| member.to_token_stream().to_string());
        match joined(&mut self.shown, item) {
            Some(Shown { item: Item::Impl(joined), foreign, .. }) => {
                joined.items.extend(item.items.iter().cloned());
                joined.items.sort_by_key(|member| member.to_token_stream().to_string());
                foreign.extend(shown.foreign);
            }
            _ => self.shown.push(shown),
        }
    }

    /// The implementations of what is shown, wherever they are.
    fn implementations(&mut self, module: &Module, names: &BTreeMap<String, Vec<String>>) {
        let private: BTreeSet<String> =
            module.items.iter().filter(|item| without_what_is_private(item).is_none()).filter_map(name_of).collect();
        for item in &module.items {
            let Item::Impl(found) = item else { continue };
            if is_left_out(&found.attrs) {
                continue;
            }
            let implemented = found.trait_.as_ref().and_then(|(path, _)| path.segments.last());
            let owner = [last_name(&found.self_ty), implemented.map(|segment| segment.ident.to_string())];
            let owner = owner.into_iter().flatten().find(|name| names.contains_key(name) && !private.contains(name));
            let Some(name) = owner else { continue };
            let mut item = found.clone();
            clean(&mut item.attrs);
            item.items.retain_mut(public_member);
            if found.trait_.is_some() {
                item.items.clear();
            } else if item.items.is_empty() {
                continue;
            }
            let foreign = foreign_of(module, &Item::Impl(item.clone()));
            self.implementation(Shown { modules: names[&name].clone(), name, item: Item::Impl(item), foreign });
        }
        for (_, inner) in module.modules.values() {
            self.implementations(inner, names);
        }
    }
}

fn use_of(import: &Import) -> Option<Item> {
    let path: syn::Path = syn::parse_str(&import.path.join("::")).ok()?;
    let cfg = &import.cfg;
    if !import.is_renamed() {
        return Some(syn::parse_quote!(#(#cfg)* pub use #path;));
    }
    let name: syn::Ident = syn::parse_str(&import.name).ok()?;
    Some(syn::parse_quote!(#(#cfg)* pub use #path as #name;))
}

/// The implementation of what `other` has for the same type and no trait: where its parts stand does not matter.
fn joined<'a>(shown: &'a mut [Shown], other: &ItemImpl) -> Option<&'a mut Shown> {
    let head = |item: &ItemImpl| ItemImpl { items: Vec::new(), ..item.clone() }.to_token_stream().to_string();
    let is_same = |item: &Item| matches!(item, Item::Impl(item) if item.trait_.is_none() && head(item) == head(other));
    shown.iter_mut().find(|shown| is_same(&shown.item))
}

/// The items below a module: sorted, so that none changes its place by being moved to another file.
fn in_modules(shown: &[Shown], modules: &[String]) -> Vec<Item> {
    let mut here: Vec<_> = shown.iter().filter(|shown| shown.modules == modules).collect();
    here.sort_by_key(|shown| {
        let is_implementation = matches!(shown.item, Item::Impl(_));
        (shown.name.clone(), is_implementation, shown.item.to_token_stream().to_string())
    });
    let mut items: Vec<Item> = here.into_iter().map(|shown| shown.item.clone()).collect();
    let depth = modules.len();
    let inner: BTreeSet<_> = shown
        .iter()
        .filter(|shown| shown.modules.starts_with(modules))
        .filter_map(|shown| shown.modules.get(depth))
        .collect();
    for name in inner {
        let content = in_modules(shown, &[modules, std::slice::from_ref(name)].concat());
        let name = syn::Ident::new(name, proc_macro2::Span::call_site());
        items.push(syn::parse_quote!(pub mod #name { #(#content)* }));
    }
    items
}
