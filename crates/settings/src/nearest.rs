//! Which known name was meant.

/// The name nearest to `wanted` by Damerau and Levenshtein's distance; `None` where none is near enough to be meant: more
/// than one edit and a quarter of the name's length away.
///
/// ```
/// use autolossgen_settings::nearest;
/// assert_eq!(nearest("bcee", ["bce", "mse"].into_iter()), Some("bce"));
/// assert_eq!(nearest("nonsense", ["bce", "mse"].into_iter()), None);
/// ```
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::damerau_levenshtein(wanted, name), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .map(|(_, name)| name)
}
