//! The import of tenancies.

use super::tenancies_plan::{self, Known, Member, Planned, Stored, Terms};
use crate::{EDIT, facts};
use async_trait::async_trait;
use rooftree_kernel::{Day, Permission, PersonId, PlaceId, TenancyId, text::key_form};
use rooftree_platform::{
    Ctx, Error, NewFact, Result,
    imports::{
        Column, ImportTarget, Outcome, SET_ROWS, StagedRow, distinct,
        undo::{Before, Present, require_as_left},
    },
};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// Tenancies and leases with their people.
pub struct Tenancies;

const COLUMNS: &[Column] = &[
    Column::new(
        "external_ref",
        "Source reference",
        "TEN-000789",
        &["external key", "tenancy reference", "tenancy ref", "tenancy id", "reference", "key"],
    )
    .required(),
    Column::new("external_source", "Source", "Capita", &["source system"]),
    Column::new(
        "home",
        "Home",
        "PROP-000123",
        &["property reference", "property ref", "uprn", "home reference", "property"],
    )
    .required(),
    Column::new("kind", "Kind", "secure", &["type", "tenancy type"]).required(),
    Column::new(
        "start_day",
        "First day",
        "02/03/2026",
        &["start", "start date", "tenancy start date", "commencement date"],
    )
    .required(),
    Column::new("end_day", "Last day", "01/03/2027", &["end", "end date", "tenancy end date", "termination date"]),
    Column::new("end_reason", "Why it ended", "Notice by the tenant", &["termination reason", "end reason"]),
    Column::new("trial_end_day", "Trial ends", "01/03/2027", &["introductory end date", "probation end"]),
    Column::new(
        "tenants",
        "Held by",
        "PER-000456; PER-000457",
        &["tenant", "tenant ref", "person reference", "tenants", "leaseholder"],
    )
    .required(),
    Column::new("household", "Household", "PER-000458", &["household members", "occupants"]),
];

#[async_trait]
impl ImportTarget for Tenancies {
    fn key(&self) -> &'static str {
        "tenancies"
    }
    fn title(&self) -> &'static str {
        "Tenancies and leases"
    }
    fn permission(&self) -> Permission {
        EDIT
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn lines(&self) -> &'static [&'static str] {
        &["tenants", "household"]
    }

    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
        ctx.require(&EDIT)?;
        sqlx::query!("select pg_advisory_xact_lock(hashtext('import tenancies'))").execute(ctx.conn()).await?;
        let known = known(ctx, rows).await?;
        let planned = tenancies_plan::make(rows, &known);
        write(ctx, &planned).await?;
        planned.into_iter().map(outcome).collect()
    }

    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()> {
        ctx.require(&EDIT)?;
        restore(ctx, updated).await?;
        remove(ctx, created).await
    }
}

