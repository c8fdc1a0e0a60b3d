//! A named value, as lists of a page hold them.

/// A name, and what is to be said under it: code, text, or text behind code.
#[derive(Debug, PartialEq)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) code: Option<String>,
    pub(crate) text: String,
}

impl Fact {
    pub(crate) fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, code: None, text: text.into() }
    }

    pub(crate) fn of_code(name: &'static str, code: impl Into<String>) -> Self {
        Self { name, code: Some(code.into()), text: String::new() }
    }
}
