//! What is hashed of a fact. The text is ours, not PostgreSQL's, so that anybody can compute it again from the fact's values: the form
//! is described in `docs/journal-verification.md` and must not change without a new version name.

use crate::{Conn, Error, Result, boxed};
use rooftree_kernel::Moment;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use uuid::Uuid;

/// The first field of every leaf.
const VERSION: &str = "rooftree-fact-1";
/// Objects and lists in a payload may lie this deep within each other.
const DEPTH_MAX: usize = 64;

/// A SHA-256.
pub type Hash = [u8; 32];

/// A fact with all that is sealed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealableFact {
    /// Its number.
    pub seq: i64,
    /// When we learned of it.
    pub recorded_at: Moment,
    /// When it happened.
    pub occurred_at: Moment,
    /// Its kind.
    pub name: String,
    /// Who recorded it; `None` for the system.
    pub actor_id: Option<Uuid>,
    /// Their name then.
    pub actor_name: String,
    /// How it came.
    pub channel: String,
    /// The person spoken for.
    pub on_behalf_of: Option<Uuid>,
    /// The home.
    pub home_id: Option<Uuid>,
    /// The person.
    pub person_id: Option<Uuid>,
    /// The case.
    pub case_id: Option<Uuid>,
    /// The payload as JSON text, in whatever order and spacing.
    pub payload: String,
}

impl SealableFact {
    /// The hash that a seal keeps of this fact.
    pub fn leaf(&self) -> Result<Hash> {
        let id = |id: &Option<Uuid>| id.map(|id| id.to_string());
        let fields = [
            Some(VERSION.to_owned()),
            Some(self.seq.to_string()),
            Some(self.recorded_at.as_micros().to_string()),
            Some(self.occurred_at.as_micros().to_string()),
            Some(self.name.clone()),
            id(&self.actor_id),
            Some(self.actor_name.clone()),
            Some(self.channel.clone()),
            id(&self.on_behalf_of),
            id(&self.home_id),
            id(&self.person_id),
            id(&self.case_id),
            Some(canonical(&self.payload)?),
        ];
        let mut hasher = Sha256::new();
        for field in fields {
            match field {
                Some(text) => {
                    hasher.update(text.len().to_string());
                    hasher.update(b":");
                    hasher.update(text);
                }
                None => hasher.update(b"-"),
            }
        }
        Ok(hasher.finalize().into())
    }
}

/// The hash of a seal: of the one before, its own number (eight bytes, most significant first) and its leaves in order.
pub fn chain(previous: &Hash, number: i64, leaves: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(number.to_be_bytes());
    hasher.update(leaves);
    hasher.finalize().into()
}

