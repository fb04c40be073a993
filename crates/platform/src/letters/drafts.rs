//! Letters that are written by hand: a draft is begun, or made of a letter that was; changed where its template lets it be; looked at; and sent.

use super::written::{self, Written};
use crate::{
    Ctx, Error, FactKind, Result, boxed,
    messages::{self, NewMessage, WrittenPart},
};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Somebody began to write a letter.
pub const DRAFTED: FactKind = FactKind::new("letter.drafted", "Letter drafted", &["message", "template", "copy_of"]);
/// A draft was given to the post.
pub const APPROVED: FactKind =
    FactKind::new("letter.approved", "Letter read and given to the post", &["message", "template"]);

/// The longest words of one part, in characters.
pub const PART_CHARACTERS_MAX: usize = 5_000;

/// What somebody changes in a draft.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Words by the place of their part; those of locked parts are left as they are.
    pub words: BTreeMap<usize, String>,
    /// In type of 18 points.
    pub large_print: bool,
    /// In plainer words, where a part has them.
    pub plain_words: bool,
}

/// Begins a draft of a letter that somebody writes by hand.
#[boxed]
pub async fn begin(ctx: &mut Ctx, message: NewMessage<'_>) -> Result<Uuid> {
    let (template, case, home, person) = (message.template.to_owned(), message.case, message.home, message.person);
    let id = ctx.keep(message, "draft").await?;
    let mut fact = DRAFTED.at(ctx.now).with("message", id).with("template", template);
    fact.case = case;
    ctx.record(fact.home(home).person(person)).await?;
    Ok(id)
}

/// Begins a draft with the words of a letter that was written before: to send it in large print, say, or with another sentence.
#[boxed]
pub async fn again(ctx: &mut Ctx, of: &Written) -> Result<Uuid> {
    if of.parts.is_none() {
        return Err(Error::conflict(
            "This letter is from before letters had parts: it cannot be written again from here.",
        ));
    }
    let template = ctx.platform().rules().templates.get(&of.template);
    let now = ctx.now;
    // Today's words, with what whoever wrote it changed.
    let today = template.map(|template| template.parts_on(now.day())).unwrap_or_default();
    let parts: Vec<WrittenPart> = if today.is_empty() {
        of.parts()
    } else {
        let before = of.parts();
        let kept = |part: WrittenPart| {
            let own = before.iter().find(|old| part.editable && old.editable && old.name == part.name);
            own.cloned().unwrap_or(part)
        };
        today.into_iter().map(kept).collect()
    };
    let mut values = of.values();
    values.insert("date".to_owned(), now.day().long());
    let body = messages::plain_text(&parts, of.plain_words, &values)?;
    let id = Uuid::now_v7();
    sqlx::query!(
        "insert into message (id, channel, template, person_id, case_id, home_id, address, subject, body, status, fact_payload, created_at,
                              parts, blanks, large_print, plain_words, language)
         select $1, channel, template, person_id, case_id, home_id, address, subject, $3, 'draft', fact_payload, $4, $5, $6, large_print,
                plain_words, language
         from message where id = $2",
        id,
        of.id,
        body,
        now as _,
        json!(parts),
        json!(values)
    )
    .execute(ctx.conn())
    .await?;
    let mut fact = DRAFTED.at(now).with("message", id).with("template", &of.template).with("copy_of", of.id);
    fact.case = of.case();
    ctx.record(fact.home(of.home_id).person(of.person_id)).await?;
    Ok(id)
}

/// Keeps what was changed in a draft. A blank that nothing fills is refused by the part that it stands in.
#[boxed]
pub async fn change(ctx: &mut Ctx, id: Uuid, changes: &Changes) -> Result<()> {
    let mut draft = locked(ctx, id).await?;
    let values = draft.values();
    for (place, part) in draft.parts.iter_mut().flat_map(|parts| parts.0.iter_mut()).enumerate() {
        let Some(words) = changes.words.get(&place).filter(|_| part.editable) else { continue };
        let field = format!("part_{place}");
        let words = words.replace("\r\n", "\n");
        if words.chars().count() > PART_CHARACTERS_MAX {
            return Err(Error::field(field, format!("write at most {PART_CHARACTERS_MAX} characters")));
        }
        if let Some(blank) = messages::blanks(&words).iter().find(|blank| !values.contains_key(*blank)) {
            return Err(Error::field(field, format!("nothing fills {{{blank}}}: write the words themselves")));
        }
        if part.words != words {
            part.words = words.trim().to_owned();
            // What was written by hand has no plainer form than it has.
            part.plain = None;
        }
    }
    let body = messages::plain_text(&draft.parts(), changes.plain_words, &values)?;
    sqlx::query!(
        "update message set parts = $2, body = $3, large_print = $4, plain_words = $5 where id = $1",
        id,
        json!(draft.parts()),
        body,
        changes.large_print,
        changes.plain_words
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Gives a draft to the post. One that lacks a part that it must have stays a draft.
#[boxed]
pub async fn send(ctx: &mut Ctx, id: Uuid) -> Result<()> {
    let draft = locked(ctx, id).await?;
    let now = ctx.now;
    if let Some(lacks) = draft.lacks(&ctx.platform().clone(), now.day()) {
        return Err(Error::conflict(format!("It was not sent: {lacks}.")));
    }
    // A letter bears the day on which it goes.
    let mut values = draft.values();
    values.insert("date".to_owned(), now.day().long());
    let body = messages::plain_text(&draft.parts(), draft.plain_words, &values)?;
    sqlx::query!(
        "update message set status = 'waiting', blanks = $2, body = $3 where id = $1",
        id,
        json!(values),
        body
    )
    .execute(ctx.conn())
    .await?;
    ctx.enqueue("message", Some(&id.to_string()), json!({ "message": id }), now).await?;
    let mut fact = APPROVED.at(now).with("message", id).with("template", &draft.template);
    fact.case = draft.case();
    ctx.record(fact.home(draft.home_id).person(draft.person_id)).await?;
    Ok(())
}

/// Throws a draft away: it stays on record as withdrawn.
#[boxed]
pub async fn discard(ctx: &mut Ctx, id: Uuid) -> Result<()> {
    locked(ctx, id).await?;
    sqlx::query!(
        "update message set status = 'withdrawn', held_reason = 'the draft was thrown away' where id = $1",
        id
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// The draft, locked; a letter that is none any more is refused.
async fn locked(ctx: &mut Ctx, id: Uuid) -> Result<Written> {
    let status = sqlx::query_scalar!("select status from message where id = $1 and channel = 'letter' for update", id)
        .fetch_optional(ctx.conn())
        .await?
        .ok_or(Error::NotFound("the letter"))?;
    if status != "draft" {
        return Err(Error::conflict("This letter is no draft any more: somebody has sent it or thrown it away."));
    }
    written::find(ctx.conn(), id).await
}
