//! A three-way merge: what upstream changed since its record was written is changed in our spec.

mod components;
mod edits;
mod requests;

use std::collections::BTreeSet;
use std::fmt;

use msgraph_openapi::{SCHEMAS, members};
use serde_json::Value;

use crate::drift::facts::{Fact, Facts};
use crate::drift::{covers, facts_of, is_of_profile, place_in, roots};
use crate::ordered::Ordered;
use crate::record::{STUB, record};
use crate::upstream::Excerpt;
use crate::words::our_name;
use crate::{Decision, Upstream, lint};
use edits::Edits;

/// The result of [`pull`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pulled {
    /// Our spec with the changes.
    pub spec: String,
    /// The record of upstream that the next pull starts from.
    pub record: String,
    /// The changes that were made.
    pub changes: Vec<Change>,
    /// The changes that were not made: our spec has something else there, or a decision is about it.
    pub conflicts: Vec<Conflict>,
    /// What is left to do by hand.
    pub by_hand: Vec<String>,
}

/// A change of upstream that was made in our spec.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The fact, such as `property incidentTask.status`.
    pub fact: String,
    /// The value that upstream had before; `None` if it did not have the fact.
    pub before: Option<String>,
    /// The value that upstream has now; `None` if it does not have the fact any longer.
    pub after: Option<String>,
}

/// A change of upstream that contradicts our spec.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// What upstream changed.
    pub change: Change,
    /// The value in our spec; `None` if it does not have the fact.
    pub ours: Option<String>,
    /// The ID of the decision about it; `None` if there is none.
    pub decision: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: upstream {} -> {}", self.fact, side(&self.before), side(&self.after))
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; ours {}", self.change, self.ours.as_deref().unwrap_or("nothing"))?;
        self.decision.iter().try_for_each(|id| write!(f, ", decided by {id}"))
    }
}

/// Merges what upstream changed into our spec. `before` is the record of upstream that our spec was last compared with.
/// Something that comes back is written as it was in one of the `earlier` versions of our spec, newest first.
///
/// # Errors
///
/// If one of the documents cannot be read, or something new of upstream cannot be written in our forms.
pub fn pull(
    ours: &str,
    before: &str,
    upstream: &Upstream<'_>,
    decisions: &[Decision],
    earlier: &[String],
) -> Result<Pulled, String> {
    let document = msgraph_openapi::parse(ours).map_err(|error| format!("our spec: {error}"))?;
    let base = msgraph_openapi::parse(before).map_err(|error| format!("record of upstream: {error}"))?;
    let merge = Merge::of(&document, before, upstream)?;
    let mut edits = Edits::new(earlier);
    let (mut changes, mut conflicts) = (Vec::new(), Vec::new());
    for (key, change) in merge.changes(&base) {
        let Some(fact) = merge.fact(&key) else { continue };
        let found = merge.ours.facts.get(&key).map(|fact| fact.words.clone());
        let decision = decisions.iter().find(|decision| decision.drift.iter().any(|pattern| covers(pattern, &key)));
        let is_ours = fact.parent.is_empty() || merge.ours.facts.contains_key(&fact.parent);
        let is_kind = key.starts_with("component ");
        if found == change.after || (!is_ours && decision.is_none()) {
            continue;
        }
        if decision.is_some() || is_kind && change.before.is_some() && change.after.is_some() || found != change.before
        {
            conflicts.push(Conflict { change, ours: found, decision: decision.map(|decision| decision.id.clone()) });
            continue;
        }
        if !is_kind {
            merge.plan(&key, &mut edits);
            changes.push(change);
        }
    }
    let mut spec = Ordered::parse(ours).map_err(|error| format!("our spec: {error}"))?;
    edits.apply(&mut spec);
    let of_requests = requests::follow(&mut spec, &document, &changes, &edits.earlier);
    let mut by_hand = components::complete(&mut spec, &document, upstream, &edits.earlier)?;
    let value = spec.value();
    let record = Ordered::of(&record(upstream, &value, &base)?, "").text();
    by_hand.extend(of_requests);
    by_hand.extend(components::facts_of_parameters(&value));
    let text = if changes.is_empty() { ours.to_owned() } else { spec.text() };
    let old: BTreeSet<_> = lint(ours).into_iter().map(|finding| (finding.pointer, finding.message)).collect();
    let findings =
        lint(&text).into_iter().filter(|found| !old.contains(&(found.pointer.clone(), found.message.clone())));
    by_hand.extend(findings.map(|finding| format!("{}: {}", finding.pointer, finding.message)));
    Ok(Pulled { spec: text, record, changes, conflicts, by_hand })
}

