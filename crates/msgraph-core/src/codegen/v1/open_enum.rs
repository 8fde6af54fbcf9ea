//! Evolvable enumerations.

use std::fmt;
use std::marker::PhantomData;

use crate::open_enum::{OpenEnum, parse_open_enum};

/// Reads an open enum without allocating for a known member.
pub struct OpenEnumVisitor<E>(pub PhantomData<E>);

impl<E: OpenEnum> serde::de::Visitor<'_> for OpenEnumVisitor<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<Error>(self, text: &str) -> Result<E, Error> {
        Ok(parse_open_enum(text))
    }
}

/// Defines an [`OpenEnum`]: `open_enum! { /// Docs. Light { On = "on", Off = "off" } is_bright: [On] }`.
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_open_enum_v1 {
    (
        $(#[$meta:meta])*
        $name:ident { $($member:ident = $text:literal $(($shown:literal))?,)* }
        $($(#[$flag_meta:meta])* $flag:ident: [$($flagged:ident),* $(,)?])*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = $crate::codegen::v1::open_enum!(@doc $text $(, $shown)?)]
                $member,
            )*
            /// A member that this build does not know, with its text.
            UnknownValue($crate::UnknownValue<Self>),
        }

        impl $name {
            /// Returns the text in JSON, also for a member that this build does not know.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$member => $text,)*
                    Self::UnknownValue(value) => value.as_str(),
                }
            }

            /// Returns true if this build knows the member.
            pub fn is_known(&self) -> bool {
                !::std::matches!(self, Self::UnknownValue(_))
            }

            $(
                $(#[$flag_meta])*
                pub fn $flag(&self) -> bool {
                    [$(Self::$flagged),*].contains(self)
                }
            )*
        }

        impl $crate::OpenEnum for $name {
            const KNOWN: &'static [&'static str] = &[$($text),*];

            fn known(text: &str) -> ::std::option::Option<Self> {
                match text {
                    $($text => ::std::option::Option::Some(Self::$member),)*
                    _ => ::std::option::Option::None,
                }
            }

            fn unknown(value: $crate::UnknownValue<Self>) -> Self {
                Self::UnknownValue(value)
            }

            fn as_str(&self) -> &str {
                self.as_str()
            }

            fn is_known(&self) -> bool {
                self.is_known()
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                $crate::parse_open_enum(&text)
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                $crate::parse_open_enum(text)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            // Not `Self::Err`: a member can have that name.
            fn from_str(text: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                ::std::result::Result::Ok($crate::parse_open_enum(text))
            }
        }

        impl $crate::codegen::v1::serde::Serialize for $name {
            fn serialize<__S: $crate::codegen::v1::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::std::result::Result<__S::Ok, __S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::codegen::v1::serde::Deserialize<'de> for $name {
            fn deserialize<__D: $crate::codegen::v1::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::std::result::Result<Self, __D::Error> {
                deserializer.deserialize_str($crate::codegen::v1::OpenEnumVisitor(::std::marker::PhantomData))
            }
        }

        $crate::codegen::v1::open_enum_json_schema!($name);
    };
    (@doc $text:literal) => {
        ::std::concat!("`", $text, "` in JSON.")
    };
    // As a code span, since the text may be markup.
    (@doc $text:literal, $shown:literal) => {
        ::std::concat!($shown, " in JSON.")
    };
}

#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_open_enum_json_schema_v1 {
    ($name:ident) => {
        impl $crate::codegen::v1::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                ::std::stringify!($name).into()
            }

            fn json_schema(
                _: &mut $crate::codegen::v1::schemars::SchemaGenerator,
            ) -> $crate::codegen::v1::schemars::Schema {
                let known = <Self as $crate::OpenEnum>::KNOWN;
                $crate::codegen::v1::schemars::json_schema!({
                    "anyOf": [{ "type": "string", "enum": known }, { "type": "string" }]
                })
            }
        }
    };
}

#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __msgraph_open_enum_json_schema_v1 {
    ($name:ident) => {};
}

pub use crate::{__msgraph_open_enum_json_schema_v1 as open_enum_json_schema, __msgraph_open_enum_v1 as open_enum};

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macro is made for public enumerations")]
mod tests {
    crate::codegen::v1::open_enum! {
        /// A light.
        Light {
            On = "on",
            Off = "off",
        }
        /// Whether it is bright.
        is_bright: [On]
    }

    #[test]
    fn a_known_text_is_its_member_by_every_conversion() {
        assert_eq!(Light::from("on"), Light::On);
        assert_eq!("off".parse(), Ok(Light::Off));
        assert_eq!(serde_json::from_str::<Light>("\"on\"").unwrap(), Light::On);
    }

    #[test]
    fn an_unknown_text_is_kept_character_by_character() {
        for text in ["On", "dimmed", "", "on ", "ü\u{202e}"] {
            let light = Light::from(text);
            assert!(!light.is_known(), "{text:?}");
            assert_eq!(light.to_string(), text);
            assert_eq!(serde_json::to_value(&light).unwrap(), text);
        }
    }

    #[test]
    fn a_flag_is_true_for_its_members_only() {
        assert_eq!([Light::On, Light::Off, "dimmed".into()].map(|light| light.is_bright()), [true, false, false]);
    }
}
