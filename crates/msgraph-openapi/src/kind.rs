//! The grammar of OpenAPI 3.0: the kind of object in each field. It distinguishes keywords from names without a document.

use crate::pointer;

/// The HTTP methods that a path item can have, as it names them.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An object of the [OpenAPI Specification 3.0](https://spec.openapis.org/oas/v3.0.4.html#schema-0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is named like the object of the specification")]
pub enum Kind {
    Document,
    Info,
    Contact,
    License,
    Server,
    ServerVariable,
    Components,
    Paths,
    PathItem,
    Operation,
    ExternalDocumentation,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Responses,
    Response,
    Callback,
    Example,
    Link,
    Header,
    Tag,
    Schema,
    /// A schema in `allOf`, `anyOf` or `oneOf`, or below `not`.
    SchemaArm,
    Discriminator,
    Xml,
    SecurityScheme,
    SecurityRequirement,
    OAuthFlows,
    OAuthFlow,
}

/// The content of a field of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    One(Kind),
    List(Kind),
    Map(Kind),
    /// A value without OpenAPI objects: a string, a number, an example, an extension.
    Value,
}

impl Kind {
    /// Returns true for [`Kind::Schema`] and [`Kind::SchemaArm`].
    pub fn is_schema(self) -> bool {
        matches!(self, Self::Schema | Self::SchemaArm)
    }

    /// Returns true if a `$ref` can take the place of the object.
    pub fn may_be_reference(self) -> bool {
        self.is_schema()
            || matches!(
                self,
                Self::PathItem
                    | Self::Parameter
                    | Self::RequestBody
                    | Self::Response
                    | Self::Callback
                    | Self::Example
                    | Self::Link
                    | Self::Header
                    | Self::SecurityScheme
            )
    }

    pub(crate) fn field(self, name: &str) -> Field {
        use Field::{List, Map, One, Value};
        use Kind as K;

        // The names of these are data, except for extensions.
        match self {
            _ if name.starts_with("x-") => return Value,
            K::Paths | K::Callback if name != "$ref" => return One(K::PathItem),
            K::Responses => return One(K::Response),
            _ => {}
        }
        match (self, name) {
            (K::Document, "info") => One(K::Info),
            (K::Info, "contact") => One(K::Contact),
            (K::Info, "license") => One(K::License),
            (K::Document | K::PathItem | K::Operation, "servers") => List(K::Server),
            (K::Link, "server") => One(K::Server),
            (K::Server, "variables") => Map(K::ServerVariable),
            (K::Document, "paths") => One(K::Paths),
            (K::Document, "components") => One(K::Components),
            (K::Document | K::Operation, "security") => List(K::SecurityRequirement),
            (K::Document, "tags") => List(K::Tag),
            (K::Document | K::Operation | K::Tag | K::Schema | K::SchemaArm, "externalDocs") => {
                One(K::ExternalDocumentation)
            }
            (K::Components, "schemas") => Map(K::Schema),
            (K::Components, "responses") => Map(K::Response),
            (K::Components, "parameters") => Map(K::Parameter),
            (K::Components, "requestBodies") => Map(K::RequestBody),
            (K::Components, "securitySchemes") => Map(K::SecurityScheme),
            (K::Components | K::Parameter | K::Header | K::MediaType, "examples") => Map(K::Example),
            (K::Components | K::Response | K::Encoding, "headers") => Map(K::Header),
            (K::Components | K::Response, "links") => Map(K::Link),
            (K::Components | K::Operation, "callbacks") => Map(K::Callback),
            (K::PathItem, method) if METHODS.contains(&method) => One(K::Operation),
            (K::PathItem | K::Operation, "parameters") => List(K::Parameter),
            (K::Operation, "requestBody") => One(K::RequestBody),
            (K::Operation, "responses") => One(K::Responses),
            (K::Parameter | K::Header | K::RequestBody | K::Response, "content") => Map(K::MediaType),
            (K::MediaType, "encoding") => Map(K::Encoding),
            (K::Parameter | K::Header | K::MediaType, "schema") => One(K::Schema),
            (K::Schema | K::SchemaArm, "properties") => Map(K::Schema),
            (K::Schema | K::SchemaArm, "items" | "additionalProperties") => One(K::Schema),
            (K::Schema | K::SchemaArm, "allOf" | "anyOf" | "oneOf") => List(K::SchemaArm),
            (K::Schema | K::SchemaArm, "not") => One(K::SchemaArm),
            (K::Schema | K::SchemaArm, "discriminator") => One(K::Discriminator),
            (K::Schema | K::SchemaArm, "xml") => One(K::Xml),
            (K::SecurityScheme, "flows") => One(K::OAuthFlows),
            (K::OAuthFlows, "implicit" | "password" | "clientCredentials" | "authorizationCode") => One(K::OAuthFlow),
            _ => Value,
        }
    }
}

