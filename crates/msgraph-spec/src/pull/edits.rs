//! Changes of the text of our spec: what a person wrote keeps its place, its order and its words.

use msgraph_openapi::{METHODS, pointer};
use serde_json::{Value, json};

use crate::drift::facts::{Fact, Facts};
use crate::ordered::Ordered;
use crate::upstream::Excerpt;

/// The keywords that are a person's, and stay whatever upstream changes.
const KEPT: [&str; 9] =
    ["description", "summary", "readOnly", "example", "examples", "externalDocs", "headers", "name", "in"];

/// An earlier version of our spec.
pub(super) struct Earlier {
    pub(super) spec: Ordered,
    facts: Facts,
}

impl Earlier {
    /// Reads the versions that can be read.
    pub(super) fn all(texts: &[String]) -> Vec<Self> {
        let read = |text: &String| {
            let spec = Ordered::parse(text).ok()?;
            let facts = Facts::of(&spec.value(), None).ok()?;
            Some(Self { spec, facts })
        };
        texts.iter().filter_map(read).collect()
    }
}

/// Changes that are to be made.
#[derive(Default)]
pub(super) struct Edits {
    pub(super) earlier: Vec<Earlier>,
    removed: Vec<String>,
    replaced: Vec<(String, Value)>,
    added: Vec<Addition>,
    /// Names that are no longer required: object, name.
    optional: Vec<(String, String)>,
}

/// A value that comes into an object or list.
struct Addition {
    container: String,
    /// The name in an object; `-` for a list.
    name: String,
    value: Ordered,
    position: Position,
}

/// Where a value comes in an object or list.
enum Position {
    /// After the first of these that is there: names of an object, or values of a list.
    After(Vec<Value>),
    /// Among references, by their texts.
    Sorted,
    Last,
}

impl Edits {
    pub(super) fn new(earlier: &[String]) -> Self {
        Self { earlier: Earlier::all(earlier), ..Self::default() }
    }

    pub(super) fn remove(&mut self, key: &str, ours: &Facts) {
        let Some(fact) = ours.facts.get(key) else { return };
        let place = declared_at(key, fact, ours);
        if let Some((object, name)) = key.starts_with("property ").then(|| pointer::split(&place)).flatten() {
            let object = pointer::parent(object).unwrap_or_default().to_owned();
            self.optional.push((object, name.into_owned()));
        }
        self.removed.push(place);
    }

    pub(super) fn replace(&mut self, key: &str, ours: &Facts, value: Value) {
        if let Some(fact) = ours.facts.get(key) {
            self.replaced.push((fact.pointer.clone(), value));
        }
    }

    /// Adds the value of a fact, as an earlier version had it if upstream means the same.
    pub(super) fn add(&mut self, key: &str, place: &str, fact: &Fact, upstream: &Excerpt) {
        let Some((container, name)) = pointer::split(place) else { return };
        let (container, name) = (container.to_owned(), name.into_owned());
        for earlier in &self.earlier {
            let Some(old) = earlier.facts.facts.get(key).filter(|old| old.words == fact.words) else { continue };
            let old_place = declared_at(key, old, &earlier.facts);
            let Some((parent, old_name)) = pointer::split(&old_place) else { continue };
            if let (Some(value), Some(parent)) = (earlier.spec.at(&old_place), earlier.spec.at(parent)) {
                let value = value.clone();
                let position = Position::After(before(parent, &old_name));
                self.added.push(Addition { container, name, value, position });
                return;
            }
        }
        // A member comes after the one that it has before it upstream.
        let list = pointer::split(&fact.pointer).filter(|_| key.starts_with("member "));
        let list = list.and_then(|(list, index)| Some((upstream.document.pointer(list)?, index)));
        let position = match list {
            Some((list, index)) => Position::After(before(&Ordered::of(list, ""), &index)),
            None => Position::Last,
        };
        let value = Ordered::of(&fact.snippet, &name);
        self.added.push(Addition { container, name, value, position });
    }

