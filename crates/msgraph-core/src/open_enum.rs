//! Evolvable enumerations: known members, and the text of a member that this build doesn't know.

use std::fmt;
use std::marker::PhantomData;

/// An evolvable enumeration of Microsoft Graph.
///
/// Implemented by generated code. A service may add members at any time, so each implementation has
/// an arm that keeps the text of an unknown one. See [Handling future members in evolvable
/// enumerations](https://learn.microsoft.com/graph/best-practices-concept#handling-future-members-in-evolvable-enumerations).
pub trait OpenEnum: Sized {
    /// The wire form of each known member, in the order of the description.
    const KNOWN: &'static [&'static str];

    /// The known member whose wire form is `text`, compared exactly.
    fn known(text: &str) -> Option<Self>;

    /// Wraps a text that no known member has.
    fn unknown(value: UnknownValue<Self>) -> Self;

    /// The wire form, also of an unknown member.
    fn as_str(&self) -> &str;

    /// Whether this build knows the member.
    fn is_known(&self) -> bool;
}

/// The member whose wire form is `text`; each text is one, known or not.
pub fn parse_open_enum<E: OpenEnum>(text: &str) -> E {
    E::known(text).unwrap_or_else(|| E::unknown(UnknownValue { text: text.into(), of: PhantomData }))
}

/// The text of a member of `E` that this build doesn't know.
///
/// Can't be made from the text of a known member: [`parse_open_enum`] is the only way to one.
pub struct UnknownValue<E> {
    text: Box<str>,
    of: PhantomData<fn() -> E>,
}

impl<E> UnknownValue<E> {
    /// The text as the service sent it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

// By hand, since derives would ask the same of `E`.
impl<E> Clone for UnknownValue<E> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), of: PhantomData }
    }
}

impl<E> PartialEq for UnknownValue<E> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<E> Eq for UnknownValue<E> {}

impl<E> PartialOrd for UnknownValue<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for UnknownValue<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<E> std::hash::Hash for UnknownValue<E> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<E> fmt::Debug for UnknownValue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// Reads an open enumeration without allocating for a known member.
#[doc(hidden)]
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

/// The conversions of an [`OpenEnum`]: text, serde, and JSON Schema where that feature is on.
#[doc(hidden)]
#[macro_export]
macro_rules! open_enum_conversions {
    ($name:ident) => {
        impl $name {
            /// The wire form, also of a member that this build doesn't know.
            pub fn as_str(&self) -> &str {
                $crate::OpenEnum::as_str(self)
            }

            /// Whether this build knows the member.
            pub fn is_known(&self) -> bool {
                $crate::OpenEnum::is_known(self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad($crate::OpenEnum::as_str(self))
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                $crate::OpenEnum::as_str(self)
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                text.as_str().into()
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                $crate::parse_open_enum(text)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok($crate::parse_open_enum(text))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::OpenEnum::as_str(self))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                deserializer.deserialize_str($crate::OpenEnumVisitor(::std::marker::PhantomData))
            }
        }

        $crate::open_enum_json_schema!($name);
    };
}

#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! open_enum_json_schema {
    ($name:ident) => {
        impl $crate::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                ::std::stringify!($name).into()
            }

            fn json_schema(_: &mut $crate::schemars::SchemaGenerator) -> $crate::schemars::Schema {
                let known = <Self as $crate::OpenEnum>::KNOWN;
                $crate::schemars::json_schema!({
                    "anyOf": [{ "type": "string", "enum": known }, { "type": "string" }]
                })
            }
        }
    };
}

#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! open_enum_json_schema {
    ($name:ident) => {};
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macro is made for public enumerations")]
mod tests {
    use super::{OpenEnum, UnknownValue};

    #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    enum Light {
        On,
        Off,
        Unknown(UnknownValue<Self>),
    }

    impl OpenEnum for Light {
        const KNOWN: &'static [&'static str] = &["on", "off"];

        fn known(text: &str) -> Option<Self> {
            match text {
                "on" => Some(Self::On),
                "off" => Some(Self::Off),
                _ => None,
            }
        }

        fn unknown(value: UnknownValue<Self>) -> Self {
            Self::Unknown(value)
        }

        fn as_str(&self) -> &str {
            match self {
                Self::On => "on",
                Self::Off => "off",
                Self::Unknown(value) => value.as_str(),
            }
        }

        fn is_known(&self) -> bool {
            !matches!(self, Self::Unknown(_))
        }
    }

    crate::open_enum_conversions!(Light);

    #[test]
    fn a_known_text_is_its_member_whichever_way_it_comes() {
        assert_eq!(Light::from("on"), Light::On);
        assert_eq!("off".parse(), Ok(Light::Off));
        assert_eq!(serde_json::from_str::<Light>("\"on\"").unwrap(), Light::On);
    }

    #[test]
    fn an_unknown_text_is_kept_letter_by_letter() {
        for text in ["On", "dimmed", "", "on ", "ü\u{202e}"] {
            let light = Light::from(text);
            assert!(!light.is_known(), "{text:?}");
            assert_eq!(light.to_string(), text);
            assert_eq!(serde_json::to_value(&light).unwrap(), text);
        }
    }
}
