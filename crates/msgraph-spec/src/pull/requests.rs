//! The enumerations of requests, which are subsets of evolvable ones.

use msgraph_openapi::{SCHEMAS, pointer, schemas};
use serde_json::Value;

use super::Change;
use super::edits::{Earlier, add_member, remove_member};
use crate::ordered::Ordered;

/// Removes a member that is gone from the requests that send it, and adds one that an earlier version could send. Returns
/// the other new members that a request may have to send.
pub(super) fn follow(spec: &mut Ordered, before: &Value, changes: &[Change], earlier: &[Earlier]) -> Vec<String> {
    let mut by_hand = Vec::new();
    for change in changes {
        let member = change.fact.strip_prefix("member ").and_then(|member| member.rsplit_once('.'));
        let Some((name, member)) = member else { continue };
        let all = before.pointer(&format!("{SCHEMAS}/{name}/anyOf/0/enum")).and_then(Value::as_array);
        let Some(all) = all else { continue };
        for schema in schemas(before) {
            let list = schema.value["enum"].as_array().filter(|list| list.len() > 1);
            let is_subset = list.is_some_and(|list| list.iter().all(|member| all.contains(member)));
            if !is_subset || !schema.pointer.contains("/properties/") {
                continue;
            }
            let place = pointer::join(&schema.pointer, "enum");
            if change.after.is_none() {
                remove_member(spec, &place, member);
            } else if !add_member(spec, &place, member, earlier) {
                by_hand.push(format!("{}: {member} too, if a request can send it", schema.pointer));
            }
        }
    }
    by_hand
}
