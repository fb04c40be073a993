//! The parts of a letter: what a template declares, and what a letter that is written has of it.

use super::{Medium, Template, filled};
use crate::{Result, letters::words};
use rooftree_kernel::Day;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::collections::BTreeMap;

/// A part of a template's words, from a day on. `crates/platform/LETTERS.md` says what each field means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What staff call it: `the last day`.
    pub name: String,
    /// Its words, written as [`crate::letters::words`] reads them.
    pub words: String,
    /// The same in plainer words, for readers who want a letter so.
    #[serde(default)]
    pub plain: Option<String>,
    /// A letter without it is not sent.
    #[serde(default)]
    pub required: bool,
    /// Where it is written that it must be there.
    #[serde(default)]
    pub source: Option<String>,
    /// Whoever writes may change it; any other part is locked.
    #[serde(default)]
    pub editable: bool,
    /// The first day on which letters have it in this form.
    #[serde(default, deserialize_with = "day")]
    pub from: Option<Day>,
}

/// A day as TOML writes it, without quotation marks.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    written.to_string().parse().map(Some).map_err(de::Error::custom)
}

/// A part of a letter that is written or being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenPart {
    /// As its template calls it.
    pub name: String,
    /// Its words, still with their blanks.
    pub words: String,
    /// The same in plainer words.
    pub plain: Option<String>,
    /// A letter without it is not sent.
    pub required: bool,
    /// May be changed while the letter is a draft.
    pub editable: bool,
}

impl WrittenPart {
    /// Its words, in plainer ones if it has them and these are wanted.
    pub fn words(&self, plain: bool) -> &str {
        self.plain.as_deref().filter(|_| plain).unwrap_or(&self.words)
    }
}

impl Template {
    /// The parts that a letter of this day has, in the order in which the file names them: of several with one name the latest that has
    /// begun. The body of a template that has no parts is one part, locked.
    pub fn parts_on(&self, day: Day) -> Vec<WrittenPart> {
        let mut found: Vec<&Part> = Vec::new();
        for part in self.parts.iter().filter(|part| part.from.is_none_or(|from| from <= day)) {
            match found.iter_mut().find(|earlier| earlier.name == part.name) {
                Some(earlier) if earlier.from <= part.from => *earlier = part,
                Some(_) => {}
                None => found.push(part),
            }
        }
        let written = |part: &Part| WrittenPart {
            name: part.name.clone(),
            words: part.words.trim().to_owned(),
            plain: part.plain.as_ref().map(|plain| plain.trim().to_owned()),
            required: part.required,
            editable: part.editable,
        };
        let whole = self.body.iter().map(|body| WrittenPart {
            name: "the letter".to_owned(),
            words: body.trim().to_owned(),
            plain: None,
            required: false,
            editable: false,
        });
        whole.chain(found.into_iter().map(written)).collect()
    }

    /// What an e-mail or a letter says on this day, with its blanks and the marks of headings.
    pub(super) fn words_on(&self, day: Day) -> Option<String> {
        let parts = self.parts_on(day);
        let words: Vec<&str> = parts.iter().map(|part| part.words.as_str()).collect();
        (!words.is_empty()).then(|| words.join("\n\n"))
    }

    /// All words of an e-mail or a letter in every form that they have or will have.
    pub(super) fn all_words(&self) -> String {
        let of_parts = self.parts.iter().flat_map(|part| [Some(part.words.as_str()), part.plain.as_deref()]).flatten();
        self.body.as_deref().into_iter().chain(of_parts).collect::<Vec<_>>().join(" ")
    }

    /// What is wrong with the parts, beside their blanks.
    pub(super) fn faults_of_parts(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let in_writing = self.channels.iter().any(|medium| *medium != Medium::Text);
        if in_writing != (self.body.is_some() || !self.parts.is_empty()) {
            faults.push("`body` is needed exactly when channels has email or letter".to_owned());
        }
        if self.body.is_some() && !self.parts.is_empty() {
            faults.push("a template has a `body` or parts, not both: move the body into a [[part]]".to_owned());
        }
        for (place, part) in self.parts.iter().enumerate() {
            let name = &part.name;
            if part.words.trim().is_empty() {
                faults.push(format!("the part ‘{name}’ has no words"));
            }
            if part.required && part.source.is_none() {
                faults.push(format!("the part ‘{name}’ is required: say in `source` where that is written"));
            }
            if self.parts[..place].iter().any(|other| other.name == *name && other.from == part.from) {
                faults.push(format!("the part ‘{name}’ is declared twice for one day: give the later a `from`"));
            }
        }
        faults
    }
}

