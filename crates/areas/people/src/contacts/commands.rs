//! Writes: log a contact.

use super::CHANNELS;
use crate::{EDIT, facts};
use rooftree_kernel::{FieldErrors, PersonId, id_type};
use rooftree_platform::{Ctx, Error, Result};

id_type!(
    /// A logged conversation.
    ContactId
);

/// A conversation.
#[derive(Clone, Debug)]
pub struct NewContact {
    /// phone, in-person, text, email, letter, web.
    pub channel: String,
    /// They came to us.
    pub inward: bool,
    /// What was said, in a sentence or two.
    pub summary: String,
}

/// Keeps a conversation with a person, about the home they live in now.
pub async fn log(ctx: &mut Ctx, person: PersonId, contact: NewContact) -> Result<ContactId> {
    ctx.require(&EDIT)?;
    let mut errors = FieldErrors::default();
    if !CHANNELS.iter().any(|channel| channel.0 == contact.channel) {
        errors.add("channel", "choose how you spoke");
    }
    let summary = contact.summary.trim();
    if summary.is_empty() || summary.chars().count() > 2000 {
        errors.add("summary", "say in 1 to 2,000 characters what was said");
    }
    errors.into_result(())?;
    let (id, now, by) = (ContactId::new(), ctx.now, ctx.actor.name.clone());
    let home = crate::public::home_of(ctx.conn(), person, now.day()).await?;
    let direction = if contact.inward { "in" } else { "out" };
    let known = sqlx::query!(
        "insert into contact (id, person_id, place_id, at, channel, direction, summary, by_name)
         select $1, id, $3, $4, $5, $6, $7, $8 from person where id = $2 and removed_at is null",
        id as _,
        person as _,
        home as _,
        now as _,
        contact.channel,
        direction,
        summary,
        by
    )
    .execute(ctx.conn())
    .await?;
    if known.rows_affected() == 0 {
        return Err(Error::NotFound("the person"));
    }
    let fact = facts::CONTACT_LOGGED.at(now).person(person).home(home).with("contact", id);
    ctx.record(fact.with("channel", contact.channel).with("direction", direction)).await?;
    Ok(id)
}
