//! The public API of each published library, listed from its sources.

mod foreign;
mod listing;
mod sources;
mod visible;

use std::path::Path;

use listing::Listing;
use sources::Module;

/// The libraries whose API is listed, each with what it may show of other crates beside [`SHOWN_BY_ALL`].
const LIBRARIES: [(&str, &[&str]); 5] = [
    ("msgraph-codegen", &[]),
    ("msgraph-core", &["reqwest", "http", "bytes"]),
    ("msgraph-incident-tasks-api", &["msgraph_core", "progenitor_client"]),
    ("msgraph-incident-tasks", &["msgraph_core", "msgraph_incident_tasks_api"]),
    ("msgraph-incident-tasks-emulator", &[]),
];

/// What any library may show of other crates.
const SHOWN_BY_ALL: [&str; 8] = [
    "std",
    "azure_core",
    "futures_core::Stream",
    "jiff::Timestamp",
    "schemars",
    "serde",
    "serde_json::Map",
    "serde_json::Value",
];

/// The listings by the names of their libraries: what each shows, in Rust, without documentation, bodies and what is
/// hidden.
pub(crate) fn listings(root: &Path) -> Result<Vec<(&'static str, String)>, String> {
    let mut listed = Vec::new();
    for (name, own) in LIBRARIES {
        let listing = Listing::of(&Module::of_crate(&root.join("crates").join(name))?);
        let paths = listing.foreign().cloned().chain(listing.re_exported());
        not_allowed(name, paths, own)?;
        listed.push((name, listing));
    }
    let [_, (_, core), (_, api), (_, library), _] = listed.as_slice() else { return Err("five are listed".into()) };
    // What the library shows of the crates below it shows nothing else either.
    let below = library.re_exported().flat_map(|path| match path.split_once("::") {
        Some(("msgraph_core", name)) => core.foreign_of(name),
        Some((_, name)) => api.foreign_of(name),
        None => Vec::new(),
    });
    not_allowed("msgraph-incident-tasks", below, &["msgraph_core"])?;
    let text = |listing: &Listing| format!("{HEADER}\n{}", prettyplease::unparse(&listing.file()));
    Ok(listed.iter().map(|(name, listing)| (*name, text(listing))).collect())
}

const HEADER: &str = "// What this library shows: no documentation, no bodies, no private fields.
// `cargo xtask regenerate` writes it; a line that goes or changes is a breaking change.
";

/// Fails where one of the paths is of a crate that must not be shown.
fn not_allowed(library: &str, paths: impl IntoIterator<Item = String>, own: &[&str]) -> Result<(), String> {
    let is_allowed = |path: &String| {
        SHOWN_BY_ALL
            .iter()
            .chain(own)
            .any(|allowed| path.strip_prefix(allowed).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
    };
    let shown: Vec<_> = paths.into_iter().filter(|path| !is_allowed(path)).collect();
    match shown.is_empty() {
        true => Ok(()),
        false => Err(format!("{library} shows {} in public signatures; allowed: {SHOWN_BY_ALL:?}", shown.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::listing::Listing;
    use super::sources::Module;
    use super::{listings, not_allowed};

    #[test]
    fn no_foreign_type_is_in_a_public_signature_of_the_library() {
        assert_eq!(listings(&crate::regenerate::root()).map(|listings| listings.len()), Ok(5));
        let error = not_allowed("a", ["std::fmt".to_owned(), "serde_jsonx".to_owned()], &[]).unwrap_err();
        assert!(error.starts_with("a shows serde_jsonx in"), "{error}");
        // What the library must not re-export is seen to be so.
        let core = Listing::of(&Module::of_crate(&crate::regenerate::root().join("crates/msgraph-core")).unwrap());
        let error = not_allowed("core", core.foreign_of("Transport"), &[]).unwrap_err();
        assert!(error.contains("reqwest::"), "{error}");
    }

    #[test]
    fn what_is_public_is_listed_and_nothing_else() {
        let lib = "
            mod inner;
            mod hidden { pub struct NotShown; }
            pub use inner::{Shown, alias as other};
            #[doc(hidden)] pub use inner::Secret;
            pub use reqwest::Url as Address;
            pub trait Does { fn it(&self) -> reqwest::Request; }";
        let inner = "
            use http::{HeaderMap as Headers, StatusCode};
            #[derive(Clone)] pub struct Shown { pub text: String, size: u8 }
            pub struct Secret;
            pub(crate) fn alias_not() {}
            pub fn alias(_: Headers) -> u8 { 7 }
            impl Shown {
                pub fn status(&self) -> StatusCode { StatusCode::OK }
                #[doc(hidden)] pub fn hides(&self) {}
                fn own(&self) {}
            }
            impl std::fmt::Display for Shown { fn fmt(&self) {} }";
        let listing = Listing::of(&Module::of_texts(lib, &[("inner", inner)]).unwrap());
        let expected = "pub trait Does {
    fn it(&self) -> reqwest::Request;
}
#[derive(Clone)]
pub struct Shown {
    pub text: String,
}
impl Shown {
    pub fn status(&self) -> StatusCode {}
}
impl std::fmt::Display for Shown {}
pub fn alias(_: Headers) -> u8 {}
pub use inner::alias as other;
pub use reqwest::Url as Address;
";
        assert_eq!(prettyplease::unparse(&listing.file()), expected);
        let foreign: Vec<_> = listing.foreign().collect();
        assert_eq!(foreign, ["reqwest::Request", "http::HeaderMap", "http::StatusCode", "std::fmt::Display"]);
        assert_eq!(listing.re_exported().collect::<Vec<_>>(), ["reqwest::Url"]);
        assert_eq!(listing.foreign_of("Shown").len(), 2);
    }
}
