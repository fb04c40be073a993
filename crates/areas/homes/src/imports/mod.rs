//! Homes and other places from a spreadsheet: checked and written as sets, idempotent by the source reference.

mod columns;
mod plan;

use crate::{
    EDIT, facts,
    places::{
        model::{Details, changes},
        store::{self, Stored},
    },
};
use async_trait::async_trait;
use plan::{Plan, Planned};
use rooftree_kernel::{Permission, PlaceId};
use rooftree_platform::{
    Ctx, Error, NewFact, Result,
    imports::{
        Column, ImportTarget, Outcome, SET_ROWS, StagedRow, foreign_references_as_keys,
        undo::{Before, Present, require_as_left},
    },
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Homes and other places.
pub struct Homes;

#[async_trait]
impl ImportTarget for Homes {
    fn key(&self) -> &'static str {
        "homes"
    }
    fn title(&self) -> &'static str {
        "Homes and other places"
    }
    fn permission(&self) -> Permission {
        EDIT
    }
    fn columns(&self) -> &'static [Column] {
        columns::COLUMNS
    }
    fn lines(&self) -> &'static [&'static str] {
        &["notes"]
    }

    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
        ctx.require(&EDIT)?;
        // Two imports at once would see neither each other's keys nor parents.
        sqlx::query!("select pg_advisory_xact_lock(hashtext('import homes'))").execute(ctx.conn()).await?;
        let rows = &foreign_references_as_keys(rows, &["H", "P"]);
        let keys = plan::keys(rows);
        let known = known(ctx, &keys).await?;
        let plan = Plan::make(rows, &known.places, &known.chains, &known.uprns, ctx.now.day());
        write(ctx, &plan).await?;
        plan.planned.into_iter().map(outcome).collect()
    }

    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()> {
        ctx.require(&EDIT)?;
        restore(ctx, updated).await?;
        remove(ctx, created).await
    }
}

/// What the database already holds of what the rows name.
#[derive(Default)]
struct Known {
    /// Places by any key or reference that a row names.
    places: Vec<Stored>,
    /// Each place above a known one, and what that lies in.
    chains: HashMap<PlaceId, Option<PlaceId>>,
    /// Who has which property number: id and reference.
    uprns: HashMap<String, (PlaceId, String)>,
}

async fn known(ctx: &mut Ctx, keys: &plan::Keys) -> Result<Known> {
    let mut known = Known::default();
    for part in keys.names.chunks(SET_ROWS) {
        let named = store::Keys { references: part, external_keys: part, ..Default::default() };
        known.places.extend(store::fetch(ctx.conn(), named).await?);
    }
    known.places.sort_unstable_by_key(|place| place.id);
    known.places.dedup_by_key(|place| place.id);
    let ids: Vec<PlaceId> = known.places.iter().map(|place| place.id).collect();
    for part in ids.chunks(SET_ROWS) {
        let rows = sqlx::query!(
            r#"with recursive tree as (
                   select id, parent_id, 0 as depth from place where id = any($1)
                   union
                   select p.id, p.parent_id, t.depth + 1 from place p join tree t on p.id = t.parent_id where t.depth < 8
               )
               select distinct id as "id!: PlaceId", parent_id as "parent_id: PlaceId" from tree"#,
            part as _
        )
        .fetch_all(ctx.conn())
        .await?;
        known.chains.extend(rows.into_iter().map(|row| (row.id, row.parent_id)));
    }
    for part in keys.uprns.chunks(SET_ROWS) {
        let rows = sqlx::query!(
            r#"select uprn as "uprn!", id as "id: PlaceId", reference from place where uprn = any($1) and removed_at is null"#,
            part
        )
        .fetch_all(ctx.conn())
        .await?;
        known.uprns.extend(rows.into_iter().map(|row| (row.uprn, (row.id, row.reference))));
    }
    Ok(known)
}

async fn write(ctx: &mut Ctx, plan: &Plan) -> Result<()> {
    let now = ctx.now;
    let created = plan.created_parents_first();
    for part in created.chunks(SET_ROWS) {
        let references = store::insert(ctx.conn(), part).await?;
        let fact = |((id, details), reference): (&(PlaceId, &Details), String)| -> NewFact {
            facts::PLACE_ADDED.at(now).home(*id).with("kind", &details.kind).with("reference", reference)
        };
        ctx.record_all(part.iter().zip(references).map(fact).collect()).await?;
    }
    let updated: Vec<(PlaceId, i32, &Details, &Details)> = plan.updated().collect();
    for part in updated.chunks(SET_ROWS) {
        let rows: Vec<(PlaceId, i32, &Details)> =
            part.iter().map(|(id, version, _, after)| (*id, *version, *after)).collect();
        let done = store::update(ctx.conn(), &rows).await?;
        if done != rows.len() as u64 {
            return Err(Error::conflict("Somebody changed one of these places while the import ran. Run it again."));
        }
        let fact = |(id, _, before, after): &(PlaceId, i32, &Details, &Details)| {
            facts::PLACE_CHANGED.at(now).home(*id).with("fields", changes(before, after))
        };
        ctx.record_all(part.iter().map(fact).collect()).await?;
    }
    Ok(())
}

