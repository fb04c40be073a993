//! Reads Rust source as tokens: enough to find queries, routes and what the house does not allow, without building anything.

/// A token that the chores look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword.
    Word(String),
    /// The value of a string literal (not of a byte string).
    Text(String),
    /// A comment, with its marks.
    Comment(String),
    /// A single character of punctuation.
    Mark(char),
    /// A number, character or byte literal, or a lifetime.
    Other,
}

/// A token and the line it begins on, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it begins.
    pub line: usize,
}

impl Token {
    /// The word, if it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// True for this mark.
    pub fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

/// All tokens of a file, comments included.
pub fn tokens(source: &str) -> Vec<Token> {
    Reader { rest: source, line: 1, tokens: Vec::new() }.read()
}

/// The tokens without the comments.
pub fn code(source: &str) -> Vec<Token> {
    let mut tokens = tokens(source);
    tokens.retain(|token| !matches!(token.kind, Kind::Comment(_)));
    tokens
}

/// The place after the bracket that closes the one at `open`; the end of the file when none does.
pub fn after_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// The code that is built for tests only: `#[cfg(test)] mod … { … }` as ranges of tokens.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut index = 0;
    while index < tokens.len() {
        if is_cfg_test(&tokens[index..]) {
            // Further attributes and the item's head stand before its body.
            let end = tokens[index + 7..]
                .iter()
                .position(|token| token.is('{') || token.is(';'))
                .map(|found| index + 7 + found);
            index = match end {
                Some(brace) if tokens[brace].is('{') => after_group(tokens, brace),
                Some(semicolon) => semicolon + 1,
                None => tokens.len(),
            };
        } else {
            kept.push(tokens[index].clone());
            index += 1;
        }
    }
    kept
}

/// `#[cfg(test)]`
fn is_cfg_test(tokens: &[Token]) -> bool {
    tokens.len() >= 7
        && tokens[0].is('#')
        && tokens[1].is('[')
        && tokens[2].word() == Some("cfg")
        && tokens[3].is('(')
        && tokens[4].word() == Some("test")
        && tokens[5].is(')')
        && tokens[6].is(']')
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Vec<Token> {
        while let Some(first) = self.rest.chars().next() {
            let line = self.line;
            let kind = match first {
                _ if first.is_whitespace() => {
                    self.take(first.len_utf8());
                    continue;
                }
                '/' if self.rest.starts_with("//") => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    Kind::Comment(self.take(end).to_owned())
                }
                '/' if self.rest.starts_with("/*") => self.block_comment(),
                '"' => self.text(1),
                '\'' => self.quote(),
                _ if self.raw_hashes().is_some() => self.raw_text(),
                'b' if self.rest.starts_with("b\"") => {
                    self.text(2);
                    Kind::Other
                }
                'c' if self.rest.starts_with("c\"") => {
                    self.text(2);
                    Kind::Other
                }
                'b' if self.rest.starts_with("b'") => {
                    self.take(1);
                    self.quote()
                }
                _ if first.is_ascii_digit() => {
                    let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
                    self.take(end);
                    Kind::Other
                }
                _ if first.is_alphabetic() || first == '_' => {
                    let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
                    Kind::Word(self.take(end).to_owned())
                }
                _ => {
                    self.take(first.len_utf8());
                    Kind::Mark(first)
                }
            };
            self.tokens.push(Token { kind, line });
        }
        self.tokens
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Block comments nest.
    fn block_comment(&mut self) -> Kind {
        let (mut depth, mut end) = (0usize, 0);
        let bytes = self.rest.as_bytes();
        while end < bytes.len() {
            match &bytes[end..] {
                [b'/', b'*', ..] => (depth, end) = (depth + 1, end + 2),
                [b'*', b'/', ..] => (depth, end) = (depth - 1, end + 2),
                _ => end += 1,
            }
            if depth == 0 {
                break;
            }
        }
        Kind::Comment(self.take(end).to_owned())
    }

    /// A string literal whose opening ends after `skip` bytes.
    fn text(&mut self, skip: usize) -> Kind {
        let bytes = self.rest.as_bytes();
        let mut end = skip;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let inside = &self.rest[skip..end.min(self.rest.len())];
        let value = unescaped(inside);
        self.take((end + 1).min(self.rest.len()));
        Kind::Text(value)
    }

    /// How many hashes a raw string here begins with: `r"`, `r#"`, `br#"`.
    fn raw_hashes(&self) -> Option<(usize, usize)> {
        let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
            self.rest.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
        })?;
        let after = &self.rest[prefix.len()..];
        Some((prefix.len(), after.len() - after.trim_start_matches('#').len()))
    }

    fn raw_text(&mut self) -> Kind {
        let (prefix, hashes) = self.raw_hashes().unwrap_or_default();
        let begin = prefix + hashes + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = self.rest[begin..].find(&close).unwrap_or(self.rest.len() - begin);
        let value = self.rest[begin..begin + length].to_owned();
        self.take((begin + length + close.len()).min(self.rest.len()));
        if prefix == 1 { Kind::Text(value) } else { Kind::Other }
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) -> Kind {
        let rest = &self.rest[1..];
        let end = match rest.chars().next() {
            // The character after the backslash may be the quote itself.
            Some('\\') => rest.char_indices().skip(2).find(|(_, c)| *c == '\'').map(|(at, _)| at + 2),
            Some(one) if rest[one.len_utf8()..].starts_with('\'') => Some(one.len_utf8() + 2),
            _ => None,
        };
        self.take(end.unwrap_or(1));
        Kind::Other
    }
}

