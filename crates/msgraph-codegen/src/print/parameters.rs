//! A parameter as a field, an argument and a setter.

use super::text::docs;
use crate::descriptions::Markdown;
use crate::operations::Operation;
use crate::parameters::{Kind, Parameter};

pub(super) fn setter(parameter: &Parameter, operation: &Operation) -> String {
    let Parameter { field, .. } = parameter;
    let value = match parameter.kind {
        Kind::List { .. } => parameter.converted(),
        _ => format!("::std::option::Option::Some({})", parameter.converted()),
    };
    // Another name than that of a method which each operation has.
    let mut name = field.to_string();
    let is_field = |name: &str| operation.parameters.iter().any(|other| other.field == name);
    while name == "new" || (*field != name && is_field(&name)) {
        name = format!("set_{name}");
    }
    format!(
        "\n{}pub fn {name}(mut self, {}) -> Self {{\n    self.{field} = {value};\n    self\n}}\n",
        docs_of(parameter),
        parameter.argument(),
    )
}

pub(super) fn deprecation(is_deprecated: bool) -> &'static str {
    if is_deprecated { "#[deprecated]\n" } else { "" }
}

pub(super) fn docs_of(parameter: &Parameter) -> String {
    let docs =
        if parameter.docs.is_empty() { docs([&Markdown::code(&parameter.name)]) } else { docs([&parameter.docs]) };
    docs + deprecation(parameter.deprecated)
}

impl Kind {
    fn argument_type(&self) -> String {
        match self {
            Self::Copy(name) => (*name).to_owned(),
            Self::Text | Self::Named(_) | Self::Json => format!("impl ::std::convert::Into<{}>", self.value_type()),
            Self::List { item, .. } => {
                format!("impl ::std::iter::IntoIterator<Item = impl ::std::convert::Into<{}>>", item.value_type())
            }
        }
    }
}

impl Parameter {
    pub(super) fn field_type(&self) -> String {
        match self.kind {
            Kind::List { .. } => self.kind.value_type(),
            _ if self.required => self.kind.value_type(),
            _ => format!("::std::option::Option<{}>", self.kind.value_type()),
        }
    }

    pub(super) fn argument(&self) -> String {
        format!("{}: {}", self.field, self.kind.argument_type())
    }

    pub(super) fn converted(&self) -> String {
        let Self { field, kind, .. } = self;
        match kind {
            Kind::Copy(_) => field.to_string(),
            Kind::Text | Kind::Named(_) | Kind::Json => format!("{field}.into()"),
            Kind::List { .. } => format!("{field}.into_iter().map(::std::convert::Into::into).collect()"),
        }
    }
}
