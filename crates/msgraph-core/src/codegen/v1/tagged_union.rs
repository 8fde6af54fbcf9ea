//! Tagged unions, read by their discriminator; an object of an unknown type is kept whole.

/// Defines an enum of types that are told apart by a discriminator.
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_tagged_union_v1 {
    (
        $(#[$meta:meta])*
        $name:ident by $tag:ident $property:literal {
            $($(#[$arm_meta:meta])* $arm:ident($type:ident),)*
        }
        $($(#[$text_meta:meta])* $text:ident $text_property:literal)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "schemars", derive($crate::codegen::v1::schemars::JsonSchema), schemars(untagged))]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$arm_meta])*
                $arm($type),
            )*
            /// An object of a type that this build does not know, whole.
            UnknownType($crate::UnknownObject),
        }

        impl $name {
            /// Returns the discriminating value, as it arrived.
            pub fn $tag(&self) -> ::std::option::Option<&str> {
                match self {
                    $(Self::$arm(value) => ::std::option::Option::Some(value.$tag.as_str()),)*
                    Self::UnknownType(object) => object.get($property)?.as_str(),
                }
            }

            $crate::codegen::v1::tagged_union!(@texts [$($arm)*] $($(#[$text_meta])* $text $text_property)*);
        }

        impl $crate::codegen::v1::serde::Serialize for $name {
            fn serialize<S: $crate::codegen::v1::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$arm(value) => $crate::codegen::v1::serde::Serialize::serialize(value, serializer),)*
                    Self::UnknownType(object) => $crate::codegen::v1::serde::Serialize::serialize(object, serializer),
                }
            }
        }

        impl<'de> $crate::codegen::v1::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::codegen::v1::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                use $crate::codegen::v1::serde::Deserialize;
                use $crate::codegen::v1::serde::de::value::MapAccessDeserializer;
                use $crate::codegen::v1::{Member, MemberSeed, WithFirst};

                struct Object;

                impl<'de> $crate::codegen::v1::serde::de::Visitor<'de> for Object {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(::std::concat!("an object, ", ::std::stringify!($name)))
                    }

                    fn visit_map<A: $crate::codegen::v1::serde::de::MapAccess<'de>>(
                        self,
                        mut members: A,
                    ) -> ::std::result::Result<$name, A::Error> {
                        let is_tag = |name: &str| (name == $property).then_some(());
                        let mut object = $crate::codegen::v1::serde_json::Map::new();
                        match members.next_key_seed(MemberSeed(is_tag))? {
                            // As a rule it comes first: then nothing has to be kept to be read again.
                            ::std::option::Option::Some(Member::Known(())) => {
                                let value: $crate::codegen::v1::serde_json::Value = members.next_value()?;
                                let tag = value.as_str().unwrap_or_default();
                                $(
                                    if tag.eq_ignore_ascii_case(<$type as $crate::ODataType>::TYPE_NAME) {
                                        let members = WithFirst::new($property, value, members);
                                        return Deserialize::deserialize(MapAccessDeserializer::new(members)).map($name::$arm);
                                    }
                                )*
                                object.insert($property.to_owned(), value);
                            }
                            ::std::option::Option::Some(Member::Other(name)) => {
                                object.insert(name, members.next_value()?);
                            }
                            ::std::option::Option::None => {}
                        }
                        while let ::std::option::Option::Some((name, value)) = members.next_entry()? {
                            object.insert(name, value);
                        }
                        let tag = object.get($property).and_then($crate::codegen::v1::serde_json::Value::as_str);
                        let tag = tag.unwrap_or_default();
                        $(
                            if tag.eq_ignore_ascii_case(<$type as $crate::ODataType>::TYPE_NAME) {
                                let value = Deserialize::deserialize(object).map($name::$arm);
                                return value.map_err($crate::codegen::v1::serde::de::Error::custom);
                            }
                        )*
                        ::std::result::Result::Ok($name::UnknownType(object.into()))
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    };

    // A string property of each type: one list repeated within another.
    (@texts $arms:tt $($(#[$meta:meta])* $text:ident $property:literal)*) => {
        $($crate::codegen::v1::tagged_union!(@text $arms $(#[$meta])* $text $property);)*
    };
    (@text [$($arm:ident)*] $(#[$meta:meta])* $text:ident $property:literal) => {
        $(#[$meta])*
        pub fn $text(&self) -> ::std::option::Option<&str> {
            match self {
                $(Self::$arm(value) => value.$text.as_deref(),)*
                Self::UnknownType(object) => object.get($property)?.as_str(),
            }
        }
    };
}

pub use crate::__msgraph_tagged_union_v1 as tagged_union;
