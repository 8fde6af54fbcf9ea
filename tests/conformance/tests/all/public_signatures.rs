//! No public signature names the HTTP client or the generator, so that they can be replaced without a breaking change.

use std::collections::BTreeSet;

use conformance::{files, root};
use syn::visit::{Visit, visit_item, visit_path};
use syn::{Attribute, ImplItem, Item, ItemImpl, ItemStruct, ItemUse, Path, UseTree, Visibility};

const REPLACEABLE: [&str; 4] = ["reqwest", "progenitor", "progenitor_client", "progenitor_impl"];

/// Finds the paths of replaceable crates in the public items of a file.
struct Signatures {
    /// The replaceable crates, and the names imported from them.
    replaceable: BTreeSet<String>,
    found: Vec<String>,
}

impl Signatures {
    fn of(source: &str) -> Vec<String> {
        let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{error}"));
        let mut imports = Imports(REPLACEABLE.map(str::to_owned).into());
        imports.visit_file(&file);
        let mut signatures = Self { replaceable: imports.0, found: Vec::new() };
        signatures.visit_file(&file);
        signatures.found
    }

    fn check(&mut self, name: String) {
        if self.replaceable.contains(&name) {
            self.found.push(name);
        }
    }
}

impl<'a> Visit<'a> for Signatures {
    fn visit_item(&mut self, item: &'a Item) {
        let (attributes, is_shown) = match item {
            Item::Const(item) => (&item.attrs, is_public(&item.vis)),
            Item::Enum(item) => (&item.attrs, is_public(&item.vis)),
            Item::Fn(item) => (&item.attrs, is_public(&item.vis)),
            Item::Impl(item) => (&item.attrs, true),
            Item::Mod(item) => (&item.attrs, true),
            Item::Static(item) => (&item.attrs, is_public(&item.vis)),
            Item::Struct(item) => (&item.attrs, is_public(&item.vis)),
            Item::Trait(item) => (&item.attrs, is_public(&item.vis)),
            Item::Type(item) => (&item.attrs, is_public(&item.vis)),
            Item::Use(item) => (&item.attrs, is_public(&item.vis)),
            _ => return,
        };
        if is_shown && !is_hidden(attributes) {
            visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        if let UseTree::Path(path) = &item.tree {
            self.check(path.ident.to_string());
        }
    }

    fn visit_item_struct(&mut self, item: &'a ItemStruct) {
        self.visit_generics(&item.generics);
        item.fields.iter().filter(|field| is_public(&field.vis)).for_each(|field| self.visit_field(field));
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        self.visit_generics(&item.generics);
        self.visit_type(&item.self_ty);
        if let Some((path, _)) = &item.trait_ {
            self.visit_path(path);
        }
        for member in &item.items {
            let is_shown = match member {
                ImplItem::Const(member) => is_public(&member.vis) && !is_hidden(&member.attrs),
                ImplItem::Fn(member) => is_public(&member.vis) && !is_hidden(&member.attrs),
                ImplItem::Type(_) => true,
                _ => false,
            };
            if is_shown {
                self.visit_impl_item(member);
            }
        }
    }

    fn visit_path(&mut self, path: &'a Path) {
        self.check(path.segments.first().map_or_else(String::new, |first| first.ident.to_string()));
        visit_path(self, path);
    }

    // A body, a value and an attribute are not part of a signature.
    fn visit_block(&mut self, _: &'a syn::Block) {}
    fn visit_expr(&mut self, _: &'a syn::Expr) {}
    fn visit_attribute(&mut self, _: &'a Attribute) {}
}

/// Collects the names that a file imports from the replaceable crates.
struct Imports(BTreeSet<String>);

impl<'a> Visit<'a> for Imports {
    fn visit_item_use(&mut self, item: &'a ItemUse) {
        if let UseTree::Path(path) = &item.tree
            && REPLACEABLE.contains(&path.ident.to_string().as_str())
        {
            self.visit_use_tree(&path.tree);
        }
    }

    fn visit_use_name(&mut self, name: &'a syn::UseName) {
        self.0.insert(name.ident.to_string());
    }

    fn visit_use_rename(&mut self, rename: &'a syn::UseRename) {
        self.0.insert(rename.rename.to_string());
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// `#[doc(hidden)]` is for generated code, `#[cfg(test)]` for tests.
fn is_hidden(attributes: &[Attribute]) -> bool {
    let says = |attribute: &Attribute, list: &str, word: &str| {
        attribute.path().is_ident(list) && attribute.parse_args::<Path>().is_ok_and(|argument| argument.is_ident(word))
    };
    attributes.iter().any(|attribute| says(attribute, "doc", "hidden") || says(attribute, "cfg", "test"))
}

#[test]
fn no_public_signature_names_the_http_client_or_the_generator() {
    let crates = root().join("crates");
    let mut shown = BTreeSet::new();
    for package in ["msgraph-core", "msgraph-incident-tasks", "msgraph-incident-tasks-api"] {
        for path in files(&format!("crates/{package}/src"), "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let file = path.strip_prefix(&crates).unwrap().display().to_string().replace('\\', "/");
            shown.extend(Signatures::of(&source).into_iter().map(|name| (file.clone(), name)));
        }
    }
    assert!(shown.is_empty(), "{shown:?}");
}

#[test]
fn each_kind_of_public_signature_is_searched_and_nothing_else() {
    let source = "
        use reqwest::{Client as Http, Method, Url};
        pub use progenitor_client::ByteStream;
        pub struct Shown { pub method: Vec<Method>, own: Url }
        pub enum OneOf { Http(Http) }
        pub trait Sends { fn send(&self) -> reqwest::Response; }
        impl From<reqwest::Error> for Shown { fn from(_: reqwest::Error) -> Self { Url::parse() } }
        impl Shown {
            pub fn url(&self) -> &Url { reqwest::get() }
            #[doc(hidden)] pub fn hidden(&self) -> Url {}
            pub(crate) fn own(&self) -> Url {}
        }
        #[doc(hidden)] pub mod hidden { pub fn hidden() -> reqwest::Url {} }
        struct Own { pub url: Url }
        fn own() -> Url {}";
    let expected = ["progenitor_client", "Method", "Http", "reqwest", "reqwest", "Url"];
    assert_eq!(Signatures::of(source), expected);
}
