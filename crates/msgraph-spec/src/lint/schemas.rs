//! Checks the bounds of schemas.

use msgraph_openapi::schemas;
use serde_json::Value;

use super::Found;

const BOUNDS: [(&str, &str, bool); 4] = [
    ("minimum", "maximum", false),
    ("minLength", "maxLength", true),
    ("minItems", "maxItems", true),
    ("minProperties", "maxProperties", true),
];

pub(super) fn check(document: &Value, found: &mut Found) {
    for schema in schemas(document) {
        for (lower, upper, is_count) in BOUNDS {
            let bound = |name: &str| schema.value.get(name).and_then(Value::as_f64);
            if let (Some(least), Some(most)) = (bound(lower), bound(upper))
                && least > most
            {
                found.add(&schema.pointer, "bounds", format!("{lower} {least} is above {upper} {most}"));
            }
            for name in [lower, upper].into_iter().filter(|_| is_count) {
                if let Some(count) = bound(name).filter(|count| *count < 0.0) {
                    found.add(&schema.pointer, "bounds", format!("{name} {count} is negative"));
                }
            }
        }
    }
}
