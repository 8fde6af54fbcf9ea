//! Doc comments in the form that this house writes: a line is a line, and no JSON schema in them.

use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, ExprLit, File, Lit, Meta, parse_quote};

/// Splits each doc comment into line comments: a block comment could be ended by its own text.
pub(super) fn one_line_each(file: &mut File) {
    Lines.visit_file_mut(file);
}

/// The `#[doc]` attributes of a text.
pub(super) fn attributes(text: &str) -> Vec<Attribute> {
    // Types get their JSON schema from the generator; the description itself is the place for it.
    let text = text.split("<details>").next().unwrap_or_default().trim();
    text.lines()
        .map(|line| {
            let line = if line.is_empty() { String::new() } else { format!(" {}", line.trim()) };
            parse_quote!(#[doc = #line])
        })
        .collect()
}

struct Lines;

impl VisitMut for Lines {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let (docs, others): (Vec<_>, Vec<_>) = attributes.drain(..).partition(|a| a.path().is_ident("doc"));
        let texts: Vec<_> = docs.iter().filter_map(text).collect();
        *attributes = self::attributes(&texts.join("\n"));
        attributes.extend(others);
    }
}

fn text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