/// The place of a pointer, by the grammar of OpenAPI 3.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// The innermost object at or around the place.
    pub kind: Kind,
    /// The pointer of that object.
    pub object: &'a str,
    /// The names below that object: none if the pointer is that of the object itself, otherwise a keyword and the names
    /// after it.
    pub rest: Vec<String>,
}

impl Location<'_> {
    /// Returns the keyword of the object that the place belongs to, or `None` for the object itself.
    pub fn keyword(&self) -> Option<&str> {
        self.rest.first().map(String::as_str)
    }
}

/// Locates a place in any OpenAPI 3.0 document: `/components/schemas/a/properties/get` is a schema,
/// `/paths/~1a/get` an operation, and `/components/schemas/a/enum/0` a value of a schema's keyword `enum`.
pub fn locate(pointer: &str) -> Location<'_> {
    let (mut kind, mut object, mut rest) = (Kind::Document, "", Vec::new());
    let mut field = Field::One(Kind::Document);
    let mut end = 0;
    for (name, segment) in pointer::names(pointer).zip(pointer.split('/').skip(1)) {
        end += 1 + segment.len();
        let entered = match field {
            Field::One(_) => {
                rest.clear();
                field = kind.field(&name);
                if let Field::One(child) = field { Some(child) } else { None }
            }
            Field::List(child) | Field::Map(child) => {
                field = Field::One(child);
                Some(child)
            }
            Field::Value => None,
        };
        if let Some(child) = entered {
            (kind, object) = (child, &pointer[..end]);
            rest.clear();
        } else {
            rest.push(name.into_owned());
        }
    }
    Location { kind, object, rest }
}

#[cfg(test)]
mod tests {
    use super::{Kind, locate};

    #[test]
    fn keywords_are_distinguished_from_names_everywhere() {
        for (pointer, kind, object, rest) in [
            ("", Kind::Document, "", ""),
            ("/info/version", Kind::Info, "/info", "version"),
            ("/paths/get", Kind::PathItem, "/paths/get", ""),
            ("/paths/x-a/get", Kind::Paths, "/paths", "x-a get"),
            ("/paths/~1a/get/tags/0", Kind::Operation, "/paths/~1a/get", "tags 0"),
            ("/paths/~1a/summary", Kind::PathItem, "/paths/~1a", "summary"),
            ("/paths/~1a/get/responses/200/headers/schema", Kind::Header, "", ""),
            ("/paths/~1a/get/responses/200/content/schema/schema/items", Kind::Schema, "", ""),
            ("/paths/~1a/get/callbacks/get/get/post", Kind::Operation, "", ""),
            ("/paths/~1a/get/callbacks/on/$ref", Kind::Callback, "/paths/~1a/get/callbacks/on", "$ref"),
            ("/paths/~1a/get/parameters", Kind::Operation, "/paths/~1a/get", "parameters"),
            ("/paths/~1a/get/parameters/1", Kind::Parameter, "", ""),
            ("/components/schemas/properties", Kind::Schema, "", ""),
            ("/components/schemas/a/properties", Kind::Schema, "/components/schemas/a", "properties"),
            ("/components/schemas/a/properties/properties/properties/x-a", Kind::Schema, "", ""),
            ("/components/schemas/a/properties/required", Kind::Schema, "", ""),
            ("/components/schemas/a/required/0", Kind::Schema, "/components/schemas/a", "required 0"),
            ("/components/schemas/a/anyOf/0/not/additionalProperties", Kind::Schema, "", ""),
            ("/components/schemas/a/anyOf/0", Kind::SchemaArm, "", ""),
            (
                "/components/schemas/a/example/properties/b",
                Kind::Schema,
                "/components/schemas/a",
                "example properties b",
            ),
            (
                "/components/schemas/a/discriminator/mapping/type",
                Kind::Discriminator,
                "/components/schemas/a/discriminator",
                "mapping type",
            ),
            ("/components/responses/x-a/content", Kind::Response, "/components/responses/x-a", "content"),
            (
                "/components/securitySchemes/a/flows/implicit/scopes/x",
                Kind::OAuthFlow,
                "/components/securitySchemes/a/flows/implicit",
                "scopes x",
            ),
        ] {
            let location = locate(pointer);
            let object = if object.is_empty() { pointer } else { object };
            assert_eq!(
                (location.kind, location.object, location.rest.join(" ").as_str()),
                (kind, object, rest),
                "{pointer}"
            );
        }
    }
}
