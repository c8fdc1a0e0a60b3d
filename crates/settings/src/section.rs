//! Sections of a configuration: one declaration of fields, comments, defaults and ranges.

/// A setting as a commented configuration shows it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Key within its section
    pub name: &'static str,
    /// Lines of the comment, each with a leading space
    pub comment: &'static [&'static str],
    /// Default, as TOML
    pub default: &'static str,
    /// Presets in which it differs
    pub overrides: &'static [Override],
    /// Names of the values, of a closed set
    pub names: fn() -> Option<Vec<&'static str>>,
}

/// The value of a setting in a preset other than the default one.
#[derive(Clone, Copy, Debug)]
pub struct Override {
    /// Name of the preset
    pub preset: &'static str,
    /// Value, as TOML
    pub value: &'static str,
    /// Why the preset has this value
    pub why: &'static str,
}

/// A value outside the range of its setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Key within its section
    pub key: String,
    /// The value as written
    pub value: String,
    /// What would be right
    pub allowed: String,
}

impl Problem {
    /// The same problem as seen from the section around `section`.
    #[must_use]
    pub fn within(self, section: &str) -> Self {
        Self { key: format!("{section}.{}", self.key), ..self }
    }
}

/// A section of a configuration. [`section!`](crate::section!) declares one.
pub trait Section {
    /// Its settings, in the order in which they are shown.
    const SETTINGS: &'static [Setting];

    /// Names of the sections within, each with its settings.
    const SECTIONS: &'static [(&'static str, &'static [Setting])] = &[];

    /// Whether every value lies in the range of its setting.
    ///
    /// # Errors
    /// The first that does not.
    fn check(&self) -> Result<(), Problem>;
}

/// What a setting can be.
pub trait SettingType {
    /// Names of the values, of a closed set.
    fn names() -> Option<Vec<&'static str>> {
        None
    }
}

macro_rules! open {
    ($($kind:ty),+) => { $(impl SettingType for $kind {})+ };
}
open!(bool, f32, f64, u64, usize, String, [f32; 2], [f64; 3], Vec<f32>, Vec<f64>, Vec<usize>, Vec<String>);

/// Ranges of settings: each takes a value and says what would be right where the value lies outside.
pub mod range {
    use std::fmt::{Debug, Display};

    /// The value as written and what would be right.
    pub type Outside = (String, String);

    fn expect(holds: bool, value: impl Display, allowed: impl Into<String>) -> Result<(), Outside> {
        if holds { Ok(()) } else { Err((value.to_string(), allowed.into())) }
    }

    /// Every value.
    pub fn any<T>(_: &T) -> Result<(), Outside> {
        Ok(())
    }

    /// x > 0, finite.
    pub fn positive<T: Copy + Into<f64> + Display>(value: &T) -> Result<(), Outside> {
        let x: f64 = (*value).into();
        expect(x > 0.0 && x.is_finite(), value, "must be positive and finite")
    }

    /// x ≥ 0, finite.
    pub fn not_negative<T: Copy + Into<f64> + Display>(value: &T) -> Result<(), Outside> {
        let x: f64 = (*value).into();
        expect(x >= 0.0 && x.is_finite(), value, "must be 0 or more, and finite")
    }

    /// Finite.
    pub fn finite<T: Copy + Into<f64> + Display>(value: &T) -> Result<(), Outside> {
        expect((*value).into().is_finite(), value, "must be finite")
    }

    /// `low` ≤ x ≤ `high`.
    pub fn within<T: Copy + Into<f64> + Display>(low: f64, high: f64) -> impl Fn(&T) -> Result<(), Outside> {
        move |value| {
            let holds = (low..=high).contains(&(*value).into());
            expect(holds, value, format!("must lie between {low} and {high}"))
        }
    }

    /// 0 < x ≤ `high`.
    pub fn positive_within<T: Copy + Into<f64> + Display>(high: f64) -> impl Fn(&T) -> Result<(), Outside> {
        move |value| {
            let x: f64 = (*value).into();
            expect(x > 0.0 && x <= high, value, format!("must be positive, and {high} at the most"))
        }
    }

    /// 0 ≤ x ≤ 1.
    pub fn share<T: Copy + Into<f64> + Display>(value: &T) -> Result<(), Outside> {
        within(0.0, 1.0)(value)
    }

    /// 0 ≤ x < 1.
    pub fn less_than_one<T: Copy + Into<f64> + Display>(value: &T) -> Result<(), Outside> {
        expect((0.0..1.0).contains(&(*value).into()), value, "must be 0 or more, and less than 1")
    }

    /// `low` ≤ n ≤ `high`.
    pub fn count(low: usize, high: usize) -> impl Fn(&usize) -> Result<(), Outside> {
        move |&value| {
            let allowed = if high == usize::MAX {
                format!("must be {low} or more")
            } else {
                format!("must lie between {low} and {high}")
            };
            expect((low..=high).contains(&value), value, allowed)
        }
    }

    /// A list with a value in it; `example` is one.
    fn not_empty<T>(values: &[T], example: &str) -> Result<(), Outside> {
        expect(!values.is_empty(), "[]", format!("needs at least one value, as in {example}"))
    }

    /// Learning rates: at least one, each positive and finite.
    pub fn rates(values: &[f32]) -> Result<(), Outside> {
        not_empty(values, "[0.3, 1.0, 3.0]")?;
        values.iter().try_for_each(positive)
    }