fn outcome(planned: Planned) -> Result<Outcome> {
    Ok(match planned {
        Planned::Refused(errors) => Outcome::Refused(errors),
        Planned::Create { id, .. } => Outcome::Created(id.into()),
        Planned::Update { id, version, before, after } => {
            let before = Before { version, details: before, after: Some(after), added: Vec::new() };
            Outcome::Updated { id: id.into(), before: before.keep()? }
        }
        Planned::Unchanged(id) => Outcome::Unchanged(id.into()),
    })
}

async fn restore(ctx: &mut Ctx, updated: &[(Uuid, Value)]) -> Result<()> {
    let before = Before::<Details>::all(updated)?;
    let now = ctx.now;
    for part in before.chunks(SET_ROWS) {
        let ids: Vec<PlaceId> = part.iter().map(|row| PlaceId(row.0)).collect();
        let present = store::fetch_locked(ctx.conn(), &ids).await?;
        let present: HashMap<Uuid, Present<Details>> = present
            .into_iter()
            .map(|p| (p.id.0, Present { reference: p.reference, version: p.version, details: p.details }))
            .collect();
        require_as_left(part, &present)?;
        let rows: Vec<(PlaceId, i32, &Details)> =
            part.iter().map(|(id, before)| (PlaceId(*id), present[id].version, &before.details)).collect();
        store::update(ctx.conn(), &rows).await?;
        let fact = |(id, before): &(Uuid, Before<Details>)| {
            let fields = changes(&present[id].details, &before.details);
            facts::PLACE_CHANGED.at(now).home(PlaceId(*id)).with("fields", fields)
        };
        ctx.record_all(part.iter().map(fact).collect()).await?;
    }
    Ok(())
}

async fn remove(ctx: &mut Ctx, created: &[Uuid]) -> Result<()> {
    if created.is_empty() {
        return Ok(());
    }
    // Locked before anything is looked at: what somebody saves meanwhile is either seen here or refused there.
    sqlx::query!("select 1 as locked from place where id = any($1) order by id for update", created)
        .fetch_all(ctx.conn())
        .await?;
    // What people recorded since builds on them; what a job noted, or an import that was itself taken back, does not.
    let used = sqlx::query_scalar!(
        "with gone as (select unnest($1::uuid[]) as id)
         select p.reference from gone g join place p on p.id = g.id
         where exists (select 1 from fact f where f.home_id = p.id and f.name <> 'place.added' and f.channel <> 'job'
                         and not fact_was_taken_back(f.seq))
            or exists (select 1 from place c where c.parent_id = p.id and not exists (select 1 from gone o where o.id = c.id))
         order by p.reference limit 3",
        created
    )
    .fetch_all(ctx.conn())
    .await?;
    if !used.is_empty() {
        let which = used.join(", ");
        return Err(Error::conflict(format!(
            "Something was recorded about {which} after the import. Nothing was undone."
        )));
    }
    let now = ctx.now;
    for part in created.chunks(SET_ROWS) {
        let rows = sqlx::query!(r#"select id as "id: PlaceId", reference from place where id = any($1)"#, part)
            .fetch_all(ctx.conn())
            .await?;
        let fact = |row: &(PlaceId, String)| {
            facts::PLACE_REMOVED.at(now).home(row.0).with("reference", &row.1).with("reason", "import undone")
        };
        let rows: Vec<(PlaceId, String)> = rows.into_iter().map(|row| (row.id, row.reference)).collect();
        ctx.record_all(rows.iter().map(fact).collect()).await?;
    }
    let gone =
        sqlx::query!("delete from place where id = any($1)", created).execute(ctx.conn()).await.map_err(Error::from);
    match gone {
        Ok(_) => Ok(()),
        Err(Error::Database(sqlx::Error::Database(error))) if error.is_foreign_key_violation() => Err(Error::conflict(
            "People, repairs or alerts hang on some of these places. End those first; nothing was undone.",
        )),
        Err(other) => Err(other),
    }
}
