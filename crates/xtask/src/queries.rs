//! The cache of checked queries (`.sqlx`), from which a build without a database takes the types of each query.
//!
//! What the macros would write while compiling is made here without compiling: the queries are found in the source, each is described
//! by a freshly migrated PostgreSQL, and the description is put into the form that sqlx reads. That takes seconds, depends on nothing
//! but the source, the migrations and PostgreSQL, and finds a query that no longer holds with its file and line.

use crate::{
    db::{Scratch, root},
    files,
    rust::{self, Kind, Token},
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Postgres, SqlSafeStr};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The macros whose query is text in the source.
const MACROS: [&str; 6] =
    ["query", "query_as", "query_scalar", "query_unchecked", "query_as_unchecked", "query_scalar_unchecked"];
/// Macros that read the query from a file, which the house does not use.
const FILE_MACROS: [&str; 3] = ["query_file", "query_file_as", "query_file_scalar"];

/// An entry of the cache, in the order in which sqlx writes it.
#[derive(serde::Serialize)]
struct Entry {
    db_name: &'static str,
    query: String,
    describe: sqlx::Describe<Postgres>,
    hash: String,
}

/// A query as it stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Where: file and line.
    pub place: String,
    /// The SQL.
    pub sql: String,
}

/// The queries of one file.
pub fn find(name: &str, source: &str) -> Result<Vec<Query>> {
    let tokens = rust::code(source);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(word) = token.word() else { continue };
        if !tokens.get(index + 1).is_some_and(|next| next.is('!')) || !opens(tokens.get(index + 2)) {
            continue;
        }
        let place = format!("{name}:{}", token.line);
        if FILE_MACROS.contains(&word) {
            bail!("{place}: {word}! is not supported: write the query in the source");
        }
        if MACROS.contains(&word) {
            let inside = &tokens[index + 3..rust::after_group(&tokens, index + 2).saturating_sub(1)];
            let sql =
                sql(inside).with_context(|| format!("{place}: the query of {word}! must be a text in the source"))?;
            found.push(Query { place, sql });
        }
    }
    Ok(found)
}

fn opens(token: Option<&Token>) -> bool {
    token.is_some_and(|token| token.is('(') || token.is('[') || token.is('{'))
}

/// The first text among the macro's tokens, with those joined to it by `+`.
fn sql(inside: &[Token]) -> Option<String> {
    let first = inside.iter().position(|token| matches!(token.kind, Kind::Text(_)))?;
    let mut sql = String::new();
    let mut rest = &inside[first..];
    loop {
        let Kind::Text(text) = &rest.first()?.kind else { return None };
        sql.push_str(text);
        match rest.get(1) {
            Some(next) if next.is('+') => rest = &rest[2..],
            _ => return Some(sql),
        }
    }
}

/// Every query of the workspace.
fn all() -> Result<Vec<Query>> {
    let root = root();
    let mut queries = Vec::new();
    for file in files::rust(&root)? {
        let name = files::shown(&root, &file);
        // The chores' own tests hold queries as examples.
        if !name.starts_with("crates/xtask/") {
            queries.extend(find(&name, &std::fs::read_to_string(&file)?)?);
        }
    }
    Ok(queries)
}

/// What the cache should hold, by file name, and the queries that do not hold against the schema.
struct Described {
    entries: BTreeMap<String, String>,
    places: BTreeMap<String, Vec<String>>,
    refused: Vec<String>,
}

async fn describe(queries: Vec<Query>, url: &str) -> Result<Described> {
    let mut connection =
        PgConnection::connect(url).await.context("the database for checking queries does not answer")?;
    let mut described = Described { entries: BTreeMap::new(), places: BTreeMap::new(), refused: Vec::new() };
    for query in queries {
        let hash = hex::encode(Sha256::digest(query.sql.as_bytes()));
        let name = format!("query-{hash}.json");
        described.places.entry(name.clone()).or_default().push(query.place.clone());
        if described.entries.contains_key(&name) {
            continue;
        }
        match (&mut connection).describe(AssertSqlSafe(query.sql.clone()).into_sql_str()).await {
            Ok(describe) => {
                let entry = Entry { db_name: "PostgreSQL", query: query.sql, describe, hash };
                described.entries.insert(name, format!("{}\n", serde_json::to_string_pretty(&entry)?));
            }
            Err(error) => described.refused.push(format!("{}: {}", query.place, told(&error))),
        }
    }
    connection.close().await?;
    Ok(described)
}

fn told(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => refusal.message().to_owned(),
        other => other.to_string(),
    }
}

/// The entries on the disk, by file name.
fn stored(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut entries = BTreeMap::new();
    let Ok(listing) = std::fs::read_dir(folder) else { return Ok(entries) };
    for entry in listing {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") && name.ends_with(".json") {
            entries.insert(name, std::fs::read_to_string(entry.path())?);
        }
    }
    Ok(entries)
}

fn folder() -> PathBuf {
    root().join(".sqlx")
}

async fn described(database: Option<String>) -> Result<Described> {
    let queries = all()?;
    match database {
        Some(url) => describe(queries, &url).await,
        None => {
            let scratch = Scratch::start().await?;
            describe(queries, &scratch.url).await
        }
    }
}

