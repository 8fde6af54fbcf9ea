//! The order of properties in the text of a spec. serde_json sorts the names of an object unless a feature is on, which
//! would be on in each crate of a build.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::inheritance::Inheritance;

/// The names of the properties of each component, in the order of the text.
pub(crate) type PropertyOrder = BTreeMap<String, Vec<String>>;

/// Returns the order of the properties of each component: those of its bases come first.
pub(crate) fn of_properties(spec: &str, inheritance: &Inheritance) -> PropertyOrder {
    let mut order = own_properties(spec);
    for (union, base) in &inheritance.defaults {
        let names = order.get(union).cloned().unwrap_or_default();
        order.insert(base.clone(), names);
    }
    let names = |component: &String| {
        let mut all = vec![component];
        let mut index = 0;
        // Each once, although a spec could have a circle of bases.
        while let Some(bases) = all.get(index).map(|name| inheritance.bases.get(*name)) {
            all.extend(bases.into_iter().flatten().filter(|base| !all.contains(base)).collect::<Vec<_>>());
            index += 1;
        }
        all.into_iter().rev().filter_map(|name| order.get(name)).flatten().cloned().collect::<Vec<_>>()
    };
    order.keys().map(|component| (component.clone(), names(component))).collect()
}

fn own_properties(spec: &str) -> PropertyOrder {
    // A document of another form has no order; its problems are reported elsewhere.
    let document: Document = serde_json::from_str(spec).unwrap_or_default();
    let Names(schemas) = document.components.schemas;
    let names = |schema: Schema| {
        let of_arms = schema.arms.into_iter().flat_map(|arm| arm.properties.into_names());
        of_arms.chain(schema.properties.into_names()).collect()
    };
    schemas.into_iter().map(|(name, schema)| (name, names(schema))).collect()
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Document {
    components: Components,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Components {
    schemas: Names<Schema>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Schema {
    properties: Names<IgnoredAny>,
    #[serde(rename = "allOf")]
    arms: Vec<Arm>,
}

/// A schema that others are composed of.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Arm {
    properties: Names<IgnoredAny>,
}

/// The members of an object, in the order of the text.
#[derive(Default)]
struct Names<T>(Vec<(String, T)>);

impl<T> Names<T> {
    fn into_names(self) -> Vec<String> {
        self.0.into_iter().map(|(name, _)| name).collect()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(Vec::new()))
    }
}

struct Members<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Names<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Names<T>, A::Error> {
        while let Some(member) = map.next_entry()? {
            self.0.push(member);
        }
        Ok(Names(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::own_properties as of_properties;

    #[test]
    fn properties_have_the_order_of_the_text() {
        let spec = r#"{"components": {"schemas": {"lamp": {"properties": {"z": {}, "a": {}, "m": 1}}, "x": {}}}}"#;
        assert_eq!(of_properties(spec)["lamp"], ["z", "a", "m"]);
        assert!(of_properties(spec)["x"].is_empty());
        let spec =
            r##"{"components": {"schemas": {"b": {"allOf": [{"$ref": "#/a"}, {"properties": {"z": 1, "a": 1}}]}}}}"##;
        assert_eq!(of_properties(spec)["b"], ["z", "a"]);
    }

    #[test]
    fn a_document_of_another_form_has_no_order() {
        for spec in ["", "7", r#"{"components": 1}"#, r#"{"components": {"schemas": []}}"#] {
            assert!(of_properties(spec).is_empty(), "{spec}");
        }
    }
}
