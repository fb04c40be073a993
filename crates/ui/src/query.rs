//! The query part of an address: sort links, filter chips and page links change one name and keep the rest.

/// A path with its parameters, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    /// A path without parameters.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), pairs: Vec::new() }
    }

    /// A path and the raw query string of the request (`status=open&ward=Hinksey+Park`).
    pub fn parse(path: impl Into<String>, raw: &str) -> Self {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        };
        let raw = raw.trim_start_matches('?');
        Self { path: path.into(), pairs: raw.split('&').filter(|part| !part.is_empty()).map(pair).collect() }
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be given more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The parameters, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The path without parameters.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same with one parameter set, replacing any value it had.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.pairs.retain(|(found, _)| found != name);
        self.pairs.push((name.to_owned(), value.into()));
        self
    }

    /// The same without a parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.pairs.retain(|(found, _)| found != name);
        self
    }

    /// The same without one value of a parameter that has several.
    #[must_use]
    pub fn without_value(mut self, name: &str, value: &str) -> Self {
        self.pairs.retain(|(found, held)| found != name || held != value);
        self
    }

    /// The address to put into a link.
    pub fn href(&self) -> String {
        let mut out = self.path.clone();
        for (index, (name, value)) in self.pairs.iter().enumerate() {
            out.push(if index == 0 { '?' } else { '&' });
            encode(name, &mut out);
            out.push('=');
            encode(value, &mut out);
        }
        out
    }
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                }
            }
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |index: usize| tail.get(index).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &tail[2..];
                continue;
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(first),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_one_parameter_and_keeps_the_rest() {
        let query = Query::parse("/repairs", "ward=Hinksey+Park&status=open&status=booked&q=%C3%A9%26");
        assert_eq!(query.get("ward"), Some("Hinksey Park"));
        assert_eq!(query.get("q"), Some("é&"));
        assert_eq!(query.all("status").collect::<Vec<_>>(), ["open", "booked"]);
        assert_eq!(
            query.clone().without_value("status", "open").without("ward").with("page", "2").href(),
            "/repairs?status=booked&q=%C3%A9%26&page=2"
        );
        assert_eq!(query.with("ward", "Lye Valley").get("ward"), Some("Lye Valley"));
    }

    #[test]
    fn bad_escapes_are_kept_as_they_are() {
        assert_eq!(Query::parse("/", "q=100%&r=%zz&&s").href(), "/?q=100%25&r=%25zz&s=");
    }
}
