//! The recommenders that a configuration can name.

use autolossgen_settings::UnknownName;

use super::spec::ModelSpec;

/// Recommenders by name, in the order in which they are listed.
#[derive(Clone, Debug, Default)]
pub struct Registry(Vec<ModelSpec>);

/// A name that two recommenders would have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is a recommender called '{0}' already")]
pub struct DuplicateName(pub String);

impl Registry {
    /// The recommenders of this crate.
    pub fn builtin() -> Self {
        Self(super::BUILTIN.to_vec())
    }

    /// The same with one more recommender, listed last.
    ///
    /// # Errors
    /// A name that is taken.
    pub fn with(mut self, spec: ModelSpec) -> Result<Self, DuplicateName> {
        if self.names().contains(&spec.name) {
            return Err(DuplicateName(spec.name.to_owned()));
        }
        self.0.push(spec);
        Ok(self)
    }

    /// The recommender of a name.
    ///
    /// # Errors
    /// An unknown name; the error lists the known ones and suggests the nearest.
    pub fn find(&self, name: &str) -> Result<&ModelSpec, UnknownName> {
        self.iter().find(|spec| spec.name == name).ok_or_else(|| UnknownName::new(name, self.names()))
    }

    /// Every name.
    pub fn names(&self) -> Vec<&'static str> {
        self.iter().map(|spec| spec.name).collect()
    }

    /// Every recommender.
    pub fn iter(&self) -> std::slice::Iter<'_, ModelSpec> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Registry {
    type Item = &'a ModelSpec;
    type IntoIter = std::slice::Iter<'a, ModelSpec>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
