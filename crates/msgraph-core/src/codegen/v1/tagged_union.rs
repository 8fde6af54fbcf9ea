//! Tagged unions, read by their discriminator; an object of an unknown type is kept whole.

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess};
use serde_json::{Map, Value};

/// Reads a value from the members of an object.
///
/// # Errors
///
/// Those of the value.
pub fn from_members<'de, T: serde::Deserialize<'de>, A: MapAccess<'de>>(members: A) -> Result<T, A::Error> {
    T::deserialize(MapAccessDeserializer::new(members))
}

/// Reads a value from an object.
///
/// # Errors
///
/// Those of the value.
pub fn from_object<T: DeserializeOwned, E: Error>(object: Map<String, Value>) -> Result<T, E> {
    T::deserialize(object).map_err(E::custom)
}

/// Defines an enum of types that are told apart by a discriminator; `or Base` names the type of an object without one.
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_tagged_union_v1 {
    (
        $(#[$meta:meta])*
        $name:ident by $tag:ident $property:literal $(or $default:ident)? {
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
            fn serialize<__S: $crate::codegen::v1::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::std::result::Result<__S::Ok, __S::Error> {
                match self {
                    $(Self::$arm(value) => $crate::codegen::v1::serde::Serialize::serialize(value, serializer),)*
                    Self::UnknownType(object) => $crate::codegen::v1::serde::Serialize::serialize(object, serializer),
                }
            }
        }

        impl<'de> $crate::codegen::v1::serde::Deserialize<'de> for $name {
            // A spec can have a type of any name: these begin with "__", and all others have their path.
            fn deserialize<__D: $crate::codegen::v1::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::std::result::Result<Self, __D::Error> {
                struct __Object;

                impl<'de> $crate::codegen::v1::serde::de::Visitor<'de> for __Object {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(::std::concat!("an object, ", ::std::stringify!($name)))
                    }

                    fn visit_map<__A: $crate::codegen::v1::serde::de::MapAccess<'de>>(
                        self,
                        mut members: __A,
                    ) -> ::std::result::Result<$name, __A::Error> {
                        let is_tag = |name: &str| (name == $property).then_some(());
                        let mut object = $crate::codegen::v1::serde_json::Map::new();
                        match members.next_key_seed($crate::codegen::v1::MemberSeed(is_tag))? {
                            // It usually comes first: then nothing has to be buffered.
                            ::std::option::Option::Some($crate::codegen::v1::Member::Known(())) => {
                                let value: $crate::codegen::v1::serde_json::Value = members.next_value()?;
                                let tag = value.as_str().unwrap_or_default();
                                $(
                                    if tag.eq_ignore_ascii_case(<$type as $crate::ODataType>::TYPE_NAME) {
                                        let members = $crate::codegen::v1::WithFirst::new($property, value, members);
                                        return $crate::codegen::v1::from_members(members).map($name::$arm);
                                    }
                                )*
                                object.insert($property.to_owned(), value);
                            }
                            ::std::option::Option::Some($crate::codegen::v1::Member::Other(name)) => {
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
                                return $crate::codegen::v1::from_object(object).map($name::$arm);
                            }
                        )*
                        $(
                            if object.get($property).is_none_or($crate::codegen::v1::serde_json::Value::is_null) {
                                return $crate::codegen::v1::from_object(object).map($name::$default);
                            }
                        )?
                        ::std::result::Result::Ok($name::UnknownType(object.into()))
                    }
                }

                deserializer.deserialize_map(__Object)
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