    /// The types of a union are listed by name, before the one for all others.
    pub(super) fn add_arm(&mut self, union: &str, name: &str) {
        let value = Ordered::of(&arm(name), "");
        let (container, name) = (format!("{union}/anyOf"), "-".to_owned());
        self.added.push(Addition { container, name, value, position: Position::Sorted });
    }

    pub(super) fn remove_arm(&mut self, union: &str, name: &str) {
        self.optional.push((format!("{union}/anyOf"), name.to_owned()));
    }

    /// Makes the changes: removals from the ends of lists, so that no place moves before it is used.
    pub(super) fn apply(&mut self, spec: &mut Ordered) {
        for (place, value) in &self.replaced {
            replace(spec, place, value);
        }
        let index = |place: &String| pointer::split(place).and_then(|(_, name)| name.parse::<usize>().ok());
        self.removed.sort_by_key(|place| std::cmp::Reverse(index(place)));
        for place in &self.removed {
            remove(spec, place);
        }
        for (place, name) in &self.optional {
            let arm = Ordered::of(&arm(name), "");
            let names = pointer::join(place, "required");
            match spec.at_mut(place) {
                Some(Ordered::Array(arms)) => arms.retain(|value| *value != arm),
                _ => {
                    if let Some(Ordered::Array(list)) = spec.at_mut(&names) {
                        list.retain(|value| *value != Ordered::Scalar(name.as_str().into()));
                    }
                    remove_if_empty(spec, &names);
                }
            }
        }
        for addition in std::mem::take(&mut self.added) {
            insert(spec, addition);
        }
    }
}

fn arm(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The place where the thing that a fact is about is declared: in the operation, also if it refers to a component.
fn declared_at(key: &str, fact: &Fact, facts: &Facts) -> String {
    facts.declared.get(key).unwrap_or(&fact.pointer).clone()
}

/// The values before a member of an object or list, the nearest one first.
fn before(container: &Ordered, name: &str) -> Vec<Value> {
    let mut values: Vec<_> = match container {
        Ordered::Object(members) => {
            let names = members.iter().map(|(name, _)| name.as_str()).take_while(|member| *member != name);
            names.map(Value::from).collect()
        }
        Ordered::Array(list) => list.iter().take(name.parse().unwrap_or_default()).map(Ordered::value).collect(),
        Ordered::Scalar(_) => Vec::new(),
    };
    values.reverse();
    values
}

/// Gives a value what upstream has there now, except what a person wrote.
fn replace(spec: &mut Ordered, place: &str, value: &Value) {
    let Some(old) = spec.at_mut(place) else { return };
    let name = pointer::split(place).map(|(_, name)| name.into_owned()).unwrap_or_default();
    let new = Ordered::of(value, &name);
    match (old, new) {
        (Ordered::Object(old), Ordered::Object(new)) => {
            let is_kept = |name: &str| KEPT.contains(&name) || name.starts_with("x-");
            old.retain(|(name, _)| is_kept(name) || new.iter().any(|(other, _)| other == name));
            for (name, value) in new {
                match old.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, old)) if !is_kept(&name) => *old = value,
                    Some(_) => {}
                    None => old.push((name, value)),
                }
            }
        }
        (old, new) => *old = new,
    }
}

fn remove(spec: &mut Ordered, place: &str) {
    let Some((parent, name)) = pointer::split(place) else { return };
    match spec.at_mut(parent) {
        Some(Ordered::Object(members)) => members.retain(|(member, _)| *member != name),
        Some(Ordered::Array(list)) => {
            if let Some(index) = name.parse().ok().filter(|index| *index < list.len()) {
                list.remove(index);
            }
        }
        _ => {}
    }
    let is_path_item = pointer::parent(parent) == Some("/paths");
    let has_operations = |item: &Ordered| METHODS.iter().any(|method| item.at(&pointer::join("", method)).is_some());
    if is_path_item && spec.at(parent).is_some_and(|item| !has_operations(item)) {
        remove(spec, parent);
    }
    remove_if_empty(spec, parent);
}

