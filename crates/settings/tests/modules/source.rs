//! What one file says of modules: its imports, the paths in its code, the modules and items that it declares.

use crate::tokens::{Kind, Token};
use std::collections::BTreeSet;

/// A path that a module names.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Segments, as in `["super", "state", "State"]`
    pub path: Vec<String>,
    /// Line of its last segment
    pub line: usize,
}

/// An import at the level of a module, which others may reach through that module.
#[derive(Debug)]
pub struct Binding {
    /// Path of what is imported
    pub path: Vec<String>,
    /// Name under which it is known; `None` for `*`
    pub name: Option<String>,
}

/// A module's own contents.
#[derive(Debug, Default)]
pub struct Source {
    pub references: Vec<Reference>,
    pub bindings: Vec<Binding>,
    /// Names of the items that it defines
    pub items: BTreeSet<String>,
    /// Macros that it exports, which have the crate's root as their path
    pub macros: Vec<String>,
    /// Modules that it declares, with their contents where these stand in the same file
    pub children: Vec<(String, Option<Source>)>,
    /// Whether it is compiled for tests alone
    pub test: bool,
}

/// Reads the tokens of a module; test code is left out.
pub fn read(tokens: &[Token<'_>]) -> Source {
    let mut reader = Reader { tokens, at: 0, depth: 0, exports: false, source: Source::default() };
    while reader.at < tokens.len() && !reader.source.test {
        reader.step();
    }
    reader.source
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    /// Open braces
    depth: usize,
    /// Whether `#[macro_export]` stands before the next macro
    exports: bool,
    source: Source,
}

const ITEMS: [&str; 8] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static"];

impl Reader<'_> {
    fn is(&self, offset: usize, text: &str) -> bool {
        self.tokens.get(self.at + offset).is_some_and(|token| token.is(text))
    }

    /// The word `offset` tokens on.
    fn word(&self, offset: usize) -> Option<String> {
        let token = self.tokens.get(self.at + offset)?;
        (token.kind == Kind::Word).then(|| token.text.to_owned())
    }

    fn step(&mut self) {
        let token = self.tokens[self.at];
        match token.text {
            _ if token.kind == Kind::Text => self.at += 1,
            "#" if self.is(1, "[") => self.attribute(),
            "#" if self.is(1, "!") && self.is(2, "[") => {
                self.source.test = is_test(&self.tokens[self.at + 2..self.closing(self.at + 2)]);
                self.at += 2;
            }
            // Visibility is no dependency.
            "pub" if self.is(1, "(") => self.at = self.closing(self.at + 1),
            "use" if !self.is(1, "<") => self.import(),
            "mod" if self.word(1).is_some() && (self.is(2, ";") || self.is(2, "{")) => self.module(),
            "macro_rules" if self.is(1, "!") => self.macro_rules(),
            "crate" | "super" | "self" if self.is(1, "::") => self.path(),
            keyword => {
                match keyword {
                    "{" => self.depth += 1,
                    "}" => self.depth = self.depth.saturating_sub(1),
                    _ if ITEMS.contains(&keyword) => self.source.items.extend(self.word(1)),
                    _ => {}
                }
                self.at += 1;
            }
        }
    }

    /// The place after the bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token.text {
                _ if token.kind != Kind::Mark => {}
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.tokens.len()
    }

    /// Test code is skipped. Of all else the attribute is read on as code, and texts such as `with = "crate::finite"` are
    /// paths.
    fn attribute(&mut self) {
        let end = self.closing(self.at + 1);
        let attribute = &self.tokens[self.at + 1..end];
        if is_test(attribute) {
            self.at = self.end_of_item(end);
            return;
        }
        self.exports |= attribute.iter().any(|token| token.is("macro_export"));
        for token in attribute.iter().filter(|token| token.kind == Kind::Text) {
            let path: Vec<String> = token.text.split("::").map(str::to_owned).collect();
            if path.len() > 1 && ["crate", "super", "self"].contains(&path[0].as_str()) {
                self.source.references.push(Reference { path, line: token.line });
            }
        }
        self.at += 1;
    }

    /// The place after the item that begins at `start`, whose other attributes come first.
    fn end_of_item(&self, start: usize) -> usize {
        let mut at = start;
        while let Some(token) = self.tokens.get(at) {
            match token.text {
                _ if token.kind != Kind::Mark => at += 1,
                ";" => return at + 1,
                "}" => return at,
                "{" => return self.closing(at),
                "(" | "[" => at = self.closing(at),
                _ => at += 1,
            }
        }
        at
    }

    fn module(&mut self) {
        let name = self.word(1).expect("looked at");
        if self.is(2, ";") {
            self.source.children.push((name, None));
            self.at += 3;
        } else {
            let end = self.closing(self.at + 2);
            let inside = read(&self.tokens[self.at + 3..end - 1]);
            self.source.children.push((name, Some(inside)));
            self.at = end;
        }
    }

    fn macro_rules(&mut self) {
        if let Some(name) = self.word(2) {
            if std::mem::take(&mut self.exports) {
                self.source.macros.push(name.clone());
            }
            self.source.items.insert(name);
        }
        self.at += 2;
    }

    /// A path in code.
    fn path(&mut self) {
        let mut path = vec![self.tokens[self.at].text.to_owned()];
        while let (true, Some(segment)) = (self.is(1, "::"), self.word(2)) {
            path.push(segment);
            self.at += 2;
        }
        self.source.references.push(Reference { path, line: self.tokens[self.at].line });
        self.at += 1;
    }

    fn import(&mut self) {
        self.at += 1;
        if self.is(0, "::") {
            return;
        }
        self.import_tree(&mut Vec::new());
    }

    /// One tree of a `use`, below `prefix`.
    fn import_tree(&mut self, prefix: &mut Vec<String>) {
        let length = prefix.len();
        while self.at < self.tokens.len() {
            if self.is(0, "{") {
                self.import_group(prefix);
                break;
            }
            let line = self.tokens[self.at].line;
            let Some(segment) = self.word(0) else {
                if self.is(0, "*") {
                    self.imported(prefix.clone(), None, line);
                    self.at += 1;
                }
                break;
            };
            prefix.push(segment);
            self.at += 1;
            if self.is(0, "::") {
                self.at += 1;
                continue;
            }
            let mut path = prefix.clone();
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let mut name = path.last().cloned();
            if self.is(0, "as") {
                name = self.word(1);
                self.at += 2;
            }
            self.imported(path, name, line);
            break;
        }
        prefix.truncate(length);
    }

    fn import_group(&mut self, prefix: &mut Vec<String>) {
        let end = self.closing(self.at);
        self.at += 1;
        while self.at + 1 < end {
            self.import_tree(prefix);
            if self.is(0, ",") {
                self.at += 1;
            }
        }
        self.at = end;
    }

    fn imported(&mut self, path: Vec<String>, name: Option<String>, line: usize) {
        if self.depth == 0 {
            self.source.bindings.push(Binding { path: path.clone(), name });
        }
        self.source.references.push(Reference { path, line });
    }
}

/// Whether an attribute, from its bracket on, keeps what follows out of all but tests.
fn is_test(attribute: &[Token<'_>]) -> bool {
    let has = |word: &str| attribute.iter().any(|token| token.is(word));
    let name = |word: &str| attribute.get(1).is_some_and(|token| token.is(word));
    name("test") || name("cfg") && has("test") && !has("not") && !has("any")
}
