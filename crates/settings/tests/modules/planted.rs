//! The checker on small crates, with circles and with what looks like one.

use crate::circles::circles;
use std::path::Path;

/// Circles of a crate of these files, as `a -> b -> a`.
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(name, source)| (name.into(), (*source).to_owned())).collect();
    let found = circles(&files, Path::new("lib.rs"));
    found.iter().map(|circle| circle.to_string().lines().next().expect("a headline").to_owned()).collect()
}

#[test]
fn a_direct_circle_is_found_with_its_places() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "\nuse crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B;\nfn f() -> Option<super::a::A> { None }"),
    ];
    assert_eq!(planted(&files), ["a -> b -> a"]);
    let files = files.map(|(name, source)| (name.into(), source.to_owned())).into();
    let message = circles(&files, Path::new("lib.rs"))[0].to_string();
    assert!(message.contains("a -> b: a.rs:2 has crate::b::B"), "{message}");
    assert!(message.contains("b -> a: b.rs:2 has super::a::A"), "{message}");
}

#[test]
fn a_way_without_return_is_none() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "use crate::{b::B, c::C};"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use serde::a::A; pub struct C;"),
    ];
    assert!(planted(&files).is_empty());
}

#[test]
fn a_circle_of_three_is_found_once() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::A; pub struct C;"),
    ];
    assert_eq!(planted(&files), ["a -> b -> c -> a"]);
}

#[test]
fn a_path_through_a_reexport_counts_for_the_definer() {
    let root = ["pub use b::B;", "pub use b::*;", "pub(crate) use b::Long as B;", "use b::B;", "pub use self::c::B;"];
    for reexport in root {
        let lib = format!("mod a;\nmod b;\nmod c {{ pub use crate::b::B; }}\n{reexport}");
        let files = [
            ("lib.rs", lib.as_str()),
            ("a.rs", "use crate::B; pub struct A;"),
            ("b.rs", "use super::a::A; pub struct B; pub struct Long;"),
        ];
        assert_eq!(planted(&files), ["a -> b -> a"], "{reexport}");
    }
}

#[test]
fn reexports_that_name_each_other_end() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\npub use a::X; pub use a::*; pub use b::*;"),
        ("a.rs", "pub use crate::b::X; pub use crate::*;"),
        ("b.rs", "pub use crate::X; use y::y; use self::Kind::*; enum Kind { One } mod c { use super::One; }"),
    ];
    assert!(planted(&files).len() <= 1);
}

#[test]
fn an_exported_macro_counts_for_its_definer() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "crate::make!();"),
        ("b.rs", "#[macro_export]\nmacro_rules! make { () => { $crate::a::A } }"),
    ];
    assert_eq!(planted(&files), ["a -> b -> a"]);
}

#[test]
fn a_nested_level_is_searched_too() {
    let files = [
        ("lib.rs", "mod outer;"),
        ("outer/mod.rs", "mod left;\nmod right;"),
        ("outer/left.rs", "use super::right::R; pub struct L;"),
        ("outer/right.rs", "mod deep;\npub struct R;"),
        ("outer/right/deep.rs", "fn f() { crate::outer::left::L; }"),
    ];
    assert_eq!(planted(&files), ["outer::left -> outer::right -> outer::left"]);
}

#[test]
fn modules_below_two_siblings_count_for_the_siblings() {
    let files = [
        ("lib.rs", "mod a { pub mod x { use crate::b::y::Y; } pub mod z { pub struct Z; } }\nmod b;"),
        ("b.rs", "pub mod y { pub struct Y; }\nmod w { use super::super::a::z::Z; }"),
    ];
    assert_eq!(planted(&files), ["a -> b -> a"]);
}

#[test]
fn parent_and_child_are_no_circle() {
    let files = [
        ("lib.rs", "mod outer;\nuse outer::Outer;\npub struct Root;"),
        ("outer/mod.rs", "mod inner;\npub use inner::Inner;\nuse inner::g;\nuse crate::Root;\npub struct Outer;"),
        ("outer/inner.rs", "use super::Outer; use crate::outer::Inner; use crate::Root; pub struct Inner;"),
    ];
    assert!(planted(&files).is_empty());
}

#[test]
fn tests_comments_and_texts_do_not_count() {
    let b = r##"
        //! See [`crate::a::A`].
        /* use crate::a::A; */
        pub(in crate::a) const TEXT: &str = r#"use crate::a::A;"#;
        /// use crate::a::A;
        #[cfg(test)]
        use crate::a::A;
        #[cfg(all(test, feature = "x"))]
        mod tests { use crate::a::{A}; fn f() { if true { crate::a::f() } } }
        #[test]
        fn g(x: [u8; 2]) { crate::a::f() }
        #[cfg(test)]
        mod check;
    "##;
    let files = [
        ("lib.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod t;"),
        ("a.rs", "use crate::b::TEXT; pub struct A;"),
        ("b.rs", b),
        ("b/check.rs", "use crate::a::A;"),
        ("t.rs", "use crate::{a::A, b::TEXT};"),
    ];
    assert!(planted(&files).is_empty());
    let counted = b.replace("#[cfg(test)]", "#[cfg(not(test))]");
    let files = files.map(|(name, source)| (name, if name == "b.rs" { counted.as_str() } else { source }));
    assert_eq!(planted(&files), ["a -> b -> a"]);
}

#[test]
fn braces_over_several_lines_are_followed() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "use crate::b::B; pub struct A; pub mod deep { pub struct D; }"),
        ("b.rs", "use crate::{\n    Root,\n    a::{\n        deep::{self, D as E},\n    },\n};\npub struct B;"),
    ];
    assert_eq!(planted(&files), ["a -> b -> a"]);
}

#[test]
fn a_text_of_an_attribute_is_a_path() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "#[serde(with = \"crate::b\")] struct A;"),
        ("b.rs", "use super::a::A;"),
    ];
    assert_eq!(planted(&files), ["a -> b -> a"]);
}