/// Removes a list that has nothing left in it.
fn remove_if_empty(spec: &mut Ordered, place: &str) {
    if spec.at(place).is_some_and(|value| *value == Ordered::Array(Vec::new())) {
        remove(spec, place);
    }
}

/// Puts a value into its container, which is made if it is not there.
fn insert(spec: &mut Ordered, addition: Addition) {
    let Addition { container, name, value, position } = addition;
    if spec.at(&container).is_none() {
        let Some((parent, own)) = pointer::split(&container) else { return };
        let empty = if name == "-" { Ordered::Array(Vec::new()) } else { Ordered::Object(Vec::new()) };
        let (container, name) = (parent.to_owned(), own.into_owned());
        insert(spec, Addition { container, name, value: empty, position: Position::Last });
    }
    match spec.at_mut(&container) {
        Some(Ordered::Object(members)) => {
            let find = |wanted: &Value| members.iter().position(|(member, _)| wanted == member.as_str());
            let index = position.index(members.len(), find, || members.len());
            members.insert(index, (name, value));
        }
        Some(Ordered::Array(list)) => {
            let find = |wanted: &Value| list.iter().position(|other| other.value() == *wanted);
            let text = |value: &Ordered| value.at("/$ref").map(|text| text.value().to_string());
            // The last one of a union is for all other types.
            let listed = &list[..list.len().saturating_sub(1)];
            let is_after = |other: &Ordered| text(other) > text(&value);
            let sorted = || listed.iter().position(is_after).unwrap_or(listed.len());
            let index = position.index(list.len(), find, sorted);
            list.insert(index, value);
        }
        _ => {}
    }
}

impl Position {
    fn index(&self, len: usize, find: impl Fn(&Value) -> Option<usize>, sorted: impl Fn() -> usize) -> usize {
        match self {
            Self::After(values) => values.iter().find_map(find).map_or(0, |index| index + 1),
            Self::Sorted => sorted(),
            Self::Last => len,
        }
    }
}

/// Puts a component where an earlier version had it, or at the end of its section.
pub(super) fn add_component(spec: &mut Ordered, section: &str, name: &str, value: &Value, earlier: &[Earlier]) {
    let place = pointer::join(section, name);
    let found = earlier.iter().find_map(|earlier| Some((earlier.spec.at(&place)?, earlier.spec.at(section)?)));
    let (value, position) = match found {
        Some((value, list)) => (value.clone(), Position::After(before(list, name))),
        None => (Ordered::of(value, ""), Position::Last),
    };
    insert(spec, Addition { container: section.to_owned(), name: name.to_owned(), value, position });
}

/// Removes a component.
pub(super) fn remove_component(spec: &mut Ordered, place: &str) {
    remove(spec, place);
}

/// Removes a member of an enumeration.
pub(super) fn remove_member(spec: &mut Ordered, list: &str, member: &str) {
    if let Some(Ordered::Array(members)) = spec.at_mut(list) {
        members.retain(|other| *other != Ordered::Scalar(member.into()));
    }
}

/// Adds a member to an enumeration if an earlier version had it there. Returns true if it was added.
pub(super) fn add_member(spec: &mut Ordered, list: &str, member: &str, earlier: &[Earlier]) -> bool {
    let value = Ordered::Scalar(member.into());
    let index = |list: &Ordered| match list {
        Ordered::Array(members) => members.iter().position(|other| *other == value),
        _ => None,
    };
    let found = earlier.iter().find_map(|earlier| earlier.spec.at(list).and_then(|old| Some((old, index(old)?))));
    let Some((old, index)) = found else { return false };
    let position = Position::After(before(old, &index.to_string()));
    insert(spec, Addition { container: list.to_owned(), name: "-".to_owned(), value: value.clone(), position });
    true
}
