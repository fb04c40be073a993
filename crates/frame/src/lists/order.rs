//! In which order a list stands, and the cursor that leads on from a row: it carries the row's own key values, so that nothing needs to be
//! looked up again, whatever became of the row.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rooftree_platform::{Error, Result};
use rooftree_ui::Query;
use sha2::{Digest, Sha256};
use sqlx::{Postgres, QueryBuilder};

/// One way to sort a list.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its word in the address: `ward`, or `-ward` the other way round.
    pub key: &'static str,
    /// The expressions that are compared, each with its type: `r.reported_at::timestamptz`. None may be null: write `coalesce`.
    keys: Vec<&'static str>,
    /// The word without a sign begins with the greatest: the newest, the dearest.
    greatest_first: bool,
}

impl Order {
    /// From the least up. Every expression ends with its type, such as `p.ward::text`, and none is ever null.
    pub fn up(key: &'static str, keys: &[&'static str]) -> Self {
        Self { key, keys: keys.to_vec(), greatest_first: false }
    }

    /// From the greatest down: the newest, the dearest first.
    pub fn down(key: &'static str, keys: &[&'static str]) -> Self {
        Self { greatest_first: true, ..Self::up(key, keys) }
    }

    pub(super) fn is_greatest_first(&self) -> bool {
        self.greatest_first
    }
}

/// The order that an address asks for.
#[derive(Clone, Copy, Debug)]
pub struct Sorted<'a> {
    order: &'a Order,
    /// The expression of a row's id, which settles ties.
    id: &'static str,
    /// Against the order's own direction: a minus sign stands before the word.
    turned: bool,
}

impl<'a> Sorted<'a> {
    /// Reads `sort`; `None` when it is no word of these.
    pub(super) fn read(orders: &'a [Order], id: &'static str, word: &str) -> Option<Self> {
        let (turned, key) = word.strip_prefix('-').map_or((false, word), |key| (true, key));
        let order = orders.iter().find(|order| order.key == key)?;
        Some(Self { order, id, turned })
    }

    /// The word as it stands in an address.
    pub fn word(&self) -> String {
        format!("{}{}", if self.turned { "-" } else { "" }, self.order.key)
    }

    fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.order.keys.iter().copied().chain([self.id])
    }

    /// Adds the key values to what is selected.
    pub(super) fn select(&self, sql: &mut QueryBuilder<Postgres>) {
        for (index, key) in self.keys().enumerate() {
            sql.push(format!("{}({key})::text as {}", if index == 0 { "" } else { ", " }, key_name(index)));
        }
    }

    /// Adds where the page begins, in which order it stands and where it ends. `back` reads towards the beginning.
    pub(super) fn page(&self, sql: &mut QueryBuilder<Postgres>, from: Option<&Cursor>, back: bool, limit: i64) {
        let keys: Vec<&str> = self.keys().collect();
        let down = (self.order.greatest_first != self.turned) != back;
        if let Some(cursor) = from {
            sql.push(format!(" and ({}) {} (", keys.join(", "), if down { "<" } else { ">" }));
            for (index, (value, key)) in cursor.keys.iter().zip(&keys).enumerate() {
                let kind = key.rsplit_once("::").map_or("text", |(_, kind)| kind);
                sql.push(if index == 0 { "" } else { ", " }).push_bind(value.clone()).push(format!("::text::{kind}"));
            }
            sql.push(")");
        }
        let direction = if down { " desc" } else { "" };
        let order: Vec<String> = keys.iter().map(|key| format!("{key}{direction}")).collect();
        sql.push(format!(" order by {} limit ", order.join(", "))).push_bind(limit);
    }
}

/// The name of a row's key value among its columns.
pub(super) fn key_name(index: usize) -> String {
    format!("list_key_{index}")
}

/// A place in a list: behind or before a row with these key values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The order in which it is a place.
    pub(super) sort: String,
    /// The values, the id last.
    pub keys: Vec<String>,
}

/// Bytes of the checksum that tells a damaged cursor.
const CHECK_BYTES: usize = 4;

