//! Writes: add an alert, end an alert.

use crate::{ALERTS, facts, places::store, public::AlertId};
use rooftree_kernel::{Day, FieldErrors, PlaceId};
use rooftree_platform::{Ctx, Error, Result};

/// A new alert.
#[derive(Clone, Debug)]
pub struct NewAlert {
    /// One of [`super::KINDS`].
    pub kind: String,
    /// What it is, in a few words.
    pub title: String,
    /// Where, and what to do.
    pub detail: String,
    /// Since when.
    pub from_day: Day,
    /// Until when, if that is known.
    pub until_day: Option<Day>,
}

/// Puts an alert on a place.
pub async fn add(ctx: &mut Ctx, reference: &str, alert: NewAlert) -> Result<AlertId> {
    ctx.require(&ALERTS)?;
    let place = store::by_reference(ctx.conn(), reference).await?;
    check(&alert)?;
    let (id, now, by) = (AlertId::new(), ctx.now, ctx.actor.name.clone());
    sqlx::query!(
        "insert into place_alert (id, place_id, kind, title, detail, from_day, until_day, added_by) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id as _,
        place.id as _,
        alert.kind,
        alert.title,
        alert.detail,
        alert.from_day as _,
        alert.until_day as _,
        by
    )
    .execute(ctx.conn())
    .await?;
    let fact =
        facts::ALERT_ADDED.at(now).home(place.id).with("alert", id).with("kind", alert.kind).with("title", alert.title);
    ctx.record(fact).await?;
    Ok(id)
}

fn check(alert: &NewAlert) -> Result<()> {
    let mut errors = FieldErrors::default();
    if !super::KINDS.iter().any(|kind| kind.0 == alert.kind) {
        errors.add("kind", "choose what kind of alert it is");
    }
    if alert.title.trim().is_empty() || alert.title.chars().count() > 120 {
        errors.add("title", "say in 1 to 120 characters what it is");
    }
    if alert.detail.chars().count() > 1000 {
        errors.add("detail", "use at most 1,000 characters");
    }
    if alert.until_day.is_some_and(|until| until < alert.from_day) {
        errors.add("until_day", "the last day must not be before the first");
    }
    Ok(errors.into_result(())?)
}

/// Ends an alert and says why. Ended twice is refused.
pub async fn end(ctx: &mut Ctx, alert: AlertId, reason: &str) -> Result<()> {
    ctx.require(&ALERTS)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 300 {
        return Err(Error::field("reason", "say in 1 to 300 characters why it no longer holds"));
    }
    let now = ctx.now;
    let ended = sqlx::query!(
        r#"update place_alert set ended_at = $2 where id = $1 and ended_at is null
           returning place_id as "place_id: PlaceId", kind, title"#,
        alert as _,
        now as _
    )
    .fetch_optional(ctx.conn())
    .await?;
    let Some(ended) = ended else {
        return Err(Error::conflict("This alert has already been ended, or never was. Reload the page."));
    };
    let fact = facts::ALERT_ENDED.at(now).home(ended.place_id).with("alert", alert).with("kind", ended.kind);
    ctx.record(fact.with("title", ended.title).with("reason", reason)).await?;
    Ok(())
}
