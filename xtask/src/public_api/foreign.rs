//! The paths of an item that lead to other crates.

use syn::visit::{self, Visit};
use syn::{Attribute, Item, Path};

use super::sources::Module;

/// The whole paths to what an item shows of other crates, `core` and `alloc` as `std`.
pub(super) fn foreign_of(module: &Module, item: &Item) -> Vec<String> {
    let mut found = Foreign { module, paths: Vec::new() };
    found.visit_item(item);
    found.paths
}

struct Foreign<'a> {
    module: &'a Module,
    paths: Vec<String>,
}

impl<'a> Visit<'a> for Foreign<'_> {
    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_path(&mut self, path: &'a Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(path) = self.whole(names, path.leading_colon.is_some())
            && !self.paths.contains(&path)
        {
            self.paths.push(path);
        }
        visit::visit_path(self, path);
    }
}

impl Foreign<'_> {
    /// The path from its crate on; `None` where it does not leave this one.
    fn whole(&self, mut names: Vec<String>, is_absolute: bool) -> Option<String> {
        let first = names.first()?.clone();
        if !is_absolute {
            if let Some(import) = self.module.import(&first) {
                names.splice(0..1, import.path.iter().cloned());
            } else if names.len() == 1 {
                // A type of this crate, a parameter, or one that Rust itself knows.
                return None;
            }
        }
        let first = names.first_mut()?;
        let is_own = matches!(first.as_str(), "crate" | "self" | "super" | "Self") || first.len() == 1;
        if is_own || self.module.modules.contains_key(first) || first.starts_with(char::is_uppercase) {
            return None;
        }
        if matches!(first.as_str(), "core" | "alloc") {
            *first = "std".to_owned();
        }
        Some(names.join("::"))
    }
}
