//! Table names are never schema-qualified: one schema a landlord, chosen by `search_path`.

use super::{Breach, File};
use crate::{db, files, rust::Kind};
use anyhow::Result;
use std::path::Path;

/// Words that a piece of SQL in our source begins with.
const BEGINNINGS: [&str; 19] = [
    "select", "with", "insert", "update", "delete", "create", "alter", "drop", "merge", "union", "join", "left",
    "from", "where", "and", "or", "truncate", "lock", "do",
];
/// A table's name follows these.
const BEFORE_TABLES: [&str; 7] = ["from", "join", "into", "update", "references", "table", "truncate"];
/// Schemas of PostgreSQL itself may be named.
const SYSTEM: [&str; 2] = ["pg_catalog", "information_schema"];
/// Functions whose arguments have a `from` of their own.
const FUNCTIONS: [&str; 4] = ["extract", "substring", "trim", "overlay"];

/// The SQL in a Rust file.
pub fn check(file: &File) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for token in &file.product {
        if let Kind::Text(text) = &token.kind
            && looks_like_sql(text)
        {
            breaches.extend(qualified(text).into_iter().map(|name| breach(file.place(token), &name)));
        }
    }
    breaches
}

/// The SQL files: migrations and measures.
pub fn check_files(root: &Path) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for path in files::ending(&root.join("crates"), ".sql")? {
        let name = files::shown(root, &path);
        for (index, line) in std::fs::read_to_string(&path)?.lines().enumerate() {
            let line = line.split("--").next().unwrap_or_default();
            breaches.extend(qualified(line).into_iter().map(|found| breach(format!("{name}:{}", index + 1), &found)));
        }
    }
    breaches.extend(same_numbers(root)?);
    Ok(breaches)
}

fn breach(place: String, name: &str) -> Breach {
    Breach::new(place, format!("{name}: name the table alone; the schema is chosen by search_path"))
}

fn looks_like_sql(text: &str) -> bool {
    let first: String = text.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    text.contains(' ') && BEGINNINGS.contains(&first.to_ascii_lowercase().as_str())
}

/// `schema.table` where a table's name stands.
fn qualified(sql: &str) -> Vec<String> {
    let words = words(sql);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let lower = word.to_ascii_lowercase();
        let (schema, table) = lower.split_once('.').unwrap_or((&lower, ""));
        let plain = |part: &str| part.trim_matches('"').chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if table.is_empty() || !plain(schema) || !plain(table) || SYSTEM.contains(&schema.trim_matches('"')) {
            continue;
        }
        let before = |back: usize| index.checked_sub(back).map(|at| words[at].to_ascii_lowercase()).unwrap_or_default();
        let a_table =
            BEFORE_TABLES.contains(&before(1).as_str()) && before(2) != "distinct" && !inside_function(&words[..index]);
        if a_table || schema.trim_matches('"') == "public" {
            found.push((*word).to_owned());
        }
    }
    found
}

/// Whether the nearest open bracket belongs to a function with a `from` of its own, as in `extract(year from a.b)`.
fn inside_function(before: &[&str]) -> bool {
    let mut depth = 0;
    for (index, word) in before.iter().enumerate().rev() {
        match *word {
            ")" => depth += 1,
            "(" if depth > 0 => depth -= 1,
            "(" => return index > 0 && FUNCTIONS.contains(&before[index - 1].to_ascii_lowercase().as_str()),
            _ => {}
        }
    }
    false
}

/// Words with their dots, brackets as words of their own; texts in quotes are left out.
fn words(sql: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (index, part) in sql.split('\'').enumerate() {
        if index % 2 == 1 {
            continue;
        }
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '$');
            let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
            let end = if end == 0 { first.len_utf8() } else { end };
            let (word, after) = rest.split_at(end);
            if !word.trim().is_empty() {
                words.push(word);
            }
            rest = after;
        }
    }
    words
}

/// One migrator runs them all, so their numbers differ across areas.
fn same_numbers(root: &Path) -> Result<Vec<Breach>> {
    let mut numbered: Vec<(String, String)> = Vec::new();
    for folder in db::migration_folders()? {
        for path in files::ending(&folder, ".sql")? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let number = name.split('_').next().unwrap_or_default().to_owned();
            numbered.push((number, files::shown(root, &path)));
        }
    }
    numbered.sort();
    let twice = numbered.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    Ok(twice.map(|pair| Breach::new(&pair[1].1, format!("{} has the same number: rename one", pair[0].1))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_before_a_table_is_found() {
        assert_eq!(qualified("select * from landlord.fact f join x.y on f.a = y.b"), ["landlord.fact", "x.y"]);
        assert_eq!(qualified("insert into public.fact (a) values (1)"), ["public.fact"]);
        assert_eq!(qualified("select public.lower(a)"), ["public.lower"]);
        for sound in [
            "select f.a from fact f where f.a is distinct from g.a and extract(year from f.day) = 1",
            "select extract(epoch from (a.x - b.y)) from fact a",
            "select 1 from pg_catalog.pg_class join information_schema.tables on true",
            "select substring(p.name from p.start) from place p order by p.name",
            "select 'from public.fact' from fact",
        ] {
            assert_eq!(qualified(sound), [""; 0], "{sound}");
        }
    }

    #[test]
    fn prose_is_not_sql() {
        assert!(looks_like_sql("  select a from b"));
        assert!(!looks_like_sql("Letters come from example.org"));
        assert!(!looks_like_sql("selected"));
    }
}