    /// L2 coefficients: at least one, each 0 or more and finite.
    pub fn coefficients(values: &[f32]) -> Result<(), Outside> {
        not_empty(values, "[1e-5, 3e-5]")?;
        values.iter().try_for_each(not_negative)
    }

    /// Values of ε: at least one, each positive and finite.
    pub fn epsilons(values: &[f32]) -> Result<(), Outside> {
        not_empty(values, "[1e-6]")?;
        values.iter().try_for_each(positive)
    }

    /// A list with at least one value, each once.
    pub fn set<T: PartialEq + Debug>(values: &[T]) -> Result<(), Outside> {
        let twice = values.iter().enumerate().any(|(index, value)| values[..index].contains(value));
        expect(!values.is_empty() && !twice, format!("{values:?}"), "needs at least one value, and each value once")
    }

    /// Counts that ascend from 1 or more.
    pub fn ascending(values: &[usize]) -> Result<(), Outside> {
        let holds = values.windows(2).all(|pair| pair[0] < pair[1]) && values.first() != Some(&0);
        expect(holds, format!("{values:?}"), "must ascend from 1 or more, as in [1, 3, 10]")
    }

    /// Sizes of hidden layers: at least one, each of 1 to 4096 units.
    pub fn layer_sizes(values: &[usize]) -> Result<(), Outside> {
        let holds = !values.is_empty() && values.iter().all(|size| (1..=4096).contains(size));
        expect(holds, shown(values), "needs at least one hidden layer, each of 1 to 4096 units, as in [64, 16]")
    }

    fn shown(value: &(impl Debug + ?Sized)) -> String {
        format!("{value:?}")
    }
}

/// Declares a section of a configuration. A field has its comment (the documentation), its type, its range in brackets and
/// its default; then the presets that differ, each with its value and the reason. Sections within follow the settings, in
/// `sections { … }`.
///
/// ```
/// use autolossgen_settings::{Section, range, section};
///
/// section! {
///     /// How a recommender is trained.
///     pub struct Training {
///         /// Learning rate, positive
///         pub learning_rate: f32 [range::positive] = 1.0, paper = 0.01 => "The default of the authors' code";
///         /// Rows of a mini-batch
///         pub batch_size: usize [range::count(1, 1 << 24)] = 128;
///     }
/// }
///
/// assert_eq!(Training::SETTINGS[0].default, "1.0");
/// assert_eq!(Training::SETTINGS[0].overrides[0].preset, "paper");
/// assert_eq!(Training { learning_rate: 1.0, batch_size: 0 }.check().unwrap_err().key, "batch_size");
/// ```
#[macro_export]
macro_rules! section {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                pub $field:ident : $kind:ty [ $range:expr ] = $default:expr $(, $preset:ident = $value:expr => $why:literal)* ;
            )+
            $( sections { $( $(#[doc = $subdoc:literal])+ pub $sub:ident : $subkind:ty ),+ $(,)? } )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, $crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = "autolossgen_settings::serde", deny_unknown_fields)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $kind, )+
            $( $( $(#[doc = $subdoc])+ pub $sub: $subkind, )+ )?
        }

        impl $crate::Section for $name {
            const SETTINGS: &'static [$crate::Setting] = &[
                $( $crate::Setting {
                    name: stringify!($field),
                    comment: &[$($doc),+],
                    default: stringify!($default),
                    overrides: &[
                        $( $crate::Override { preset: stringify!($preset), value: stringify!($value), why: $why } ),*
                    ],
                    names: <$kind as $crate::SettingType>::names,
                } ),+
            ];

            const SECTIONS: &'static [(&'static str, &'static [$crate::Setting])] =
                &[$( $( (stringify!($sub), <$subkind as $crate::Section>::SETTINGS) ),+ )?];

            fn check(&self) -> Result<(), $crate::Problem> {
                $(
                    if let Err((value, allowed)) = ($range)(&self.$field) {
                        return Err($crate::Problem { key: stringify!($field).to_owned(), value, allowed });
                    }
                )+
                $( $( $crate::Section::check(&self.$sub).map_err(|problem| problem.within(stringify!($sub)))?; )+ )?
                Ok(())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_by_hand() {
        assert!(range::positive(&1e-9_f32).is_ok() && range::positive(&0.0_f32).is_err());
        assert_eq!(range::positive(&-1.0_f32), Err(("-1".to_owned(), "must be positive and finite".to_owned())));
        assert!(range::share(&1.0_f64).is_ok() && range::share(&f64::NAN).is_err());
        assert!(range::less_than_one(&0.0_f32).is_ok() && range::less_than_one(&1.0_f32).is_err());
        assert_eq!(range::count(2, usize::MAX)(&1).unwrap_err().1, "must be 2 or more");
        assert_eq!(range::rates(&[]).unwrap_err().1, "needs at least one value, as in [0.3, 1.0, 3.0]");
        assert!(range::coefficients(&[0.0]).is_ok() && range::rates(&[0.0]).is_err());
        assert!(range::ascending(&[]).is_ok() && range::ascending(&[0]).is_err());
        assert!(range::ascending(&[1, 1]).is_err() && range::layer_sizes(&[]).is_err());
    }
}