/// What a letter of these parts lacks, by the names of the parts; it is not sent before it has them. `declared` are the parts that its template
/// has on the day of sending: one of them may have come into force since the letter was written.
pub fn missing(
    written: &[WrittenPart],
    declared: &[WrittenPart],
    plain: bool,
    values: &BTreeMap<String, String>,
) -> Vec<String> {
    let says_something = |part: &&WrittenPart| {
        let words = part.words(plain);
        let blank_left_open =
            super::blanks(words).iter().any(|blank| values.get(blank).is_none_or(|v| v.trim().is_empty()));
        !words.trim().is_empty() && !blank_left_open
    };
    let required = declared.iter().chain(written).filter(|part| part.required);
    let mut lacking: Vec<String> = required
        .filter(|part| !written.iter().filter(|one| one.name == part.name).any(|one| says_something(&one)))
        .map(|part| part.name.clone())
        .collect();
    lacking.sort();
    lacking.dedup();
    lacking
}

/// The words of a letter's parts as an e-mail has them, and as staff read them on the page.
pub fn plain_text(parts: &[WrittenPart], plain: bool, values: &BTreeMap<String, String>) -> Result<String> {
    let value = |blank: &str| values.get(blank).map(String::as_str);
    let texts: Vec<&str> = parts.iter().map(|part| part.words(plain)).filter(|words| !words.is_empty()).collect();
    Ok(filled(&words::plain(&texts.join("\n\n")), "the letter", value)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "2026-12-01";

    fn template(parts: &str) -> Result<Template, Vec<String>> {
        let head =
            "key = 't'\ntitle = 'T'\nchannels = ['letter']\nplaceholders = ['due']\nsample = { due = 'Monday' }\n";
        Template::load_all(&[("t.toml", &format!("{head}{parts}"))]).map(|mut all| all.remove("t").unwrap())
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    const PARTS: &str = "
        [[part]]\nname = 'greeting'\nwords = 'Dear you'\neditable = true
        [[part]]\nname = 'the last day'\nwords = 'By {due}.'\nplain = 'Do it by {due}.'\nrequired = true\nsource = 'reg. 5'
        [[part]]\nname = 'greeting'\nwords = 'Hello'\nfrom = 2027-01-01
        [[part]]\nname = 'new law'\nwords = 'Now also this.'\nfrom = 2027-01-01\nrequired = true\nsource = 'reg. 9'";

    #[test]
    fn a_letter_has_the_parts_of_its_day_in_their_order() {
        let template = template(PARTS).unwrap();
        let names = |on: &str| template.parts_on(day(on)).into_iter().map(|part| part.words).collect::<Vec<_>>();
        assert_eq!(names(DAY), ["Dear you", "By {due}."]);
        assert_eq!(names("2027-01-01"), ["Hello", "By {due}.", "Now also this."]);
    }

    #[test]
    fn a_letter_without_a_required_part_is_told_which_it_lacks() {
        let template = template(PARTS).unwrap();
        let parts = template.parts_on(day(DAY));
        let due = |due: &str| BTreeMap::from([("due".to_owned(), due.to_owned())]);
        assert!(missing(&parts, &parts, false, &due("Monday")).is_empty());
        assert_eq!(missing(&parts, &parts, false, &due(" ")), ["the last day"], "its blank is open");
        assert_eq!(missing(&parts[..1], &parts, false, &due("Monday")), ["the last day"], "it was left out");
        let emptied = WrittenPart { words: " ".into(), ..parts[1].clone() };
        assert_eq!(missing(&[emptied], &parts, false, &due("Monday")), ["the last day"], "it was emptied");
        let later = template.parts_on(day("2027-02-01"));
        assert_eq!(missing(&parts, &later, false, &due("Monday")), ["new law"], "it came into force since");
        assert_eq!(plain_text(&parts, true, &due("Monday")).unwrap(), "Dear you\n\nDo it by Monday.");
    }

    #[test]
    fn parts_that_do_not_hold_are_refused() {
        let refused = |parts: &str| template(parts).unwrap_err().join("; ");
        let twice = "[[part]]\nname = 'a'\nwords = '{due}'\n[[part]]\nname = 'a'\nwords = 'x'";
        assert!(refused(twice).contains("the part ‘a’ is declared twice for one day"));
        let unsourced = "[[part]]\nname = 'a'\nwords = '{due}'\nrequired = true";
        assert!(refused(unsourced).contains("say in `source` where that is written"));
        let both = "body = '{due}'\n[[part]]\nname = 'a'\nwords = 'x'";
        assert!(refused(both).contains("not both"));
        let unknown = "[[part]]\nname = 'a'\nwords = '{due}'\nplain = '{who}'";
        assert!(refused(unknown).contains("{who} is used but not in placeholders"));
    }
}
