//! Tokens of Rust source, without comments.

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Identifier, keyword or number
    Word,
    /// Contents of a string literal
    Text,
    /// `::` or one character of punctuation
    Mark,
}

/// One token and the line on which it begins, from 1.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub text: &'a str,
    pub kind: Kind,
    pub line: usize,
}

impl Token<'_> {
    pub fn is(&self, mark_or_word: &str) -> bool {
        self.kind != Kind::Text && self.text == mark_or_word
    }
}

/// The tokens of `source`; comments, documentation, characters and lifetimes are left out.
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), source, 1);
    while let Some(first) = rest.chars().next() {
        let (length, found) = next(rest, first);
        let (taken, after) = rest.split_at(length);
        if let Some((kind, text)) = found {
            tokens.push(Token { text, kind, line });
        }
        line += taken.matches('\n').count();
        rest = after;
    }
    tokens
}

/// Length of what `rest` begins with, and the token that it is, if any.
fn next(rest: &str, first: char) -> (usize, Option<(Kind, &str)>) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), None);
    }
    if let Some(opening) = opening_of_text(rest) {
        let (contents, length) = text(rest, opening);
        return (length, Some((Kind::Text, contents)));
    }
    if first == '\'' {
        return (character_or_lifetime(rest), None);
    }
    if first.is_alphanumeric() || first == '_' {
        let start = if rest.starts_with("r#") { 2 } else { 0 };
        let of_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = rest[start..].find(|c| !of_word(c)).map_or(rest.len(), |end| start + end);
        return (length, Some((Kind::Word, &rest[start..length])));
    }
    if first.is_whitespace() {
        return (first.len_utf8(), None);
    }
    let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
    (length, Some((Kind::Mark, &rest[..length])))
}

/// Length of a block comment, which may hold others.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Opening of a string literal: its length, and the number of `#` of a raw one.
fn opening_of_text(rest: &str) -> Option<(usize, Option<usize>)> {
    let prefix = rest.find(|c: char| !matches!(c, 'b' | 'c' | 'r'))?;
    let hashes = rest[prefix..].find(|c| c != '#')?;
    let quoted = rest[prefix + hashes..].starts_with('"');
    let raw = rest[..prefix].ends_with('r');
    (quoted && prefix <= 2 && (raw || hashes == 0)).then_some((prefix + hashes + 1, raw.then_some(hashes)))
}

/// Contents and whole length of a string literal.
fn text(rest: &str, (opening, hashes): (usize, Option<usize>)) -> (&str, usize) {
    let body = &rest[opening..];
    let (end, closing) = match hashes {
        Some(hashes) => (body.find(&format!("\"{}", "#".repeat(hashes))), 1 + hashes),
        None => (end_of_quoted(body, '"'), 1),
    };
    let end = end.unwrap_or(body.len());
    (&body[..end], (opening + end + closing).min(rest.len()))
}

/// Where `quote` stands in `body` without a backslash before it.
fn end_of_quoted(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// Length of `'x'`, `'\n'` or `'lifetime`.
fn character_or_lifetime(rest: &str) -> usize {
    let mut inside = rest[1..].chars();
    let first = inside.next();
    if first == Some('\\') || inside.next() == Some('\'') {
        return end_of_quoted(&rest[1..], '\'').map_or(rest.len(), |end| end + 2);
    }
    1 + rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - 1)
}

#[test]
fn comments_texts_and_lifetimes_are_told_apart() {
    let source = "/* a /* b */ */ x::<'a>('\"', '\\'', b\"crate::y\", r#\"say \"z\"\"#) // w\nr#type";
    let read: Vec<_> = tokens(source).iter().map(|token| (token.text, token.line)).collect();
    let first = ["x", "::", "<", ">", "(", ",", ",", "crate::y", ",", "say \"z\"", ")"];
    let expected: Vec<_> = first.iter().map(|&text| (text, 1)).chain([("type", 2)]).collect();
    assert_eq!(read, expected);
}
