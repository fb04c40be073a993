//! What the architecture promises, checked: `ARCHITECTURE.md` gives the rules, this gives their breaches with file, line and remedy.

mod arrows;
mod boxed;
mod circles;
mod markup;
mod routes;
mod source;
mod sql;

use crate::{
    db::root,
    files,
    rust::{self, Token},
};
use anyhow::{Result, bail};
use std::{fmt, path::Path};

/// Longer files are listed: they want to be split.
const LINES_LISTED: usize = 700;
/// No file is longer.
const LINES_MAX: usize = 1000;

/// One breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// File and line, or the crate.
    pub place: String,
    /// What is wrong and what to do instead.
    pub what: String,
}

impl Breach {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// A Rust file as the checks see it.
pub struct File {
    /// Its path from the root.
    pub name: String,
    /// All tokens, comments included.
    pub tokens: Vec<Token>,
    /// The same without code that is built for tests only; empty for a file of tests.
    pub product: Vec<Token>,
    /// Its lines.
    pub lines: usize,
}

impl File {
    /// Reads one.
    pub fn read(name: String, text: &str) -> Self {
        let tokens = rust::tokens(text);
        let code = rust::code(text);
        let product = if is_test(&name) { Vec::new() } else { rust::without_tests(&code) };
        Self { name, tokens, product, lines: text.lines().count() }
    }

    /// `crates/areas/NAME/src/…`: the area's name, for what is built into the product.
    pub fn area(&self) -> Option<&str> {
        let (area, rest) = self.name.strip_prefix("crates/areas/")?.split_once('/')?;
        rest.starts_with("src/").then_some(area)
    }

    fn place(&self, token: &Token) -> String {
        format!("{}:{}", self.name, token.line)
    }
}

fn is_test(name: &str) -> bool {
    name.contains("/tests/")
        || name.contains("/examples/")
        || name.ends_with("/tests.rs")
        || name.ends_with("_tests.rs")
}

/// Runs every check; fails when a rule is broken.
pub fn check() -> Result<()> {
    let root = root();
    let files = read(&root)?;
    let mut breaches = Vec::new();
    let house = arrows::House::load(&root)?;
    breaches.extend(house.breaches());
    for file in &files {
        breaches.extend(source::check(file, &house));
        breaches.extend(sql::check(file));
        breaches.extend(markup::check(file));
        breaches.extend(boxed::check(file));
    }
    breaches.extend(routes::check(&files));
    breaches.extend(circles::check(&files));
    breaches.extend(sql::check_files(&root)?);
    breaches.extend(files.iter().filter(|file| file.lines > LINES_MAX).map(|file| {
        Breach::new(&file.name, format!("{} lines: split it, no file has more than {LINES_MAX}", file.lines))
    }));
    for file in files.iter().filter(|file| (LINES_LISTED + 1..=LINES_MAX).contains(&file.lines)) {
        println!("note: {} has {} lines; beyond {LINES_LISTED} a file wants to be split", file.name, file.lines);
    }
    breaches.sort();
    breaches.dedup();
    for breach in &breaches {
        eprintln!("{breach}");
    }
    if breaches.is_empty() {
        println!(
            "{} files, {} crates: the arrows point down. Areas, lowest first: {}.",
            files.len(),
            house.len(),
            house.order().join(", ")
        );
        return Ok(());
    }
    bail!("the architecture is broken in {} places", breaches.len())
}

fn read(root: &Path) -> Result<Vec<File>> {
    files::rust(root)?
        .into_iter()
        .map(|path| Ok(File::read(files::shown(root, &path), &std::fs::read_to_string(&path)?)))
        .collect()
}
