//! Texts that residents send back. ‘NOT DONE’ raises a contradiction about the repair that we last texted that number about.

use super::contradictions::{self, Raised};
use crate::{ids::RepairId, permissions};
use rooftree_kernel::text;
use rooftree_people::public::normal_phone;
use rooftree_platform::{Ctx, Error, Result};

/// A reply counts as one to a message of the last so many days.
const DAYS_MAX: i64 = 30;

/// What a reply says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The work is not done.
    NotDone,
    /// Anything else: people read it.
    Other,
}

/// Reads a reply: ‘NOT DONE’ in any case, with any punctuation, and nothing before it but a word or two.
pub fn read(text: &str) -> Reply {
    let words: Vec<String> = text
        .to_lowercase()
        .replace(['\'', '\u{2019}'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let is_not = |word: &str| matches!(word, "not" | "isnt" | "wasnt" | "hasnt" | "never");
    let is_done = |word: &str| matches!(word, "done" | "finished" | "fixed" | "complete" | "completed" | "repaired");
    let found = words.iter().enumerate().any(|(index, word)| {
        // ‘not been done’, ‘never properly fixed’: at most two words between.
        is_not(word) && words.iter().skip(index + 1).take(3).any(|next| is_done(next))
    });
    if found { Reply::NotDone } else { Reply::Other }
}

/// What became of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A contradiction was raised.
    Raised,
    /// One was open already.
    Already,
    /// It says something else; it is not for this program to guess.
    NotUnderstood,
    /// We have not texted this number about a finished repair lately.
    Unknown,
}

/// As much of a text as is kept, and that there was more. Who sent it cannot be asked to write less.
fn kept(text: &str) -> String {
    let text = text::clean(text);
    let characters = text.chars().count();
    if characters <= contradictions::WORDS_MAX {
        return text.into_owned();
    }
    let cut = format!(" … (the text goes on: {characters} characters)");
    let first: String = text.chars().take(contradictions::WORDS_MAX - cut.chars().count()).collect();
    first + &cut
}

/// Takes in a text from a number. Whoever calls (the text service's own token) may log repairs.
pub async fn received(ctx: &mut Ctx, from: &str, text: &str) -> Result<Received> {
    ctx.require(&permissions::REPORT)?;
    let Some(number) = normal_phone(from) else {
        return Err(Error::field("from", "send the sender's number, like +447700900123"));
    };
    let text = &kept(text);
    if read(text) != Reply::NotDone {
        return Ok(Received::NotUnderstood);
    }
    let since = ctx.now.plus_seconds(-DAYS_MAX * 86_400);
    let repair = sqlx::query_scalar!(
        r#"select r.id as "id: RepairId" from message m join repair r on r.id = m.case_id
           where m.channel = 'text' and m.address = '+' || $1 and m.created_at > $2 and m.template in ('repairs.survey', 'repairs.completed')
             and r.status = 'completed'
           order by m.created_at desc limit 1"#,
        number,
        since as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    let Some(repair) = repair else { return Ok(Received::Unknown) };
    Ok(match contradictions::raise(ctx, repair, text, "text").await? {
        Raised::Now(_) => Received::Raised,
        Raised::Already(_) => Received::Already,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_is_kept_and_says_where_it_was_cut() {
        assert_eq!(kept("NOT DONE\u{200b}"), "NOT DONE");
        let long = kept(&format!("NOT DONE {}", "x".repeat(5000)));
        assert_eq!(long.chars().count(), contradictions::WORDS_MAX);
        assert!(read(&long) == Reply::NotDone && long.contains("5009 characters"), "{long}");
    }

    #[test]
    fn not_done_is_understood_however_it_is_typed() {
        for text in [
            "NOT DONE",
            "not done",
            "Not done!!",
            "  NOT  DONE. Still drips",
            "It's not done",
            "isn't fixed",
            "It wasn’t finished",
            "not been done",
        ] {
            assert_eq!(read(text), Reply::NotDone, "{text}");
        }
        for text in [
            "",
            "Done",
            "thanks, all done",
            "not sure what you mean",
            "no",
            "NOTDONE?x",
            "Not happy but it is, I must say, done",
        ] {
            assert_eq!(read(text), Reply::Other, "{text}");
        }
    }
}
