//! Prints types as macro calls of core, in table form.

use std::fmt::Write;

use super::parameters::deprecation;
use super::text;
use crate::collections::{Collection, ITEMS};
use crate::descriptions::Markdown;
use crate::open_enums::{Flag, Member, OpenEnum};
use crate::tagged_unions::{Arm, CommonText, TaggedUnion};

/// Returns the source of an evolvable enumeration.
pub(super) fn open_enum(OpenEnum { name, description, deprecated, members, flags, .. }: &OpenEnum) -> String {
    let docs = text::indented(&(text::docs([description]) + deprecation(*deprecated)));
    let mut source = format!("open_enum! {{\n{docs}    {name} {{\n");
    // Writing to a string does not fail.
    for Member { text, variant } in members {
        let shown =
            if text::is_plain(text) { String::new() } else { format!(" ({:?})", Markdown::code(text).to_string()) };
        let _ = writeln!(source, "        {variant} = {text:?}{shown},");
    }
    source.push_str("    }\n");
    for Flag { extension, name, variants } in flags {
        let doc = Markdown::code(extension).within("Returns true if the spec lists this member under ", ".");
        let variants: Vec<_> = variants.iter().map(ToString::to_string).collect();
        let _ = writeln!(source, "    /// {doc}\n    {name}: [\n        {},\n    ]", variants.join(",\n        "));
    }
    source.push_str("}\n");
    source
}

/// Returns the source of a tagged union.
pub(super) fn tagged_union(union: &TaggedUnion) -> String {
    let TaggedUnion { name, description, deprecated, property, field, arms, default, common_texts, .. } = union;
    let docs = text::indented(&(text::docs([description]) + deprecation(*deprecated)));
    let default = default.as_ref().map(|variant| format!(" or {variant}")).unwrap_or_default();
    let mut source = format!("tagged_union! {{\n{docs}    {name} by {field} {property:?}{default} {{\n");
    for Arm { name, variant, description, .. } in arms {
        source.push_str(&text::indented(&text::indented(&text::docs([&description.first_paragraph()]))));
        // Writing to a string does not fail.
        let _ = writeln!(source, "        {variant}({name}),");
    }
    source.push_str("    }\n");
    for CommonText { property, field } in common_texts {
        let doc = Markdown::code(property).within("Returns the text of ", ", which each listed type can have.");
        let _ = writeln!(source, "    /// {doc}\n    {field} {property:?}");
    }
    source.push_str("}\n");
    if arms.iter().any(|arm| arm.is_checked) {
        source.push_str(&validate_union(union));
    }
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

/// Returns the source of the check of a union's values in a request.
fn validate_union(TaggedUnion { name, arms, .. }: &TaggedUnion) -> String {
    let mut source = format!("impl ::msgraph_core::codegen::v1::Validate for {name} {{\n");
    source.push_str(
        "    fn validate(&self) -> ::std::result::Result<(), ::msgraph_core::InvalidValue> {\n        match self {\n",
    );
    for Arm { variant, .. } in arms.iter().filter(|arm| arm.is_checked) {
        // Writing to a string does not fail.
        let _ = writeln!(source, "            Self::{variant}(value) => value.validate(),");
    }
    source.push_str("            _ => ::std::result::Result::Ok(()),\n        }\n    }\n}\n");
    source
}
