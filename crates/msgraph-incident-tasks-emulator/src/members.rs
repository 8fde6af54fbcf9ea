//! Members that were added to an evolvable enumeration after its sentinel: a client sees them only if it asks to. See
//! [Handling future members](https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations).

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderMap;
use serde_json::Value;

use crate::contract::Contract;

/// A member that no description has.
pub(crate) const ADDED_LATER: &str = "addedLater";
const SENTINEL: &str = "unknownFutureValue";
const PREFERENCE: &str = "include-unknown-enum-members";

/// The members after the sentinel, by the properties that can have them.
pub(crate) struct Members(BTreeMap<String, BTreeSet<String>>);

impl Members {
    pub(crate) fn of(contract: &Contract) -> Self {
        let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for component in contract.names("/components/schemas") {
            let properties = format!("/components/schemas/{component}/properties");
            for property in contract.names(&properties) {
                let Some(reference) = contract.text(&format!("{properties}/{property}/allOf/0/$ref")) else { continue };
                let listed = contract.texts(&format!("{}/anyOf/0/enum", reference.trim_start_matches('#')));
                let added = listed.into_iter().skip_while(|member| *member != SENTINEL).skip(1).map(str::to_owned);
                if contract.text(&format!("{}/anyOf/1/type", reference.trim_start_matches('#'))).is_some() {
                    let of_property = members.entry(property.to_owned()).or_default();
                    of_property.extend(added.chain([ADDED_LATER.to_owned()]));
                }
            }
        }
        Self(members)
    }

    /// Puts the sentinel in place of each such member, unless the request asks to see them.
    pub(crate) fn show(&self, value: &mut Value, request: &HeaderMap) {
        let preferences = request.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        if !preferences
            .flat_map(|value| value.split([',', ';']))
            .any(|value| value.trim().eq_ignore_ascii_case(PREFERENCE))
        {
            self.hide(value);
        }
    }

    fn hide(&self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    let is_added =
                        value.as_str().is_some_and(|text| self.0.get(name).is_some_and(|added| added.contains(text)));
                    match is_added {
                        true => *value = SENTINEL.into(),
                        false => self.hide(value),
                    }
                }
            }
            Value::Array(array) => array.iter_mut().for_each(|value| self.hide(value)),
            _ => {}
        }
    }
}
