//! Writes: add a place, change a place. Pages and the API call these; the import writes sets of places with the same rules.

use super::{
    model::{Change, Details, changes},
    rules,
    store::{self, Stored},
};
use crate::{EDIT, facts};
use rooftree_kernel::{FieldErrors, PlaceId};
use rooftree_platform::{Ctx, Error, Result};

/// The tree is at most this deep.
pub const DEPTH_MAX: usize = 5;

/// What a form or the API says about a place.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The details; `parent_id` in them is ignored.
    pub details: Details,
    /// Reference of the place that it lies in; empty for none.
    pub parent: String,
}

/// Adds a place and returns its reference.
pub async fn add(ctx: &mut Ctx, input: Input) -> Result<String> {
    ctx.require(&EDIT)?;
    let details = checked(ctx, input, None).await?;
    let id = PlaceId::new();
    let reference = store::insert(ctx.conn(), &[(id, &details)]).await.map_err(named)?.remove(0);
    let now = ctx.now;
    ctx.record(facts::PLACE_ADDED.at(now).home(id).with("kind", &details.kind).with("reference", &reference)).await?;
    Ok(reference)
}

/// Changes a place that still has this version. Returns what changed; nothing is recorded when nothing did.
pub async fn change(ctx: &mut Ctx, reference: &str, version: i32, input: Input) -> Result<Vec<Change>> {
    ctx.require(&EDIT)?;
    let before = store::lock(ctx.conn(), reference).await?;
    if before.removed {
        return Err(Error::NotFound("the place"));
    }
    if before.version != version {
        return Err(Error::outrun("this place"));
    }
    let details = checked(ctx, input, Some(&before)).await?;
    let found = changes(&before.details, &details);
    if found.is_empty() {
        return Ok(found);
    }
    let done = store::update(ctx.conn(), &[(before.id, version, &details)]).await.map_err(named)?;
    if done == 0 {
        return Err(Error::outrun("this place"));
    }
    let now = ctx.now;
    ctx.record(facts::PLACE_CHANGED.at(now).home(before.id).with("fields", &found)).await?;
    Ok(found)
}

async fn checked(ctx: &mut Ctx, input: Input, before: Option<&Stored>) -> Result<Details> {
    let mut errors = FieldErrors::default();
    let mut details = input.details;
    rules::check(&details, ctx.now.day(), &mut errors);
    details.parent_id = parent(ctx, &input.parent, before, &mut errors).await?;
    if let (Some(uprn), true) = (&details.uprn, errors.get("uprn").is_none())
        && let Some(owner) = owner_of_uprn(ctx, uprn, before).await?
    {
        errors.add("uprn", format!("this UPRN belongs to {owner}: check both"));
    }
    Ok(errors.into_result(details)?)
}

async fn parent(
    ctx: &mut Ctx,
    reference: &str,
    before: Option<&Stored>,
    errors: &mut FieldErrors,
) -> Result<Option<PlaceId>> {
    if reference.trim().is_empty() {
        return Ok(None);
    }
    let found = match store::by_reference(ctx.conn(), reference).await {
        Ok(found) if !found.removed => found,
        Ok(_) | Err(Error::NotFound(_)) => {
            errors.add("parent", "there is no place with this reference: look it up in the list of blocks and estates");
            return Ok(None);
        }
        Err(other) => return Err(other),
    };
    let above = crate::public::place_and_above(ctx.conn(), found.id).await?;
    if before.is_some_and(|place| above.contains(&place.id)) {
        errors.add("parent", "a place cannot lie in itself or in what lies in it");
    } else if above.len() >= DEPTH_MAX {
        errors.add("parent", "the tree is at most five deep: choose a place further up");
    }
    Ok(Some(found.id))
}

async fn owner_of_uprn(ctx: &mut Ctx, uprn: &str, before: Option<&Stored>) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select reference from place where uprn = $1 and removed_at is null and id is distinct from $2",
        uprn,
        before.map(|place| place.id) as _
    )
    .fetch_optional(ctx.conn())
    .await?)
}

/// What the database refused, as an error of the field: somebody was quicker with the same number.
fn named(error: Error) -> Error {
    match error.constraint() {
        Some("place_uprn") => Error::field("uprn", "this UPRN was given to another place just now: check both"),
        Some("place_key_of_source") => {
            Error::field("external_ref", "this source reference belongs to another place of the same source")
        }
        _ => error,
    }
}
