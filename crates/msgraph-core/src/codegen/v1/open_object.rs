//! Objects that keep the properties that this build does not know. serde's derive for a flattened map first copies each
//! object into a list, which costs more than the rest of reading it, and cannot keep an explicit null.

/// Implements `Deserialize`, `Serialize` and `is_null` for a struct with a member `extra`:
/// `open_object!(Task { id: optional "id", odata_type: required "@odata.type" })`; fields that are not in the JSON follow:
/// `with checked`.
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_open_object_v1 {
    ($name:ident { $($field:ident: $presence:ident $property:literal,)* } $(with $other:ident)*) => {
        impl $name {
            /// Returns true if the property was null in the JSON that this value was read from, and was not set since.
            pub fn is_null(&self, property: &str) -> bool {
                match property {
                    $($property => $crate::codegen::v1::$presence::is_null(&self.$field, $property, &self.extra),)*
                    _ => self.extra.get(property).is_some_and($crate::codegen::v1::serde_json::Value::is_null),
                }
            }

            /// Returns true if the property has a field that is written.
            fn __is_set(&self, property: &str) -> bool {
                match property {
                    $($property => $crate::codegen::v1::$presence::is_set(&self.$field),)*
                    _ => false,
                }
            }
        }

        impl $crate::codegen::v1::serde::Serialize for $name {
            fn serialize<__S: $crate::codegen::v1::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::std::result::Result<__S::Ok, __S::Error> {
                use $crate::codegen::v1::serde::ser::SerializeMap as _;

                let mut map = serializer.serialize_map(::std::option::Option::None)?;
                $($crate::codegen::v1::$presence::write(&mut map, $property, &self.$field)?;)*
                for (name, value) in &self.extra {
                    if !self.__is_set(name) {
                        map.serialize_entry(name, value)?;
                    }
                }
                map.end()
            }
        }

        impl<'de> $crate::codegen::v1::serde::Deserialize<'de> for $name {
            // A spec can have a type of any name: these begin with "__", and all others have their path.
            fn deserialize<__D: $crate::codegen::v1::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::std::result::Result<Self, __D::Error> {
                struct __Object;

                #[allow(non_camel_case_types)]
                enum __Known {
                    $($field,)*
                }

                impl<'de> $crate::codegen::v1::serde::de::Visitor<'de> for __Object {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(::std::concat!("an object, ", ::std::stringify!($name)))
                    }

                    fn visit_map<__A: $crate::codegen::v1::serde::de::MapAccess<'de>>(
                        self,
                        mut members: __A,
                    ) -> ::std::result::Result<$name, __A::Error> {
                        let known = |name: &str| match name {
                            $($property => ::std::option::Option::Some(__Known::$field),)*
                            _ => ::std::option::Option::None,
                        };
                        $(let mut $field = ::std::option::Option::None;)*
                        let mut extra = $crate::codegen::v1::serde_json::Map::new();
                        while let ::std::option::Option::Some(member) =
                            members.next_key_seed($crate::codegen::v1::MemberSeed(known))?
                        {
                            match member {
                                $($crate::codegen::v1::Member::Known(__Known::$field) => {
                                    $crate::codegen::v1::once(&$field, $property)?;
                                    $field = ::std::option::Option::Some(members.next_value()?);
                                })*
                                $crate::codegen::v1::Member::Other(name) => {
                                    extra.insert(name, members.next_value()?);
                                }
                            }
                        }
                        ::std::result::Result::Ok($name {
                            $($field: $crate::codegen::v1::$presence::field($field, $property, &mut extra)?,)*
                            $($other: ::std::default::Default::default(),)*
                            extra,
                        })
                    }
                }

                deserializer.deserialize_map(__Object)
            }
        }
    };
}

pub use crate::__msgraph_open_object_v1 as open_object;
