//! The modules of a crate, and which of them defines what a path names.

use crate::source::{Source, read};
use crate::tokens::tokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Sources by their path.
pub type Files = BTreeMap<PathBuf, String>;

/// A module.
#[derive(Debug)]
pub struct Module {
    /// Path below the crate, as in `search::resume`; empty for the root
    pub path: String,
    pub file: PathBuf,
    pub source: Source,
    /// Itself and the modules around it, from the root on, as places in [`Tree::modules`]
    pub line_of_descent: Vec<usize>,
    children: BTreeMap<String, usize>,
}

/// The modules that hang together with one root file; the root is the first.
#[derive(Debug)]
pub struct Tree {
    pub modules: Vec<Module>,
    /// Module that defines an exported macro
    macros: BTreeMap<String, usize>,
}

/// What has been looked up on the way, so that imports which name each other end.
type Seen = BTreeSet<(usize, Vec<String>)>;

/// Steps after which a path belongs to another crate: `use anyhow::anyhow` names itself without end where no module has the
/// name.
const MOST_STEPS: usize = 64;

impl Tree {
    /// The modules that `root` declares, and those that they declare, out of `files`.
    ///
    /// # Panics
    /// Where a declared module has no file.
    pub fn new(files: &Files, root: &Path) -> Tree {
        let mut tree = Tree { modules: Vec::new(), macros: BTreeMap::new() };
        let source = read(&tokens(&files[root]));
        tree.add(files, String::new(), root, root.parent().unwrap_or(Path::new("")), source, &[]);
        tree
    }

    /// Adds a module and those below it, whose files lie in `folder`; gives its place.
    fn add(
        &mut self,
        files: &Files,
        path: String,
        file: &Path,
        folder: &Path,
        mut source: Source,
        around: &[usize],
    ) -> usize {
        let place = self.modules.len();
        let line_of_descent = [around, &[place]].concat();
        let declared = std::mem::take(&mut source.children);
        self.macros.extend(source.macros.iter().map(|name| (name.clone(), place)));
        self.modules.push(Module {
            path: path.clone(),
            file: file.to_owned(),
            source,
            line_of_descent: line_of_descent.clone(),
            children: BTreeMap::new(),
        });
        for (name, inside) in declared {
            let below = if path.is_empty() { name.clone() } else { format!("{path}::{name}") };
            let (child_file, inside) = match inside {
                Some(inside) => (file.to_owned(), inside),
                None => {
                    let either = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
                    let found = either.into_iter().find(|file| files.contains_key(file));
                    let found = found.unwrap_or_else(|| panic!("{}: module {name} has no file", file.display()));
                    let inside = read(&tokens(&files[&found]));
                    (found, inside)
                }
            };
            if !inside.test {
                let child = self.add(files, below, &child_file, &folder.join(&name), inside, &line_of_descent);
                self.modules[place].children.insert(name, child);
            }
        }
        place
    }

    /// The module that defines what `path` names where `from` writes it; `None` for another crate.
    pub fn definer(&self, from: usize, path: &[String]) -> Option<usize> {
        self.resolve(from, path, &mut Seen::new())
    }

    fn resolve(&self, from: usize, path: &[String], seen: &mut Seen) -> Option<usize> {
        if seen.len() > MOST_STEPS || !seen.insert((from, path.to_vec())) {
            return None;
        }
        let module = &self.modules[from];
        match path.first()?.as_str() {
            "crate" => self.walk(0, &path[1..], seen),
            "super" | "self" => self.walk(from, path, seen),
            name if module.children.contains_key(name) || self.imported(from, name).is_some() => {
                self.walk(from, path, seen)
            }
            _ => None,
        }
    }

    /// Follows `path` from inside of `module`.
    fn walk(&self, module: usize, path: &[String], seen: &mut Seen) -> Option<usize> {
        let Some((name, rest)) = path.split_first() else {
            return Some(module);
        };
        let here = &self.modules[module];
        if name == "self" {
            return self.walk(module, rest, seen);
        }
        if name == "super" {
            let parent = here.line_of_descent.iter().rev().nth(1)?;
            return self.walk(*parent, rest, seen);
        }
        if let Some(&child) = here.children.get(name) {
            return self.walk(child, rest, seen);
        }
        if let Some(target) = self.imported(module, name) {
            return self.resolve(module, &[target, rest].concat(), seen);
        }
        if module == 0 && self.macros.contains_key(name) {
            return Some(self.macros[name]);
        }
        if !here.source.items.contains(name) {
            for target in self.globs(module, seen) {
                if self.provides(target, name, &mut seen.clone()) {
                    return self.walk(target, path, seen);
                }
            }
        }
        Some(module)
    }

    /// The path that `module` imports as `name`. A private import counts: the modules below see it.
    fn imported(&self, module: usize, name: &str) -> Option<&[String]> {
        let bindings = &self.modules[module].source.bindings;
        bindings.iter().find(|binding| binding.name.as_deref() == Some(name)).map(|binding| &binding.path[..])
    }

    /// Other modules of which `module` imports everything.
    fn globs(&self, module: usize, seen: &mut Seen) -> Vec<usize> {
        let bindings = self.modules[module].source.bindings.iter();
        bindings
            .filter(|binding| binding.name.is_none())
            .filter_map(|binding| self.resolve(module, &binding.path, seen))
            // `use self::Variant::*` leads to the module itself.
            .filter(|&target| target != module)
            .collect()
    }

    fn provides(&self, module: usize, name: &str, seen: &mut Seen) -> bool {
        let here = &self.modules[module];
        here.children.contains_key(name)
            || here.source.items.contains(name)
            || self.imported(module, name).is_some()
            || self.globs(module, seen).into_iter().any(|target| self.provides(target, name, seen))
    }
}