async fn known(ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Known> {
    let mut known = Known::default();
    let homes = distinct(rows.iter().filter_map(|row| row.cell("home")).map(key_form).collect());
    known.places = rooftree_homes::public::places_by_any_key(ctx.conn(), &homes).await?;
    let people =
        |row: &StagedRow| row.several("tenants").chain(row.several("household")).map(key_form).collect::<Vec<_>>();
    let people = distinct(rows.iter().flat_map(people).collect());
    known.people = crate::public::people_by_any_key(ctx.conn(), &people).await?;
    let keys = distinct(rows.iter().filter_map(|row| row.cell("external_ref").map(key_form)).collect());
    let mut places: Vec<PlaceId> = rows
        .iter()
        .filter_map(|row| known.places.find(row.source_of_key(), row.cell("home")?).ok().flatten())
        .collect();
    places.sort_unstable();
    places.dedup();
    known.tenancies = stored(ctx, &keys, &places).await?;
    Ok(known)
}

async fn stored(ctx: &mut Ctx, keys: &[String], places: &[PlaceId]) -> Result<Vec<Stored>> {
    let rows = sqlx::query!(
        r#"select t.id as "id: TenancyId", t.reference, t.external_source, t.external_ref, t.place_id as "place_id: PlaceId", t.version, t.kind, t.start_day,
                  t.end_day, t.trial_end_day, t.end_reason,
                  array(select m.person_id from tenancy_person m where m.tenancy_id = t.id) as "members!: Vec<PersonId>"
           from tenancy t where key_form(t.external_ref) = any($1) or t.place_id = any($2)"#,
        keys,
        places as _
    )
    .fetch_all(ctx.conn())
    .await?;
    let stored = rows.into_iter().map(|row| Stored {
        id: row.id,
        reference: row.reference,
        external_source: row.external_source,
        external_ref: row.external_ref,
        place: row.place_id,
        version: row.version,
        terms: Terms {
            kind: row.kind,
            start_day: row.start_day,
            end_day: row.end_day,
            trial_end_day: row.trial_end_day,
            end_reason: row.end_reason,
        },
        members: row.members,
    });
    Ok(stored.collect())
}

async fn write(ctx: &mut Ctx, planned: &[Planned]) -> Result<()> {
    let (mut created, mut updated, mut joined) = (Vec::new(), Vec::new(), Vec::new());
    let (mut starts, mut changes) = (Vec::new(), Vec::new());
    let now = ctx.now;
    for row in planned {
        match row {
            Planned::Create { id, external_ref, external_source, place, terms, members } => {
                created.push(json!({ "id": id, "external_ref": external_ref, "external_source": external_source, "place_id": place, "terms": terms }));
                joined.extend(members.iter().map(|member| membership(*id, member, terms.start_day)));
                starts.push((*id, start_facts(now, *id, *place, terms, members)));
            }
            Planned::Update { id, place, version, before, after, members } => {
                updated.push(json!({ "id": id, "version": version, "terms": after }));
                joined.extend(members.iter().map(|member| membership(*id, member, after.start_day)));
                changes.push(change_fact(now, *id, *place, before, after, members));
            }
            Planned::Refused(_) | Planned::Unchanged(_) => {}
        }
    }
    insert(ctx, &created).await?;
    if update(ctx, &updated).await? != updated.len() as u64 {
        return Err(Error::conflict("Somebody changed one of these tenancies while the import ran. Run it again."));
    }
    join(ctx, &joined).await?;
    ctx.record_all(starts.into_iter().flat_map(|(_, facts)| facts).chain(changes).collect()).await?;
    Ok(())
}

fn membership(tenancy: TenancyId, member: &Member, from: Day) -> Value {
    json!({ "tenancy_id": tenancy, "person_id": member.person, "role": member.role, "from_day": from })
}

/// A tenancy that ran long ago is learned of now: the fact happened on its first day.
fn start_facts(
    now: rooftree_kernel::Moment,
    id: TenancyId,
    place: PlaceId,
    terms: &Terms,
    members: &[Member],
) -> Vec<NewFact> {
    let at = |day: Day| day.start().min(now);
    let holder = members.first().map(|member| member.person);
    let mut told = vec![
        facts::TENANCY_STARTED
            .at(at(terms.start_day))
            .home(place)
            .person(holder)
            .with("tenancy", id)
            .with("kind", &terms.kind)
            .with("start_day", terms.start_day)
            .with("trial_end_day", terms.trial_end_day),
    ];
    if let Some(end) = terms.end_day {
        let ended =
            facts::TENANCY_ENDED.at(at(end)).home(place).person(holder).with("tenancy", id).with("kind", &terms.kind);
        told.push(
            ended.with("end_day", end).with("reason", Some(&terms.end_reason).filter(|reason| !reason.is_empty())),
        );
    }
    told
}

fn change_fact(
    now: rooftree_kernel::Moment,
    id: TenancyId,
    place: PlaceId,
    before: &Terms,
    after: &Terms,
    members: &[Member],
) -> NewFact {
    let mut fields = Vec::new();
    for (differs, name) in [
        (before.kind != after.kind, "Kind"),
        (before.start_day != after.start_day, "First day"),
        (before.end_day != after.end_day, "Last day"),
        (before.trial_end_day != after.trial_end_day, "Trial ends"),
        (before.end_reason != after.end_reason, "Why it ended"),
        (!members.is_empty(), "Household"),
    ] {
        if differs {
            fields.push(name);
        }
    }
    facts::TENANCY_CHANGED.at(now).home(place).with("tenancy", id).with("fields", fields)
}

async fn insert(ctx: &mut Ctx, rows: &[Value]) -> Result<()> {
    for part in rows.chunks(SET_ROWS) {
        sqlx::query!(
            "insert into tenancy (id, reference, external_ref, external_source, place_id, kind, start_day, end_day, trial_end_day, end_reason)
             select n.id, 'T-' || nextval('tenancy_ref_seq'), n.external_ref, n.external_source, n.place_id, n.terms ->> 'kind', (n.terms ->> 'start_day')::date,
                    (n.terms ->> 'end_day')::date, (n.terms ->> 'trial_end_day')::date, n.terms ->> 'end_reason'
             from jsonb_to_recordset($1) as n(id uuid, external_ref text, external_source text, place_id uuid, terms jsonb)",
            Value::Array(part.to_vec())
        )
        .execute(ctx.conn())
        .await?;
    }
    Ok(())
}

async fn update(ctx: &mut Ctx, rows: &[Value]) -> Result<u64> {
    let mut done = 0;
    for part in rows.chunks(SET_ROWS) {
        done += sqlx::query!(
            "update tenancy t set kind = n.terms ->> 'kind', start_day = (n.terms ->> 'start_day')::date, end_day = (n.terms ->> 'end_day')::date,
                    trial_end_day = (n.terms ->> 'trial_end_day')::date, end_reason = n.terms ->> 'end_reason', version = t.version + 1
             from jsonb_to_recordset($1) as n(id uuid, version integer, terms jsonb)
             where t.id = n.id and t.version = n.version",
            Value::Array(part.to_vec())
        )
        .execute(ctx.conn())
        .await?
        .rows_affected();
    }
    Ok(done)
}

async fn join(ctx: &mut Ctx, rows: &[Value]) -> Result<()> {
    for part in rows.chunks(SET_ROWS) {
        sqlx::query!(
            "insert into tenancy_person (tenancy_id, person_id, role, from_day)
             select m.tenancy_id, m.person_id, m.role, m.from_day
             from jsonb_to_recordset($1) as m(tenancy_id uuid, person_id uuid, role text, from_day date)",
            Value::Array(part.to_vec())
        )
        .execute(ctx.conn())
        .await?;
    }
    Ok(())
}

fn outcome(planned: Planned) -> Result<Outcome> {
    Ok(match planned {
        Planned::Refused(errors) => Outcome::Refused(errors),
        Planned::Create { id, .. } => Outcome::Created(id.into()),
        Planned::Update { id, version, before, after, members, .. } => {
            let added = members.into_iter().map(|member| member.person.0).collect();
            let before = Before { version, details: before, after: Some(after), added };
            Outcome::Updated { id: id.into(), before: before.keep()? }
        }
        Planned::Unchanged(id) => Outcome::Unchanged(id.into()),
    })
}

async fn restore(ctx: &mut Ctx, updated: &[(Uuid, Value)]) -> Result<()> {
    let before = Before::<Terms>::all(updated)?;
    let ids: Vec<Uuid> = before.iter().map(|row| row.0).collect();
    let present = present(ctx, &ids).await?;
    require_as_left(&before, &present)?;
    let (mut rows, mut added) = (Vec::new(), Vec::new());
    for (id, before) in &before {
        rows.push(json!({ "id": id, "version": present[id].version, "terms": before.details }));
        added.extend(before.added.iter().map(|person| json!({ "tenancy_id": id, "person_id": person })));
    }
    update(ctx, &rows).await?;
    for part in added.chunks(SET_ROWS) {
        sqlx::query!(
            "delete from tenancy_person t using jsonb_to_recordset($1) as m(tenancy_id uuid, person_id uuid)
             where t.tenancy_id = m.tenancy_id and t.person_id = m.person_id",
            Value::Array(part.to_vec())
        )
        .execute(ctx.conn())
        .await?;
    }
    let now = ctx.now;
    let homes = homes(ctx, &ids).await?;
    let fact = |(id, place): (TenancyId, PlaceId)| {
        facts::TENANCY_CHANGED.at(now).home(place).with("tenancy", id).with("fields", ["Import undone"])
    };
    ctx.record_all(homes.into_iter().map(fact).collect()).await?;
    Ok(())
}

/// These tenancies as they stand, locked until the end of the unit of work.
async fn present(ctx: &mut Ctx, ids: &[Uuid]) -> Result<HashMap<Uuid, Present<Terms>>> {
    let rows = sqlx::query!(
        r#"select id, reference, version, kind, start_day as "start_day: Day", end_day as "end_day: Day",
                  trial_end_day as "trial_end_day: Day", end_reason from tenancy where id = any($1) order by id for update"#,
        ids
    )
    .fetch_all(ctx.conn())
    .await?;
    let present = rows.into_iter().map(|row| {
        let details = Terms {
            kind: row.kind,
            start_day: row.start_day,
            end_day: row.end_day,
            trial_end_day: row.trial_end_day,
            end_reason: row.end_reason,
        };
        (row.id, Present { reference: row.reference, version: row.version, details })
    });
    Ok(present.collect())
}

async fn homes(ctx: &mut Ctx, ids: &[Uuid]) -> Result<Vec<(TenancyId, PlaceId)>> {
    let rows = sqlx::query!(
        r#"select id as "id: TenancyId", place_id as "place_id: PlaceId" from tenancy where id = any($1)"#,
        ids
    )
    .fetch_all(ctx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.place_id)).collect())
}

async fn remove(ctx: &mut Ctx, created: &[Uuid]) -> Result<()> {
    present(ctx, created).await?;
    // Two versions for each import that changed it and was itself taken back.
    let changed = sqlx::query_scalar!(
        "select reference from tenancy where id = any($1) and version > 1 + 2 * times_changed_and_taken_back(id)
         order by reference limit 3",
        created
    )
    .fetch_all(ctx.conn())
    .await?;
    if !changed.is_empty() {
        let which = changed.join(", ");
        return Err(Error::conflict(format!("{which} was changed after the import. Nothing was undone.")));
    }
    let now = ctx.now;
    let homes = homes(ctx, created).await?;
    let fact = |(id, place): (TenancyId, PlaceId)| {
        facts::TENANCY_REMOVED.at(now).home(place).with("tenancy", id).with("reason", "import undone")
    };
    ctx.record_all(homes.into_iter().map(fact).collect()).await?;
    sqlx::query!("delete from tenancy where id = any($1)", created).execute(ctx.conn()).await?;
    Ok(())
}
