//! Asking, finding the survey behind a link, answering.

use super::questions::{Answers, QuestionSet};
use crate::{
    cases::{self, Case},
    facts,
    tell::{self, About},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rooftree_kernel::{Actor, CaseId, Channel, Day, Moment, PersonId, PlaceId};
use rooftree_platform::{
    Ctx, Error, Platform, Result,
    signin::{hash_secret, limits, new_secret},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A survey can be answered for so many days.
pub const DAYS_MAX: i64 = 60;
/// Tries a minute with one link, and with links that nobody was sent.
const TRIES_PER_MINUTE_MAX: i32 = 20;
const UNKNOWN_PER_MINUTE_MAX: i32 = 120;
/// Letters and digits that nobody mistakes for each other: a link in a letter is typed by hand.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a link's secret (75 random bits), in three groups.
const SECRET_LENGTH: usize = 15;

/// A fresh secret: `K7QM3-TXD9F-WPH2A`.
fn fresh_secret() -> Result<String> {
    let random = URL_SAFE_NO_PAD.decode(new_secret()).map_err(|error| Error::Internal(error.to_string()))?;
    let plain: Vec<u8> = random.iter().take(SECRET_LENGTH).map(|byte| ALPHABET[usize::from(byte % 32)]).collect();
    let groups: Vec<String> = plain.chunks(5).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(groups.join("-"))
}

/// A secret as it was made, from what somebody typed: in either case, without the hyphens, O for nought and I or L for one.
fn as_made(typed: &str) -> String {
    let plain: Vec<char> = typed
        .to_uppercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(2 * SECRET_LENGTH)
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    plain.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Asks how it went, by the set of the case's area. Without consent to surveys they are only told that we think it is done, and how to say that
/// it is not; `summary` says what was done.
pub async fn send(ctx: &mut Ctx, case: &Case, set: &QuestionSet, finished: Day, summary: &str) -> Result<()> {
    let about = tell::about(ctx, case).await?;
    let Some(way) = tell::way(ctx, &about, &set.letter).await? else { return Ok(()) };
    if !consents(ctx, &about, way.channel, &way.address).await? {
        // It only asks: whoever cannot be asked loses nothing, and may still say that it is not done.
        let summary = if summary.is_empty() { case.title.clone() } else { summary.to_owned() };
        let _ = tell::tell(ctx, &about, &set.without_consent, vec![("summary", summary)], json!({})).await?;
        return Ok(());
    }
    let (id, secret, now) = (Uuid::now_v7(), fresh_secret()?, ctx.now);
    let sent = sqlx::query!(
        "insert into survey (id, case_id, token_hash, sent_day, case_reference, title, place_id, person_id, finished_day, question_set)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (case_id) do nothing",
        id,
        case.id.0,
        hash_secret(&secret),
        now.day() as _,
        case.reference,
        case.title,
        case.place as _,
        case.person as _,
        finished as _,
        set.key
    )
    .execute(ctx.conn())
    .await?;
    if sent.rows_affected() == 0 {
        return Ok(());
    }
    let link = format!("{}/survey/{secret}", ctx.platform().config().base_url);
    tell::tell_by(ctx, &about, &set.letter, way, vec![("link", link)], json!({})).await?;
    let fact = facts::SURVEY_SENT.at(now).case(case.id).home(about.place).person(about.person);
    ctx.record(fact.with("survey", id)).await?;
    Ok(())
}

/// Whether the contact point that a survey would go to may be used for one. A letter to the home needs no contact point, but a person who
/// refused surveys at a postal address gets none by post.
async fn consents(ctx: &mut Ctx, about: &About, channel: &str, address: &str) -> Result<bool> {
    let kind = match channel {
        "text" => "phone",
        "email" => "email",
        _ => "post",
    };
    let normal = address.trim_start_matches('+').to_lowercase();
    let refused = sqlx::query_scalar!(
        r#"select exists (select from contact_point where person_id = $1 and kind = $2 and ended_at is null and not consent
                          and (kind = 'post' or normal = $3)) as "refused!""#,
        about.person as _,
        kind,
        normal
    )
    .fetch_one(ctx.conn())
    .await?;
    Ok(!refused)
}

/// What the page behind a link shows: the case's title and day, and nothing about anybody.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The survey.
    pub id: Uuid,
    /// Its case.
    pub case: CaseId,
    /// `R-104233`; the page does not show it.
    pub reference: String,
    /// What was done.
    pub title: String,
    /// When it was finished.
    pub finished_day: Option<Day>,
    /// When it was answered.
    pub answered_day: Option<Day>,
    /// The link is too old.
    pub is_over: bool,
    place: PlaceId,
    person: Option<PersonId>,
}

/// Finds the survey behind a link; guesses are counted and cut off.
pub async fn find(platform: &Platform, secret: &str) -> Result<Asked> {
    let hash = hash_secret(&as_made(secret));
    limits::count(
        platform,
        &format!("survey:{}", hex::encode(hash.get(..8).unwrap_or_default())),
        TRIES_PER_MINUTE_MAX,
    )
    .await?;
    let found = sqlx::query!(
        r#"select id, case_id, case_reference, sent_day, answered_day as "answered_day: Day", title, finished_day as "finished_day: Day",
                  place_id as "place: PlaceId", person_id as "person: PersonId"
           from survey where token_hash = $1"#,
        hash
    )
    .fetch_optional(platform.reads())
    .await?;
    let Some(row) = found else {
        limits::count(platform, "survey:unknown", UNKNOWN_PER_MINUTE_MAX).await?;
        return Err(Error::NotFound("this survey"));
    };
    Ok(Asked {
        id: row.id,
        case: CaseId(row.case_id),
        reference: row.case_reference,
        title: row.title,
        finished_day: row.finished_day,
        answered_day: row.answered_day,
        is_over: platform.now().day().days_since(row.sent_day) > DAYS_MAX,
        place: row.place,
        person: row.person,
    })
}

/// Whoever holds the link answers; the journal calls them the resident.
fn resident() -> Actor {
    Actor { name: "Resident".to_owned(), ..Actor::system(Channel::Web) }
}

/// Records the answers, once, and tells the area whose case it is.
pub async fn answer(platform: &Platform, asked: &Asked, answers: &Answers) -> Result<()> {
    let source = cases::of(platform.registry(), &asked.reference)?;
    source.questions().check(answers)?;
    if asked.is_over {
        return Err(Error::conflict(format!(
            "This survey has closed. Ring us if something is wrong with the {}.",
            source.names().one
        )));
    }
    let mut ctx = platform.begin(&resident()).await?;
    let now: Moment = ctx.now;
    let saved = sqlx::query!(
        "update survey set answered_day = $2, answers = $3, comment = $4 where id = $1 and answered_day is null",
        asked.id,
        now.day() as _,
        Value::Object(answers.given.clone()),
        answers.comment.trim()
    )
    .execute(ctx.conn())
    .await?;
    if saved.rows_affected() == 0 {
        return Err(Error::conflict("This survey has been answered already. Thank you."));
    }
    let mut fact =
        facts::SURVEY_ANSWERED.at(now).case(asked.case).home(asked.place).person(asked.person).with("survey", asked.id);
    let mut others = Map::new();
    for (key, value) in &answers.given {
        match facts::SURVEY_ANSWERED.fields.iter().find(|field| **field == key.as_str()) {
            Some(field) => fact = fact.with(field, value),
            None => drop(others.insert(key.clone(), value.clone())),
        }
    }
    ctx.record(if others.is_empty() { fact } else { fact.with("answers", others) }).await?;
    source.answered(&mut ctx, asked.case, answers).await?;
    ctx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_can_be_typed_by_hand() {
        let secret = fresh_secret().unwrap();
        assert_eq!(secret.len(), SECRET_LENGTH + 2);
        assert_eq!(as_made(&secret), secret);
        assert_eq!(as_made(&secret.to_lowercase().replace('-', " ")), secret);
        assert_eq!(as_made("K7QM3-TXD9F-WPH2A,"), "K7QM3-TXD9F-WPH2A");
        assert_eq!(as_made("oil00"), "01100");
        assert_ne!(fresh_secret().unwrap(), secret);
    }
}