/// The facts of all three sides.
struct Merge {
    ours: Facts,
    before: Facts,
    after: Facts,
    excerpt: Excerpt,
}

impl Merge {
    fn of(document: &Value, before: &str, upstream: &Upstream<'_>) -> Result<Self, String> {
        let mut ours = Facts::of(document, None).map_err(|error| format!("our spec: {error}"))?;
        let roots = roots(document);
        let base = Upstream::parse(before).map_err(|error| format!("record of upstream: {error}"))?;
        let (mut before, _) = facts_of(&base, &roots, &ours.components)?;
        let (mut after, excerpt) = facts_of(upstream, &roots, &ours.components)?;
        ours.clone().align_responses(&mut before);
        ours.align_responses(&mut after);
        Ok(Self { ours, before, after, excerpt })
    }

    fn fact(&self, key: &str) -> Option<&Fact> {
        self.after.facts.get(key).or_else(|| self.before.facts.get(key))
    }

    /// What upstream changed. Of something that came or went, only the thing itself is a change.
    fn changes(&self, base: &Value) -> Vec<(String, Change)> {
        let stubs: BTreeSet<_> = members(base, SCHEMAS)
            .filter(|(.., schema)| schema.get(STUB).is_some())
            .map(|(_, name, _)| our_name(name))
            .collect();
        let keys: BTreeSet<_> = self.before.facts.keys().chain(self.after.facts.keys()).collect();
        let mut found = Vec::new();
        for key in keys {
            let [before, after] = [&self.before, &self.after].map(|facts| facts.facts.get(key));
            let Some(fact) = after.or(before) else { continue };
            let is_known = |facts: &Facts| fact.parent.is_empty() || facts.facts.contains_key(&fact.parent);
            let owner = key.split_once(' ').map_or("", |(_, name)| name.split(['.', ' ']).next().unwrap_or_default());
            let is_profile = after.is_none() && is_of_profile(key, fact, &self.before, &self.after);
            let [before, after] = [before, after].map(|fact| fact.map(|fact| fact.words.clone()));
            if before != after
                && is_known(&self.before)
                && is_known(&self.after)
                && !is_profile
                && !stubs.contains(owner)
            {
                found.push((key.clone(), Change { fact: key.clone(), before, after }));
            }
        }
        found
    }

    /// Notes what is to be changed in our spec for a fact.
    fn plan(&self, key: &str, edits: &mut Edits) {
        let ours = self.ours.facts.get(key);
        let arm = key.strip_prefix("arm ").and_then(|arm| arm.rsplit_once('.')).map(|(_, name)| name.to_owned());
        let union = |pointer: &str| pointer.rsplit_once("/discriminator/").map(|(union, _)| union.to_owned());
        match (ours, self.after.facts.get(key)) {
            (Some(ours), None) => {
                if let (Some(name), Some(union)) = (&arm, union(&ours.pointer)) {
                    edits.remove_arm(&union, name);
                }
                edits.remove(key, &self.ours);
            }
            (Some(_), Some(after)) => edits.replace(key, &self.ours, after.snippet.clone()),
            (None, Some(after)) => {
                let place = place_in(&self.ours, &self.after, after);
                if let (Some(name), Some(union)) = (&arm, union(&place)) {
                    edits.add_arm(&union, name);
                }
                edits.add(key, &place, after, &self.excerpt);
            }
            (None, None) => {}
        }
    }
}
