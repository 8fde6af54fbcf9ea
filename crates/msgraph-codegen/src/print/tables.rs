//! Prints types as macro calls of core, in table form.

use std::fmt::Write;

use super::text;
use crate::collections::{Collection, ITEMS};
use crate::open_enums::{Flag, Member, OpenEnum};
use crate::tagged_unions::{Arm, CommonText, TaggedUnion};

/// Returns the source of an evolvable enumeration.
pub(super) fn open_enum(OpenEnum { name, description, members, flags, .. }: &OpenEnum) -> String {
    let mut source = format!("open_enum! {{\n{}    {name} {{\n", text::indented(&text::docs([description.as_str()])));
    // Writing to a string does not fail.
    for Member { text, variant } in members {
        let shown = if text::is_plain(text) { String::new() } else { format!(" ({:?})", text::code_span(text)) };
        let _ = writeln!(source, "        {variant} = {text:?}{shown},");
    }
    source.push_str("    }\n");
    for Flag { extension, name, variants } in flags {
        let doc = format!("Returns true if the spec lists this member under {}.", text::code_span(extension));
        let variants: Vec<_> = variants.iter().map(ToString::to_string).collect();
        let _ = writeln!(source, "    /// {doc}\n    {name}: [\n        {},\n    ]", variants.join(",\n        "));
    }
    source.push_str("}\n");
    source
}

/// Returns the source of a tagged union.
pub(super) fn tagged_union(union: &TaggedUnion) -> String {
    let TaggedUnion { name, description, property, field, arms, common_texts, .. } = union;
    let docs = text::indented(&text::docs([description.as_str()]));
    let mut source = format!("tagged_union! {{\n{docs}    {name} by {field} {property:?} {{\n");
    for Arm { name, variant, description } in arms {
        source.push_str(&text::indented(&text::indented(&text::docs([first_paragraph(description)]))));
        // Writing to a string does not fail.
        let _ = writeln!(source, "        {variant}({name}),");
    }
    source.push_str("    }\n");
    for CommonText { property, field } in common_texts {
        let doc = format!("Returns the text of {}, which each listed type can have.", text::code_span(property));
        let _ = writeln!(source, "    /// {doc}\n    {field} {property:?}");
    }
    source.push_str("}\n");
    source
}

/// Returns the source of the discriminating value of a type.
pub(super) fn odata_type(name: &syn::Ident, value: &str) -> String {
    format!("impl ::msgraph_core::ODataType for {name} {{\n    const TYPE_NAME: &'static str = {value:?};\n}}\n")
}

/// Returns the source of a page's `Collection` implementation.
pub(super) fn collection(Collection { name, next_link, items, item, id, .. }: &Collection) -> String {
    let id = id.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
    format!("collection!({name}: {items} ({ITEMS:?}) of {item}, {next_link}{id});\n")
}

fn first_paragraph(text: &str) -> &str {
    text.split("\n\n").next().unwrap_or_default()
}
