//! The links to the next pages: where they may point, and when a collection must end.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};

use http::Uri;
use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::endpoint::Endpoint;
use crate::item::Item;
use crate::paging::Collection;
use crate::redaction::REDACTED;

/// After this many pages in a row without a new item a collection is taken to have no end.
const MAX_WITHOUT_NEW: u32 = 100;
/// How many items are remembered, as hashes.
const MAX_ITEMS: usize = 100_000;

/// What was read of a collection.
pub(super) struct Progress {
    collection: Url,
    /// The URLs that were read, as hashes.
    urls: HashSet<u64>,
    /// The items that were read last, as hashes.
    items: HashSet<u64>,
    without_new: u32,
    hasher: RandomState,
}

impl Progress {
    /// Starts with the URL of the first page.
    pub(super) fn new(collection: Url) -> Self {
        let hasher = RandomState::new();
        let urls = HashSet::from([hasher.hash_one(Some(collection.as_str()))]);
        Self { collection, urls, items: HashSet::new(), without_new: 0, hasher }
    }

    /// Counts a page.
    pub(super) fn read<C: Collection>(&mut self, page: &C) {
        let mut is_new = false;
        for item in page.items() {
            is_new |= match (item, C::ID.zip(item.read()).and_then(|(id, item)| id(item))) {
                (_, Some(id)) => self.is_new(id),
                (Item::Malformed(item), None) => self.is_new(item.json()),
                // Nothing tells it from others.
                (Item::Read(_), None) => true,
            };
        }
        self.without_new = if is_new { 0 } else { self.without_new + 1 };
    }

    /// Returns the URL of a link, if the token may go there and the collection goes on there.
    pub(super) fn followed(&mut self, link: &str, endpoint: &Endpoint, max_pages: u32) -> Result<Url, String> {
        if link.contains(REDACTED) {
            return Err(format!("nextLink has {REDACTED}, which is in place of the access token"));
        }
        let url = target(link, endpoint)?;
        if !is_same_path(&url, &self.collection) {
            return Err("nextLink points to something other than the collection".to_owned());
        }
        if self.urls.len() >= max_pages as usize {
            return Err(format!("the collection has more than {max_pages} pages"));
        }
        if self.without_new >= MAX_WITHOUT_NEW {
            return Err(format!("{MAX_WITHOUT_NEW} pages in a row have no new item, and there is a next one"));
        }
        // What is after a # is not sent.
        let sent = url.as_str().split('#').next();
        if self.urls.insert(self.hasher.hash_one(sent)) {
            Ok(url)
        } else {
            Err("nextLink points to a page that was read before".to_owned())
        }
    }

    fn is_new(&mut self, text: impl Hash) -> bool {
        if self.items.len() >= MAX_ITEMS {
            self.items.clear();
        }
        self.items.insert(self.hasher.hash_one(text))
    }
}

/// Returns the URL of a link, if it is below the endpoint.
fn target(link: &str, endpoint: &Endpoint) -> Result<Url, String> {
    // OData allows a link to be relative.
    let base = Url::parse(&format!("{endpoint}/"));
    let url = base.and_then(|base| base.join(link)).map_err(|error| format!("nextLink is not a URL: {error}"))?;
    if !endpoint.covers(&url) {
        return Err(format!("nextLink points outside of {endpoint}"));
    }
    // Not each URL can be sent: its length has a limit.
    url.as_str().parse::<Uri>().map_err(|error| format!("nextLink cannot be sent: {error}"))?;
    Ok(url)
}

/// Returns true if two URLs have the same path, whatever is encoded in it and in whatever case.
fn is_same_path(one: &Url, other: &Url) -> bool {
    let segments = |url: &Url| -> Vec<String> {
        let segments = url.path().trim_end_matches('/').split('/');
        segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().to_lowercase()).collect()
    };
    one.path() == other.path() || segments(one) == segments(other)
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::endpoint::Endpoint;

    #[test]
    fn a_link_is_followed_to_the_collection_only() {
        let endpoint = Endpoint::new(Endpoint::GLOBAL_BETA).unwrap();
        let first = endpoint.url(["security", "incidentTasks"]).unwrap();
        for (link, is_followed) in [
            ("security/incidentTasks?a", true),
            ("https://graph.microsoft.com/beta/security/incidentTasks/?$skiptoken=a", true),
            ("https://graph.microsoft.com/beta/Security/incident%54asks?$skiptoken=a", true),
            ("security/incidentTasks", false),
            ("security/incidentTasks#a", false),
            ("security/incidentTasks/213213?a", false),
            ("security%2FincidentTasks?a", false),
            ("security//incidentTasks?a", false),
            ("security/incidents?a", false),
            ("security?a", false),
            ("?a", false),
            ("me", false),
            (&format!("security/incidentTasks?{}", "a".repeat(70_000)), false),
        ] {
            let followed = Progress::new(first.clone()).followed(link, &endpoint, 9);
            assert_eq!(followed.is_ok(), is_followed, "{link}: {followed:?}");
        }
        let mut progress = Progress::new(first);
        assert!(progress.followed("security/incidentTasks?a", &endpoint, 9).is_ok());
        assert!(progress.followed("security/incidentTasks?a#b", &endpoint, 9).is_err());
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::target;
    use crate::endpoint::Endpoint;

    /// Pieces of links, that leave an endpoint if they are in the right order.
    const PIECES: [&str; 26] = [
        "https",
        "http",
        ":",
        "/",
        "//",
        "\\",
        "graph.microsoft.com",
        "graph.microsoft.com.",
        "evil.test",
        "@",
        ":443",
        ":444",
        "beta",
        "betas",
        "..",
        ".",
        "%2e%2e",
        "%2f",
        "%5c",
        "?",
        "#",
        "$skiptoken=a",
        "\t",
        "\n",
        " ",
        "\u{ff0e}",
    ];

    proptest! {
        #[test]
        fn a_link_that_is_followed_is_below_the_endpoint(
            link in prop_oneof![
                prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat()),
                "https://graph\\.microsoft\\.com/beta/\\PC{0,30}",
                "\\PC{0,40}",
            ]
        ) {
            let endpoint = Endpoint::new(Endpoint::GLOBAL_BETA).unwrap();
            if let Ok(url) = target(&link, &endpoint) {
                // The URL as it is sent, not its parts.
                prop_assert!(url.as_str().starts_with("https://graph.microsoft.com/beta/"), "{link:?} resolves to {url}");
                prop_assert!(!url.path().split('/').any(|segment| segment == ".."), "{link:?} resolves to {url}");
            }
        }
    }
}
