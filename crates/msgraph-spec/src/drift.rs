//! The differences between our spec and Microsoft's own.

pub(crate) mod facts;
mod schemas;

use std::collections::BTreeSet;
use std::fmt;

use msgraph_openapi::operations;
use serde_json::Value;

use crate::Upstream;
use crate::upstream::Excerpt;
use crate::words::{self, our_name};
use facts::{Fact, Facts};

/// A fact that is in only one of two specs, or on which they contradict each other.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The fact, such as `property incidentTask.status`.
    pub fact: String,
    /// The value in our spec; `None` if it does not have the fact.
    pub ours: Option<String>,
    /// The value upstream; `None` if upstream does not have the fact.
    pub upstream: Option<String>,
    /// The JSON pointer in our spec: that of the fact, or the one where it would be added.
    pub pointer: String,
    /// The upstream line, counted from 1: that of the fact, or of the object that does not have it.
    pub line: Option<usize>,
    /// The JSON to put at the pointer so that our spec agrees with upstream; `None` to remove the value.
    pub snippet: Option<Value>,
}

/// The result of a comparison with upstream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Drift {
    /// The differences that no decision covers, sorted by their facts.
    pub differences: Vec<Difference>,
    /// The decisions that cover no difference.
    pub stale: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: ours {}, upstream {}", self.fact, side(&self.ours), side(&self.upstream))
    }
}

/// Returns the differences between our spec and upstream in the operations at and below our paths and in the components
/// that both have. `decided` lists facts that may differ; a `*` at the end matches any ending.
///
/// # Errors
///
/// If a reference is dangling, circular or external, or bases (`allOf`) are circular.
pub fn drift(ours: &Value, upstream: &Upstream<'_>, decided: &[String]) -> Result<Drift, String> {
    let mut our_facts = Facts::of(ours, None).map_err(|error| format!("our spec: {error}"))?;
    let roots = roots(ours);
    let (mut their_facts, excerpt) = facts_of(upstream, &roots, &our_facts.components)?;
    our_facts.align_responses(&mut their_facts);
    let mut found = compare(&our_facts, &their_facts, &excerpt);
    let is_stale = |pattern: &&String| !found.iter().any(|difference| covers(pattern, &difference.fact));
    let stale = decided.iter().filter(is_stale).cloned().collect();
    found.retain(|difference| !decided.iter().any(|pattern| covers(pattern, &difference.fact)));
    Ok(Drift { differences: found, stale })
}

/// Returns true if upstream has any path at or below ours: a file of Microsoft's has those of one module.
pub fn has_paths(upstream: &Upstream<'_>, ours: &Value) -> bool {
    let roots = roots(ours);
    upstream.paths().any(|path| is_below(&path, &roots))
}

/// Returns the facts of upstream at and below the paths, of components only those that are named.
pub(crate) fn facts_of(
    upstream: &Upstream<'_>,
    roots: &BTreeSet<String>,
    names: &BTreeSet<String>,
) -> Result<(Facts, Excerpt), String> {
    let excerpt = upstream.excerpt(|path| is_below(path, roots), |schema| names.contains(&our_name(schema)))?;
    let facts = Facts::of(&excerpt.document, Some(names)).map_err(|error| {
        let line = excerpt.line(error.pointer()).map_or_else(String::new, |line| format!("line {line}: "));
        format!("upstream: {line}{error}")
    })?;
    Ok((facts, excerpt))
}

/// Whether a fact is about the derived types of a union, which one of Microsoft's profiles does not have: neither arms
/// nor discriminators.
pub(crate) fn is_of_profile(key: &str, fact: &Fact, with: &Facts, without: &Facts) -> bool {
    let property_name = format!("{} propertyName", fact.parent);
    let is_of_union = key.starts_with("arm ") || key == property_name || key.ends_with(".@odata.type");
    is_of_union && with.facts.contains_key(&property_name) && !without.facts.contains_key(&property_name)
}

/// Whether a pattern of a decision matches a fact: a `*` at its end matches anything.
pub(crate) fn covers(pattern: &str, fact: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => fact.starts_with(beginning),
        None => fact == pattern,
    }
}

fn compare(ours: &Facts, theirs: &Facts, excerpt: &Excerpt) -> Vec<Difference> {
    let keys: BTreeSet<_> = ours.facts.keys().chain(theirs.facts.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let [our, their] = [ours.facts.get(key), theirs.facts.get(key)];
        let Some(fact) = our.or(their) else { continue };
        let words = |fact: Option<&Fact>| fact.map(|fact| fact.words.clone());
        let is_known = |facts: &Facts| fact.parent.is_empty() || facts.facts.contains_key(&fact.parent);
        // A component is covered by the references to it.
        let is_component = fact.parent.is_empty() && key.starts_with("component ");
        let is_only_ours = their.is_none() && (fact.only_upstream || is_component);
        let is_only_upstream = our.is_none() && is_component;
        let is_only_ours = is_only_ours || (their.is_none() && is_of_profile(key, fact, ours, theirs));
        // Of something that one side does not have, only the thing itself is a difference.
        if words(our) == words(their) || is_only_ours || is_only_upstream || !is_known(ours) || !is_known(theirs) {
            continue;
        }
        let line = match their {
            Some(fact) => excerpt.line(&fact.pointer),
            None => theirs.facts.get(&fact.parent).and_then(|parent| excerpt.line(&parent.pointer)),
        };
        found.push(Difference {
            fact: key.clone(),
            ours: words(our),
            upstream: words(their),
            pointer: our.map_or_else(|| place_in(ours, theirs, fact), |fact| fact.pointer.clone()),
            line,
            snippet: their.map(|fact| fact.snippet.clone()),
        });
    }
    found
}

/// Returns the place in our spec for a fact that only upstream has.
pub(crate) fn place_in(ours: &Facts, theirs: &Facts, fact: &Fact) -> String {
    let parent = || ours.facts.get(&fact.parent).map(|parent| &parent.pointer);
    let container =
        ours.containers.get(&fact.container).or_else(parent).or_else(|| theirs.containers.get(&fact.container));
    format!("{}{}", container.map_or("", String::as_str), fact.below)
}

/// Returns the roots of our paths: without trailing parameters, and without those that are below others.
pub(crate) fn roots(ours: &Value) -> BTreeSet<String> {
    let root = |path: &str| {
        let mut root = words::path_key(path);
        while let Some(parent) = root.strip_suffix("/{}") {
            root = parent.to_owned();
        }
        root
    };
    let paths = operations(ours).into_iter().map(|operation| root(operation.path)).filter(|path| !path.is_empty());
    let paths: BTreeSet<String> = paths.collect();
    let is_root = |path: &&String| !paths.iter().any(|other| other != *path && is_at_or_below(path, other));
    paths.iter().filter(is_root).cloned().collect()
}

/// Whether a path is at or below one of the roots.
pub(crate) fn is_below(path: &str, roots: &BTreeSet<String>) -> bool {
    let path = words::path_key(path);
    roots.iter().any(|root| is_at_or_below(&path, root))
}

/// Returns true if a path is at or below another, by whole segments.
fn is_at_or_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '(']))
}
