//! How did we do: one short survey after each completed repair, through a link that only the resident has. The link's secret is kept as
//! its hash; the page behind it names nobody.
//!
//! Source: Local Offer 2014 ¶7: 25 % of responses; clean and tidy, identity and uniform, no personal calls, first visit.

use super::contradictions;
use crate::{
    facts,
    ids::RepairId,
    tell::{self, About},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rooftree_kernel::{Actor, Channel, Day, FieldErrors, Moment, PersonId, PlaceId};
use rooftree_platform::{
    Ctx, Error, Platform, Result,
    signin::{hash_secret, limits, new_secret},
};
use serde_json::json;
use uuid::Uuid;

/// The template that asks how it went.
pub(crate) const SURVEY: &str = "repairs.survey";

/// A survey can be answered for so many days.
pub const DAYS_MAX: i64 = 60;
/// Tries a minute with one link, and with links that nobody was sent.
const TRIES_PER_MINUTE_MAX: i32 = 20;
const UNKNOWN_PER_MINUTE_MAX: i32 = 120;
/// Letters and digits that nobody mistakes for each other: a link in a letter is typed by hand.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a link's secret (75 random bits), in three groups.
const SECRET_LENGTH: usize = 15;
/// Characters of a comment.
pub const COMMENT_MAX: usize = 1000;

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

/// Asks the reporter how it went. Without consent to surveys they are only told that we think it is done, and how to say that it is not.
pub async fn send(ctx: &mut Ctx, repair: RepairId) -> Result<()> {
    let about = tell::about(ctx, repair).await?;
    let Some(way) = tell::way(ctx, &about, SURVEY).await? else { return Ok(()) };
    if !consents(ctx, &about, way.channel, &way.address).await? {
        return is_it_done(ctx, &about).await;
    }
    let (id, secret, now) = (Uuid::now_v7(), fresh_secret()?, ctx.now);
    let sent = sqlx::query!(
        "insert into survey (id, repair_id, token_hash, sent_day) values ($1, $2, $3, $4) on conflict (repair_id) do nothing",
        id,
        repair as _,
        hash_secret(&secret),
        now.day() as _
    )
    .execute(ctx.conn())
    .await?;
    if sent.rows_affected() == 0 {
        return Ok(());
    }
    let link = format!("{}/survey/{secret}", ctx.platform().config().base_url);
    tell::tell_by(ctx, &about, SURVEY, way, vec![("link", link)], json!({})).await?;
    ctx.record(facts::SURVEY_SENT.at(now).case(repair).home(about.place).person(about.person).with("survey", id))
        .await?;
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

async fn is_it_done(ctx: &mut Ctx, about: &About) -> Result<()> {
    let summary = sqlx::query_scalar!("select completed_note from repair where id = $1", about.id as _)
        .fetch_one(ctx.conn())
        .await?;
    let summary = if summary.is_empty() { about.title.clone() } else { summary };
    // It only asks: whoever cannot be asked loses nothing, and may still say that it is not done.
    let _ = tell::tell(ctx, about, "repairs.completed", vec![("summary", summary)], json!({})).await?;
    Ok(())
}

/// What the page behind a link shows: the repair's title and day, and nothing about anybody.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The survey.
    pub id: Uuid,
    /// Its repair.
    pub repair: RepairId,
    /// What was repaired.
    pub title: String,
    /// When it was finished.
    pub completed_day: Option<Day>,
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
        r#"select s.id, s.repair_id as "repair: RepairId", s.sent_day, s.answered_day as "answered_day: Day", r.title,
                  r.completed_day as "completed_day: Day", r.place_id as "place: PlaceId", r.reporter_id as "person: PersonId"
           from survey s join repair r on r.id = s.repair_id where s.token_hash = $1"#,
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
        repair: row.repair,
        title: row.title,
        completed_day: row.completed_day,
        answered_day: row.answered_day,
        is_over: platform.now().day().days_since(row.sent_day) > DAYS_MAX,
        place: row.place,
        person: row.person,
    })
}

/// What the resident says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Satisfied, 1 to 5.
    pub score: Option<i32>,
    /// Is the work done?
    pub done: Option<bool>,
    /// Left clean and tidy.
    pub clean: Option<bool>,
    /// Showed a card and wore a uniform.
    pub identified: Option<bool>,
    /// Took no private calls.
    pub no_calls: Option<bool>,
    /// Was it done on the first visit?
    pub first_visit: Option<bool>,
    /// In their words.
    pub comment: String,
}

impl Answers {
    /// Refuses what is not an answer. Only two questions must be answered; the others may be left out.
    pub fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if !self.score.is_some_and(|score| (1..=5).contains(&score)) {
            errors.add("score", "Choose a number from 1 to 5");
        }
        if self.done.is_none() {
            errors.add("done", "Say whether the work is done");
        }
        if self.comment.chars().count() > COMMENT_MAX {
            errors.add("comment", format!("Use at most {COMMENT_MAX} characters"));
        }
        errors.into_result(())
    }
}

/// Whoever holds the link answers; the journal calls them the resident.
fn resident() -> Actor {
    Actor { name: "Resident".to_owned(), ..Actor::system(Channel::Web) }
}

/// Records the answers, once. ‘Not done’ becomes a contradiction: the completion stays as it was recorded, and somebody finds out which it is.
pub async fn answer(platform: &Platform, asked: &Asked, answers: &Answers) -> Result<()> {
    answers.check()?;
    if asked.is_over {
        return Err(Error::conflict("This survey has closed. Ring us if something is wrong with the repair."));
    }
    let mut ctx = platform.begin(&resident()).await?;
    let now: Moment = ctx.now;
    let saved = sqlx::query!(
        "update survey set answered_day = $2, score = $3, clean = $4, identified = $5, no_calls = $6, first_visit = $7, done = $8, comment = $9
         where id = $1 and answered_day is null",
        asked.id,
        now.day() as _,
        answers.score,
        answers.clean,
        answers.identified,
        answers.no_calls,
        answers.first_visit,
        answers.done,
        answers.comment.trim()
    )
    .execute(ctx.conn())
    .await?;
    if saved.rows_affected() == 0 {
        return Err(Error::conflict("This survey has been answered already. Thank you."));
    }
    let fact = facts::SURVEY_ANSWERED
        .at(now)
        .case(asked.repair)
        .home(asked.place)
        .person(asked.person)
        .with("survey", asked.id);
    ctx.record(
        fact.with("score", answers.score)
            .with("clean", answers.clean)
            .with("identified", answers.identified)
            .with("no_calls", answers.no_calls)
            .with("first_visit", answers.first_visit)
            .with("done", answers.done),
    )
    .await?;
    if answers.done == Some(false) {
        let said = if answers.comment.trim().is_empty() { "Not done (survey)" } else { answers.comment.trim() };
        contradictions::raise(&mut ctx, asked.repair, said, "survey").await?;
    }
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

    #[test]
    fn two_answers_are_needed_and_the_rest_is_free() {
        let good = Answers { score: Some(4), done: Some(true), ..Answers::default() };
        assert!(good.check().is_ok());
        for wrong in
            [Answers::default(), Answers { score: Some(0), ..good.clone() }, Answers { score: Some(6), ..good.clone() }]
        {
            assert!(wrong.check().unwrap_err().get("score").is_some());
        }
        assert!(Answers { done: None, ..good.clone() }.check().unwrap_err().get("done").is_some());
        assert!(Answers { comment: "x".repeat(COMMENT_MAX + 1), ..good }.check().unwrap_err().get("comment").is_some());
    }
}