/// The value of what stands between the quotes of a plain string literal.
fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else { break };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            '0' => value.push('\0'),
            'x' => {
                value.extend(rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from));
                rest = rest.get(2..).unwrap_or_default();
            }
            'u' => {
                let end = rest.find('}').map_or(rest.len(), |end| end + 1);
                let digits: String = rest[..end].chars().filter(char::is_ascii_hexdigit).collect();
                value.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                rest = &rest[end..];
            }
            // A backslash before the end of a line takes the line's end and the next line's indentation with it.
            '\n' => rest = rest.trim_start(),
            other => value.push(other),
        }
    }
    value.push_str(rest);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let text = |token: Token| match token.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        };
        tokens(source).into_iter().filter_map(text).collect()
    }

    #[test]
    fn literals_have_their_values() {
        assert_eq!(
            texts(r##"f("a\n\"b\" \u{e9}\x41", r#"raw "x" \n"#, r"y")"##),
            ["a\n\"b\" éA", "raw \"x\" \\n", "y"]
        );
        assert_eq!(texts("f(\"select a \\\n      from b\")"), ["select a from b"]);
        assert_eq!(texts(r#"let c = '"'; let d = '\''; g("z", b"no", b'\\', 'x')"#), ["z"]);
        assert_eq!(texts("fn f<'a>(x: &'a str) { \"in\" }"), ["in"]);
    }

    #[test]
    fn comments_hide_what_they_say_and_lines_are_counted() {
        let source = "// query!(\"no\")\n/* a /* nested */ \"no\" */\nword\n\n\"two\nlines\" last";
        let found = code(source);
        assert_eq!(found[0], Token { kind: Kind::Word("word".into()), line: 3 });
        assert_eq!(found[1].kind, Kind::Text("two\nlines".into()));
        assert_eq!(found[2].line, 6);
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn code_for_tests_is_left_out() {
        let source = "a #[cfg(test)] mod tests { fn b() { {} } } c #[cfg(test)] mod t; d #[cfg(test)] use x::{y}; e";
        let words: Vec<String> =
            without_tests(&code(source)).iter().filter_map(|t| t.word().map(str::to_owned)).collect();
        // `use x::{y};` ends at its brace, and the semicolon that is left does no harm.
        assert_eq!(words, ["a", "c", "d", "e"]);
    }
}
