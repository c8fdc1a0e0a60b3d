//! Closed sets: one declaration of names and meanings.

use std::fmt;

use crate::nearest;

/// A closed set whose values have a name. [`choice!`](crate::choice!) declares one.
pub trait Choice: Copy + PartialEq + Send + Sync + 'static {
    /// Every value, in the order in which they are listed.
    const ALL: &'static [Self];

    /// Name in configurations, on the command line and in JSON.
    fn name(self) -> &'static str;

    /// What the value means, as its documentation says.
    fn about(self) -> &'static str;

    /// Every name.
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|choice| choice.name()).collect()
    }

    /// The value of a name.
    ///
    /// # Errors
    /// An unknown name; the error lists the known ones and suggests the nearest.
    fn parse(name: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.iter().copied().find(|choice| choice.name() == name);
        known.ok_or_else(|| UnknownName::new(name, Self::names()))
    }
}

/// A list of names of a closed set. Names are checked where the list is read.
impl<T: Choice> crate::SettingType for Vec<T> {}

/// A name that no value of a closed set has.
///
/// ```
/// use autolossgen_settings::UnknownName;
/// let unknown = UnknownName::new("sgdd", vec!["sgd", "adagrad", "adam"]);
/// assert_eq!(unknown.to_string(), "use sgd, adagrad or adam (did you mean 'sgd'?)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The name
    pub name: String,
    /// Those that would be right; not empty
    pub known: Vec<String>,
}

impl UnknownName {
    /// A `name` that is not among `known`.
    pub fn new<S: Into<String>>(name: &str, known: impl IntoIterator<Item = S>) -> Self {
        Self { name: name.to_owned(), known: known.into_iter().map(Into::into).collect() }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known.split_last() {
            None => write!(f, "no name is known")?,
            Some((only, [])) => write!(f, "use {only}")?,
            Some((last, others)) => write!(f, "use {} or {last}", others.join(", "))?,
        }
        match nearest(&self.name, self.known.iter().map(String::as_str)) {
            Some(near) => write!(f, " (did you mean '{near}'?)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownName {}

/// Declares a closed set: an enum whose variants have a name (the literal) and a meaning (their documentation). The enum is
/// `Copy`, ordered as declared, and read and written by its name.
///
/// ```
/// use autolossgen_settings::{Choice, choice};
///
/// choice! {
///     /// How parameters follow the gradient
///     pub enum Optimizer {
///         /// w ← w − ρ·g
///         Sgd = "sgd",
///         /// Kingma and Ba 2015
///         Adam = "adam",
///     }
/// }
///
/// assert_eq!(Optimizer::parse("adam"), Ok(Optimizer::Adam));
/// assert_eq!(Optimizer::Sgd.about(), "w ← w − ρ·g");
/// assert_eq!("adma".parse::<Optimizer>().unwrap_err().to_string(), "use sgd or adam (did you mean 'adam'?)");
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[doc = $doc:literal])+ $(#[default $($default:tt)?])? $variant:ident = $text:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis enum $name {
            $( $(#[doc = $doc])+ $(#[default $($default)?])? $variant ),+
        }

        impl $crate::Choice for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            fn about(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start()),+ }
            }
        }

        $crate::named_values! { $name }
    };
}

/// What follows from [`Choice`] for one type: text and `serde` by name, and use as a setting.
#[macro_export]
#[doc(hidden)]
macro_rules! named_values {
    ($name:ident) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad($crate::Choice::name(*self))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, $crate::UnknownName> {
                $crate::Choice::parse(name)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::Choice::name(*self))
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as $crate::serde::Deserialize>::deserialize(deserializer)?;
                let unknown = |unknown| $crate::serde::de::Error::custom(format_args!("'{name}': {unknown}"));
                $crate::Choice::parse(&name).map_err(unknown)
            }
        }

        impl $crate::SettingType for $name {
            fn names() -> Option<Vec<&'static str>> {
                Some(<Self as $crate::Choice>::names())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::choice! {
        /// Shapes
        #[derive(Default)]
        enum Shape {
            /// Round
            Circle = "circle",
            /// With corners:
            /// four of them
            #[default]
            Square = "square",
        }
    }

    #[test]
    fn one_declaration_gives_names_meanings_and_text() {
        assert_eq!(Shape::names(), ["circle", "square"]);
        assert_eq!((Shape::default(), Shape::Square.about()), (Shape::Square, "With corners: four of them"));
        assert_eq!(serde_json::to_string(&Shape::Circle).unwrap(), "\"circle\"");
        assert_eq!(serde_json::from_str::<Shape>("\"square\"").unwrap(), Shape::Square);
        let message = serde_json::from_str::<Shape>("\"squar\"").unwrap_err().to_string();
        assert!(message.starts_with("'squar': use circle or square (did you mean 'square'?)"), "{message}");
        assert_eq!(format!("{:>8}", Shape::Circle), "  circle");
    }

    #[test]
    fn an_unknown_name_lists_those_that_are_known() {
        assert_eq!(UnknownName::new("x", ["one"]).to_string(), "use one");
        assert_eq!(
            UnknownName::new("tow", ["one", "two", "three"]).to_string(),
            "use one, two or three (did you mean 'two'?)"
        );
    }
}
