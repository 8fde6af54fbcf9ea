//! Members that were added to an evolvable enumeration after its sentinel: a client receives them only on request. See
//! [Handling future members](https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations).

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderMap;
use serde_json::Value;

use crate::spec_validator::SpecValidator;

/// A member that no spec lists.
pub(crate) const ADDED_LATER: &str = "addedLater";
const SENTINEL: &str = "unknownFutureValue";
const PREFERENCE: &str = "include-unknown-enum-members";

/// The members after the sentinel, by the properties that can have them.
pub(crate) struct FutureMembers(BTreeMap<String, BTreeSet<String>>);

impl FutureMembers {
    pub(crate) fn new(spec: &SpecValidator) -> Self {
        let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for component in spec.names("/components/schemas") {
            let properties = format!("/components/schemas/{component}/properties");
            for property in spec.names(&properties) {
                let Some(reference) = spec.text(&format!("{properties}/{property}/allOf/0/$ref")) else { continue };
                let schema = reference.trim_start_matches('#');
                if spec.text(&format!("{schema}/anyOf/1/type")).is_some() {
                    let listed = spec.texts(&format!("{schema}/anyOf/0/enum")).into_iter();
                    let added = listed.skip_while(|member| *member != SENTINEL).skip(1).chain([ADDED_LATER]);
                    members.entry(property.to_owned()).or_default().extend(added.map(str::to_owned));
                }
            }
        }
        Self(members)
    }

    /// Replaces each such member by the sentinel, unless the request prefers to receive them.
    pub(crate) fn hide(&self, value: &mut Value, request: &HeaderMap) {
        let preferences = request.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let mut preferences = preferences.flat_map(|value| value.split([',', ';']));
        if !preferences.any(|value| value.trim().eq_ignore_ascii_case(PREFERENCE)) {
            self.replace(value);
        }
    }

    fn replace(&self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    let added = self.0.get(name);
                    if value.as_str().is_some_and(|text| added.is_some_and(|added| added.contains(text))) {
                        *value = SENTINEL.into();
                    } else {
                        self.replace(value);
                    }
                }
            }
            Value::Array(array) => array.iter_mut().for_each(|value| self.replace(value)),
            _ => {}
        }
    }
}