impl Cursor {
    /// As it stands in an address: opaque, of letters, digits, `-` and `_`.
    pub fn encode(&self) -> String {
        let parts: Vec<&str> = [self.sort.as_str()].into_iter().chain(self.keys.iter().map(String::as_str)).collect();
        let text = serde_json::to_vec(&parts).unwrap_or_default();
        let mut bytes = Sha256::digest(&text)[..CHECK_BYTES].to_vec();
        bytes.extend(text);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// From an address; `None` when it is damaged or was never one.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (check, text) = bytes.split_at_checked(CHECK_BYTES)?;
        if Sha256::digest(text)[..CHECK_BYTES] != *check {
            return None;
        }
        let mut parts: Vec<String> = serde_json::from_slice(text).ok()?;
        let sort = (!parts.is_empty()).then(|| parts.remove(0))?;
        Some(Self { sort, keys: parts })
    }

    /// Whether it is a place in this order.
    pub(super) fn fits(&self, sorted: &Sorted<'_>) -> bool {
        self.sort == sorted.word() && self.keys.len() == sorted.keys().count()
    }
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From<'a> {
    /// At the beginning.
    Start,
    /// After this cursor.
    After(&'a str),
    /// Before this cursor.
    Before(&'a str),
}

impl<'a> From<'a> {
    /// `after` or `before` in the address.
    pub fn of(query: &'a Query) -> Self {
        let given = |name: &str| query.get(name).filter(|text| !text.is_empty());
        match (given("after"), given("before")) {
            (Some(after), _) => Self::After(after),
            (None, Some(before)) => Self::Before(before),
            (None, None) => Self::Start,
        }
    }

    /// The refusal of a cursor that leads nowhere.
    pub(super) fn refused(self) -> Error {
        let field = if matches!(self, Self::Before(_)) { "before" } else { "after" };
        Error::field(
            field,
            "send the `next` of the page before, unchanged, with the same order; or begin at the list's first page",
        )
    }

    /// A value of the right form that its type does not take, such as a date that is none: only a cursor made by hand holds one.
    pub(super) fn refuse_values<T>(self, read: Result<T>) -> Result<T> {
        read.map_err(|error| match &error {
            Error::Database(sqlx::Error::Database(detail))
                if self != Self::Start && detail.code().is_some_and(|code| code.starts_with("22")) =>
            {
                self.refused()
            }
            _ => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> Vec<Order> {
        vec![Order::up("ward", &["p.ward::text"]), Order::down("reported", &["r.reported_at::timestamptz"])]
    }

    #[test]
    fn a_cursor_comes_back_as_it_was_or_not_at_all() {
        let cursor = Cursor { sort: "-ward".into(), keys: vec!["Lye \"Valley\" é".into(), "0193".into()] };
        let text = cursor.encode();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
        assert_eq!(Cursor::decode(&text), Some(cursor));
        let mut damaged = text.clone();
        damaged.replace_range(9..10, if text.as_bytes()[9] == b'A' { "B" } else { "A" });
        for wrong in [damaged.as_str(), &text[..text.len() - 2], "rubbish", "H-10042", ""] {
            assert_eq!(Cursor::decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_page_begins_behind_the_values_of_the_cursor() {
        let orders = orders();
        let sorted = |word: &str| Sorted::read(&orders, "r.id::uuid", word).unwrap();
        let page = |word: &str, back| {
            let cursor = Cursor { sort: word.into(), keys: vec!["x".into(), "y".into()] };
            assert!(cursor.fits(&sorted(word)));
            let mut sql = QueryBuilder::new("");
            sorted(word).page(&mut sql, Some(&cursor), back, 50);
            sql.sql().as_str().to_owned()
        };
        assert_eq!(
            page("ward", false),
            " and (p.ward::text, r.id::uuid) > ($1::text::text, $2::text::uuid) order by p.ward::text, r.id::uuid limit $3"
        );
        assert!(page("ward", true).contains(") < (") && page("-ward", false).contains("p.ward::text desc"));
        assert!(page("reported", false).contains(") < ($1::text::timestamptz"));
        assert!(!page("-reported", false).contains("desc"));
        assert!(Sorted::read(&orders, "r.id::uuid", "drop").is_none());
        let other = Cursor { sort: "ward".into(), keys: vec!["x".into(), "y".into()] };
        assert!(!other.fits(&sorted("-ward")) && !other.fits(&sorted("reported")));
    }
}