/// Reads the facts with these numbers (sorted upwards). More than one may bear the same number when somebody slipped one in.
#[boxed]
pub async fn load(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<SealableFact>> {
    let (Some(first), Some(last)) = (seqs.first(), seqs.last()) else { return Ok(Vec::new()) };
    // Numbers that lie close together are read as one range of the index, which costs the same in every partition.
    let dense = last.saturating_sub(*first) < 2 * seqs.len() as i64;
    let some: &[i64] = if dense { &[] } else { seqs };
    let mut facts = if dense { load_range(conn, *first, *last).await? } else { load_some(conn, some).await? };
    if dense {
        let wanted: HashSet<i64> = seqs.iter().copied().collect();
        facts.retain(|fact| wanted.contains(&fact.seq));
    }
    Ok(facts)
}

async fn load_range(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<SealableFact>> {
    Ok(sqlx::query_as!(
        SealableFact,
        r#"select seq, recorded_at as "recorded_at: Moment", occurred_at as "occurred_at: Moment", name, actor_id, actor_name, channel,
                  on_behalf_of, home_id, person_id, case_id, payload::text as "payload!"
           from fact where seq between $1 and $2 order by seq, recorded_at"#,
        first,
        last
    )
    .fetch_all(conn)
    .await?)
}

async fn load_some(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<SealableFact>> {
    Ok(sqlx::query_as!(
        SealableFact,
        r#"select seq, recorded_at as "recorded_at: Moment", occurred_at as "occurred_at: Moment", name, actor_id, actor_name, channel,
                  on_behalf_of, home_id, person_id, case_id, payload::text as "payload!"
           from fact where seq = any($1) order by seq, recorded_at"#,
        seqs
    )
    .fetch_all(conn)
    .await?)
}

/// JSON without blanks, keys in order of their code points, strings escaped in the shortest way, numbers digit for digit as given.
pub fn canonical(json: &str) -> Result<String> {
    let mut reader = Reader { rest: json };
    let mut out = String::with_capacity(json.len());
    reader.value(&mut out, 0)?;
    reader.blank();
    if reader.rest.is_empty() { Ok(out) } else { Err(broken()) }
}

fn broken() -> Error {
    Error::Internal("a fact's payload is no JSON".to_owned())
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn eat(&mut self, mark: char) -> bool {
        self.blank();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn value(&mut self, out: &mut String, depth: usize) -> Result<()> {
        if depth > DEPTH_MAX {
            return Err(broken());
        }
        self.blank();
        match self.rest.bytes().next() {
            Some(b'{') => self.object(out, depth),
            Some(b'[') => self.list(out, depth),
            Some(b'"') => {
                out.push_str(&self.string()?);
                Ok(())
            }
            Some(_) => self.word(out),
            None => Err(broken()),
        }
    }

    fn object(&mut self, out: &mut String, depth: usize) -> Result<()> {
        self.eat('{');
        let mut members: Vec<(String, String)> = Vec::new();
        while !self.eat('}') {
            if !members.is_empty() && !self.eat(',') {
                return Err(broken());
            }
            self.blank();
            let raw = self.string()?;
            let key: String = serde_json::from_str(&raw).map_err(|_| broken())?;
            if !self.eat(':') {
                return Err(broken());
            }
            let mut value = String::new();
            self.value(&mut value, depth + 1)?;
            members.push((key, value));
        }
        members.sort();
        out.push('{');
        for (index, (key, value)) in members.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&quoted(key)?);
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
        Ok(())
    }

    fn list(&mut self, out: &mut String, depth: usize) -> Result<()> {
        self.eat('[');
        out.push('[');
        let mut first = true;
        while !self.eat(']') {
            if !first {
                if !self.eat(',') {
                    return Err(broken());
                }
                out.push(',');
            }
            first = false;
            self.value(out, depth + 1)?;
        }
        out.push(']');
        Ok(())
    }

    /// A string, escaped anew.
    fn string(&mut self) -> Result<String> {
        let mut escaped = false;
        let end = self.rest.bytes().enumerate().skip(1).find(|(_, byte)| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        });
        let (end, _) = end.filter(|_| self.rest.starts_with('"')).ok_or_else(broken)?;
        let text: String = serde_json::from_str(self.take(end + 1)).map_err(|_| broken())?;
        quoted(&text)
    }

    /// A number, `true`, `false` or `null`, as it stands.
    fn word(&mut self, out: &mut String) -> Result<()> {
        let end = self.rest.find([',', ']', '}', ' ', '\t', '\n', '\r', ':']).unwrap_or(self.rest.len());
        let word = self.take(end);
        serde_json::from_str::<serde_json::Value>(word).map_err(|_| broken())?;
        out.push_str(word);
        Ok(())
    }
}

fn quoted(text: &str) -> Result<String> {
    serde_json::to_string(text).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(payload: &str) -> SealableFact {
        SealableFact {
            seq: 7,
            recorded_at: Moment::from_micros(1_766_073_900_000_001),
            occurred_at: Moment::from_micros(1_766_073_900_000_000),
            name: "repair.reported".into(),
            actor_id: None,
            actor_name: "Zoë".into(),
            channel: "web".into(),
            on_behalf_of: None,
            home_id: Some(Uuid::from_u128(1)),
            person_id: None,
            case_id: None,
            payload: payload.into(),
        }
    }

    #[test]
    fn json_has_one_form() {
        for (given, expected) in [
            (r#"{"b": 1, "a": [true, null, "x"]}"#, r#"{"a":[true,null,"x"],"b":1}"#),
            (r#"{ "a" : { } , "Z":[ ] }"#, r#"{"Z":[],"a":{}}"#),
            // PostgreSQL keeps the digits of a number; so do we.
            (r#"[1.10, 100000000000000000000.5, -0, 1e3]"#, r#"[1.10,100000000000000000000.5,-0,1e3]"#),
            (r#""\u00e9\/\n\u0001 \"}\" ""#, "\"é/\\n\\u0001 \\\"}\\\" \""),
            (r#"{"\u00e9": 1, "z": 2}"#, r#"{"z":2,"é":1}"#),
        ] {
            assert_eq!(canonical(given).unwrap(), expected, "{given}");
        }
        for broken in ["", "{", "{\"a\"}", "[1,]", "[1 2]", "\"", "tru", "{} {}", "{,}"] {
            assert!(canonical(broken).is_err(), "{broken}");
        }
        assert!(canonical(&"[".repeat(100_000)).is_err(), "depth is limited before the stack is");
    }

    #[test]
    fn order_and_blanks_do_not_matter_but_every_value_does() {
        let leaf = fact(r#"{"a":1,"b":2}"#).leaf().unwrap();
        assert_eq!(leaf, fact(r#"{ "b": 2, "a": 1 }"#).leaf().unwrap());
        let mut others = vec![fact(r#"{"a":1,"b":3}"#)];
        for change in 0..7 {
            let mut other = fact(r#"{"a":1,"b":2}"#);
            match change {
                0 => other.seq = 8,
                1 => other.recorded_at = other.recorded_at.plus_seconds(1),
                2 => other.occurred_at = other.occurred_at.plus_seconds(1),
                3 => other.actor_name.push('x'),
                // The same bytes in another field are another fact.
                4 => (other.person_id, other.home_id) = (other.home_id, None),
                5 => (other.name, other.channel) = ("repair.reportedw".into(), "eb".into()),
                _ => other.actor_id = Some(Uuid::from_u128(2)),
            }
            others.push(other);
        }
        for other in others {
            assert_ne!(leaf, other.leaf().unwrap(), "{other:?}");
        }
    }

    /// The documented form, byte for byte.
    #[test]
    fn the_text_that_is_hashed_is_the_documented_one() {
        let text = "15:rooftree-fact-11:716:176607390000000116:176607390000000015:repair.reported-4:Zoë3:web-36:00000000-0000-0000-0000-000000000001--7:{\"a\":1}";
        assert_eq!(fact(r#"{"a": 1}"#).leaf().unwrap(), <Hash>::from(Sha256::digest(text.as_bytes())));
    }
}