/// Writes the cache: new and changed entries, and removes those that no query uses.
pub async fn prepare(database: Option<String>) -> Result<()> {
    let wanted = described(database).await?;
    refuse(&wanted.refused)?;
    let folder = folder();
    std::fs::create_dir_all(&folder)?;
    let present = stored(&folder)?;
    let (mut written, mut removed) = (0, 0);
    for (name, entry) in &wanted.entries {
        if present.get(name) != Some(entry) {
            std::fs::write(folder.join(name), entry)?;
            written += 1;
        }
    }
    for name in present.keys().filter(|name| !wanted.entries.contains_key(*name)) {
        std::fs::remove_file(folder.join(name))?;
        removed += 1;
    }
    println!("{} queries in .sqlx: {written} written, {removed} removed.", wanted.entries.len());
    Ok(())
}

/// Compares the cache with the source and the schema; fails naming each query that is not current.
pub async fn check(database: Option<String>) -> Result<()> {
    let wanted = described(database).await?;
    refuse(&wanted.refused)?;
    let problems = compare(&wanted.entries, &wanted.places, &stored(&folder())?);
    if problems.is_empty() {
        println!("{} checked queries: the cache is current.", wanted.entries.len());
        return Ok(());
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    bail!(
        "the cache of checked queries is not current in {} places: run cargo xtask prepare and commit .sqlx",
        problems.len()
    )
}

fn refuse(refused: &[String]) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    for problem in refused {
        eprintln!("{problem}");
    }
    bail!("{} queries do not hold against the migrations: correct the query or add a migration", refused.len())
}

fn compare(
    wanted: &BTreeMap<String, String>,
    places: &BTreeMap<String, Vec<String>>,
    present: &BTreeMap<String, String>,
) -> Vec<String> {
    let place = |name: &str| places.get(name).map(|places| places.join(", ")).unwrap_or_default();
    let mut problems = BTreeSet::new();
    for (name, entry) in wanted {
        match present.get(name) {
            None => problems.insert(format!("{}: the query has no entry in .sqlx", place(name))),
            Some(stored) if stored != entry => {
                problems.insert(format!("{}: {}", place(name), what_changed(stored, entry)))
            }
            Some(_) => false,
        };
    }
    for name in present.keys().filter(|name| !wanted.contains_key(*name)) {
        problems.insert(format!(".sqlx/{name}: no query in the source uses it"));
    }
    problems.into_iter().collect()
}

/// The part of the description that differs, in words.
fn what_changed(stored: &str, wanted: &str) -> String {
    let (Ok(stored), Ok(wanted)) = (serde_json::from_str::<Value>(stored), serde_json::from_str::<Value>(wanted))
    else {
        return "its entry in .sqlx cannot be read".to_owned();
    };
    for (part, what) in [("columns", "columns"), ("parameters", "parameters"), ("nullable", "columns that may be null")]
    {
        let (was, is) = (&stored["describe"][part], &wanted["describe"][part]);
        if was != is {
            return format!("the query's {what} were {was} and are now {is}");
        }
    }
    "its entry in .sqlx is written differently".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_found_where_the_macros_find_them() {
        let source = r##"
            // sqlx::query!("in a comment")
            fn a() {
                sqlx::query!("select 1 as \"n!\"", x);
                query_as!(Row::<A, B>, r#"select "a" "# + "from b", y, "not this");
                sqlx::query_scalar!(
                    "select c \
                     from d"
                );
                sqlx::query("not checked");
                let s = "query!(\"in a text\")";
            }
        "##;
        let found = find("f.rs", source).unwrap();
        let sql: Vec<&str> = found.iter().map(|query| query.sql.as_str()).collect();
        assert_eq!(sql, ["select 1 as \"n!\"", "select \"a\" from b", "select c from d"]);
        assert_eq!(found[1].place, "f.rs:5");
        assert!(find("f.rs", "query!(NAME)").unwrap_err().to_string().contains("f.rs:1"));
        assert!(find("f.rs", "query_file!(\"a.sql\")").is_err());
    }

    #[test]
    fn what_is_stale_is_named() {
        let entry =
            |columns: &str| format!(r#"{{"describe":{{"columns":["{columns}"],"parameters":{{}},"nullable":[]}}}}"#);
        let wanted =
            BTreeMap::from([("a".to_owned(), entry("x")), ("b".to_owned(), entry("y")), ("c".to_owned(), entry("z"))]);
        let places =
            BTreeMap::from([("a".to_owned(), vec!["a.rs:1".to_owned()]), ("b".to_owned(), vec!["b.rs:2".to_owned()])]);
        let present = BTreeMap::from([
            ("b".to_owned(), entry("old")),
            ("c".to_owned(), entry("z")),
            ("d".to_owned(), entry("w")),
        ]);
        let problems = compare(&wanted, &places, &present);
        assert_eq!(problems.len(), 3);
        assert!(problems[0].starts_with(".sqlx/d"));
        assert!(problems[1].starts_with("a.rs:1") && problems[1].contains("no entry"));
        assert!(problems[2].starts_with("b.rs:2") && problems[2].contains(r#"columns were ["old"] and are now ["y"]"#));
    }
}
