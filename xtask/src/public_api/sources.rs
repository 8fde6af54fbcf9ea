//! The modules of a crate, as its sources have them.

use std::collections::BTreeMap;
use std::path::Path;

use syn::{Attribute, Item, UseTree, Visibility};

use crate::regenerate::read;

/// A module with the modules in it.
#[derive(Default)]
pub(super) struct Module {
    /// All but modules and imports.
    pub(super) items: Vec<Item>,
    pub(super) modules: BTreeMap<String, (bool, Module)>,
    /// What is imported, by the name that it has here; globs end with `*`.
    pub(super) imports: Vec<Import>,
}

/// One name of a `use`.
#[derive(Clone)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) path: Vec<String>,
    pub(super) is_public: bool,
    pub(super) cfg: Vec<Attribute>,
}

impl Module {
    /// The root of a crate in a folder.
    pub(super) fn of_crate(folder: &Path) -> Result<Self, String> {
        let file = folder.join("src/lib.rs");
        let from_disk = |path: &Path| read(path);
        Self::of_file(&read(&file)?, &folder.join("src"), &folder.join("src"), &from_disk)
    }

    #[cfg(test)]
    pub(super) fn of_texts(lib: &str, modules: &[(&str, &str)]) -> Result<Self, String> {
        let find = |path: &Path| {
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let found = modules.iter().find(|(module, _)| *module == name);
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| format!("there is no {name}"))
        };
        Self::of_file(lib, Path::new("src"), Path::new("src"), &find)
    }

    fn of_file(text: &str, beside: &Path, below: &Path, find: &Find) -> Result<Self, String> {
        let file = syn::parse_file(text).map_err(|error| format!("{}: {error}", below.display()))?;
        Self::of_items(file.items, beside, below, find)
    }

    /// `beside` is the folder of the file, `below` that of the modules in it.
    fn of_items(items: Vec<Item>, beside: &Path, below: &Path, find: &Find) -> Result<Self, String> {
        let mut module = Self::default();
        for item in items {
            match item {
                Item::Mod(item) if !is_left_out(&item.attrs) => {
                    let name = item.ident.to_string();
                    let inside = below.join(&name);
                    let read = match item.content {
                        Some((_, items)) => Self::of_items(items, beside, &inside, find)?,
                        None => Self::of_file(&find(&inside.with_extension("rs"))?, below, &inside, find)?,
                    };
                    module.modules.insert(name, (is_public(&item.vis), read));
                }
                Item::Use(item) if !is_left_out(&item.attrs) => {
                    let cfg = item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect();
                    let import = Import { name: String::new(), path: Vec::new(), is_public: is_public(&item.vis), cfg };
                    import.each_of(&item.tree, &mut module.imports);
                }
                Item::Macro(item) if item.mac.path.is_ident("include") => {
                    // The other `include!` is of what a build generates: the same, as another test has it.
                    if let Ok(path) = item.mac.parse_body::<syn::LitStr>() {
                        let path = beside.join(path.value());
                        let included = Self::of_file(&find(&path)?, beside, below, find)?;
                        module.items.extend(included.items);
                        module.modules.extend(included.modules);
                        module.imports.extend(included.imports);
                    }
                }
                Item::Mod(_) | Item::Use(_) => {}
                item => module.items.push(item),
            }
        }
        Ok(module)
    }

    /// What is imported by a name, other than by a glob.
    pub(super) fn import(&self, name: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.name == name)
    }
}

type Find<'a> = dyn Fn(&Path) -> Result<String, String> + 'a;

impl Import {
    pub(super) fn is_renamed(&self) -> bool {
        self.path.last() != Some(&self.name)
    }

    fn each_of(&self, tree: &UseTree, found: &mut Vec<Self>) {
        let mut import = self.clone();
        match tree {
            UseTree::Path(tree) => {
                import.path.push(tree.ident.to_string());
                import.each_of(&tree.tree, found);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.each_of(tree, found)),
            UseTree::Name(name) if name.ident == "self" => {
                import.name = import.path.last().cloned().unwrap_or_default();
                found.push(import);
            }
            UseTree::Name(name) => {
                import.name = name.ident.to_string();
                import.path.push(import.name.clone());
                found.push(import);
            }
            UseTree::Rename(rename) => {
                import.name = rename.rename.to_string();
                import.path.push(rename.ident.to_string());
                found.push(import);
            }
            UseTree::Glob(_) => {
                import.name = "*".to_owned();
                found.push(import);
            }
        }
    }
}

pub(super) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Whether something is for tests, or hidden.
pub(super) fn is_left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            let text = list.tokens.to_string();
            (list.path.is_ident("doc") && text == "hidden") || (list.path.is_ident("cfg") && text == "test")
        }
        _ => false,
    })
}
