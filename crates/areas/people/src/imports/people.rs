//! The import of people.

use super::people_plan::{self, Held, Part, Planned, held_name};
use crate::{
    EDIT, facts,
    persons::{
        model::{Details, changed},
        store,
    },
};
use async_trait::async_trait;
use rooftree_kernel::{Permission, PersonId, text::key_form};
use rooftree_platform::{
    Ctx, Error, Result,
    imports::{
        Column, ImportTarget, Outcome, SET_ROWS, StagedRow, distinct,
        undo::{Before, Present, require_as_left},
    },
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// People with their contact points and needs.
pub struct People;

const COLUMNS: &[Column] = &[
    Column::new("reference", "Reference", "N-50001", &["rooftree reference"]),
    Column::new(
        "external_ref",
        "Source reference",
        "PER-000456",
        &["external key", "person reference", "person ref", "contact id", "external reference", "key"],
    )
    .required_or("reference"),
    Column::new("external_source", "Source", "Capita", &["source system"]),
    Column::new("title", "Title", "Mrs", &["salutation"]),
    Column::new("given_name", "First names", "Amina", &["first name", "forename", "forenames", "given name"]),
    Column::new("family_name", "Family name", "Yusuf", &["surname", "last name"]),
    Column::new("known_as", "Known as", "Minnie", &["preferred name"]),
    Column::new("birth_day", "Date of birth", "18/12/1980", &["dob", "birth date", "birthday"]),
    Column::new("language", "Language", "Somali", &["first language", "spoken language"]),
    Column::new("interpreter", "Needs an interpreter", "yes", &["interpreter required", "interpreter needed"]),
    Column::new(
        "preferred_channel",
        "Preferred way",
        "text",
        &["preferred contact", "contact preference", "preferred contact method"],
    ),
    Column::new("contact_notes", "Notes on contact", "Call after 4 pm", &["contact notes"]),
    Column::new(
        "phone",
        "Telephone",
        "07700 900123",
        &["phone", "mobile", "mobile number", "phone number", "telephone number"],
    ),
    Column::new("phone_2", "Second telephone", "01865 496000", &["home phone", "landline", "phone 2", "other phone"]),
    Column::new("email", "E-mail", "amina@example.org", &["email address", "e-mail address"]),
    Column::new(
        "needs",
        "Needs",
        "respiratory; needs-interpreter",
        &["vulnerabilities", "vulnerability", "flags", "support needs"],
    ),
    Column::new("died_on", "Died on", "03/05/2026", &["date of death"]),
];

#[async_trait]
impl ImportTarget for People {
    fn key(&self) -> &'static str {
        "people"
    }
    fn title(&self) -> &'static str {
        "People"
    }
    fn permission(&self) -> Permission {
        EDIT
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn lines(&self) -> &'static [&'static str] {
        &["contact_notes", "phone", "phone_2", "email", "needs"]
    }

    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
        ctx.require(&EDIT)?;
        sqlx::query!("select pg_advisory_xact_lock(hashtext('import people'))").execute(ctx.conn()).await?;
        let named = |row: &StagedRow| {
            [row.cell("reference"), row.cell("external_ref")].into_iter().flatten().map(key_form).collect::<Vec<_>>()
        };
        let keys = distinct(rows.iter().flat_map(named).collect());
        let mut known = Vec::new();
        for part in keys.chunks(SET_ROWS) {
            let named = store::Keys { references: part, external_keys: part, ..Default::default() };
            known.extend(store::fetch(ctx.conn(), named).await?);
        }
        known.sort_unstable_by_key(|person| person.id);
        known.dedup_by_key(|person| person.id);
        let ids: Vec<PersonId> = known.iter().map(|person| person.id).collect();
        let held = held(ctx, &ids).await?;
        let planned = people_plan::make(rows, &known, &held, ctx.now.day());
        write_persons(ctx, &planned).await?;
        let mut added = write_parts(ctx, &planned).await?;
        let outcomes = rows.iter().zip(planned).map(|(row, planned)| -> Result<Outcome> {
            Ok(outcome(planned, &mut added)?.without(people_plan::bad_points(row)))
        });
        outcomes.collect()
    }

    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], updated: &[(Uuid, Value)]) -> Result<()> {
        ctx.require(&EDIT)?;
        restore(ctx, updated).await?;
        remove(ctx, created).await
    }
}

/// The live contact points and needs of these people.
async fn held(ctx: &mut Ctx, ids: &[PersonId]) -> Result<Held> {
    let mut held = Held::new();
    for part in ids.chunks(SET_ROWS) {
        let rows = sqlx::query!(
            r#"select person_id as "person_id!: PersonId", kind as "kind!", normal as "normal!" from contact_point
               where person_id = any($1) and ended_at is null
               union all
               select person_id, 'need', need from person_need where person_id = any($1) and ended_at is null"#,
            part as _
        )
        .fetch_all(ctx.conn())
        .await?;
        for row in rows {
            held.entry(row.person_id).or_default().insert(held_name(&row.kind, &row.normal));
        }
    }
    Ok(held)
}

async fn write_persons(ctx: &mut Ctx, planned: &[Planned]) -> Result<()> {
    let now = ctx.now;
    let (mut created, mut updated) = (Vec::new(), Vec::new());
    for row in planned {
        match row {
            Planned::Create { id, details, .. } => created.push((*id, details)),
            Planned::Update { id, version, before, after, parts } => {
                updated.push((*id, *version, before, after, parts))
            }
            Planned::Refused(_) | Planned::Unchanged(_) => {}
        }
    }
    for part in created.chunks(SET_ROWS) {
        let references = store::insert(ctx.conn(), part).await?;
        let fact = |((id, _), reference): (&(PersonId, &Details), String)| {
            facts::PERSON_ADDED.at(now).person(*id).with("reference", reference)
        };
        ctx.record_all(part.iter().zip(references).map(fact).collect()).await?;
    }
    for part in updated.chunks(SET_ROWS) {
        let rows: Vec<(PersonId, i32, &Details)> = part.iter().map(|row| (row.0, row.1, row.3)).collect();
        if store::update(ctx.conn(), &rows).await? != rows.len() as u64 {
            return Err(Error::conflict("Somebody changed one of these people while the import ran. Run it again."));
        }
        let fact = |row: &(PersonId, i32, &Details, &Details, &Vec<Part>)| {
            let mut fields = changed(row.2, row.3);
            if row.4.iter().any(|part| matches!(part, Part::Point { .. })) {
                fields.push("Contact point added");
            }
            facts::PERSON_CHANGED.at(now).person(row.0).with("fields", fields)
        };
        ctx.record_all(part.iter().map(fact).collect()).await?;
    }
    Ok(())
}

/// Writes contact points and needs, and returns the ids of what each person was given.
async fn write_parts(ctx: &mut Ctx, planned: &[Planned]) -> Result<HashMap<PersonId, Vec<Uuid>>> {
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    let mut added: HashMap<PersonId, Vec<Uuid>> = HashMap::new();
    let (mut points, mut needs, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for row in planned {
        let (Planned::Create { id, parts, .. } | Planned::Update { id, parts, .. }) = row else { continue };
        for part in parts {
            let part_id = Uuid::now_v7();
            added.entry(*id).or_default().push(part_id);
            match part {
                Part::Point { kind, value, normal } => {
                    points.push(serde_json::json!({ "id": part_id, "person_id": id, "kind": kind, "value": value, "normal": normal }));
                }
                Part::Need(key) => {
                    needs.push(serde_json::json!({ "id": part_id, "person_id": id, "need": key }));
                    told.push(
                        facts::NEED_ADDED.at(now).person(*id).with("need", crate::persons::commands::named_need(key)),
                    );
                }
            }
        }
    }
    for part in points.chunks(SET_ROWS) {
        sqlx::query!(
            "insert into contact_point (id, person_id, kind, value, normal)
             select p.id, p.person_id, p.kind, p.value, p.normal
             from jsonb_to_recordset($1) as p(id uuid, person_id uuid, kind text, value text, normal text)",
            Value::Array(part.to_vec())
        )
        .execute(ctx.conn())
        .await?;
    }
    for part in needs.chunks(SET_ROWS) {
        sqlx::query!(
            "insert into person_need (id, person_id, need, from_day, added_by)
             select p.id, p.person_id, p.need, $2, $3 from jsonb_to_recordset($1) as p(id uuid, person_id uuid, need text)",
            Value::Array(part.to_vec()),
            now.day() as _,
            by
        )
        .execute(ctx.conn())
        .await?;
    }
    ctx.record_all(told).await?;
    Ok(added)
}

fn outcome(planned: Planned, added: &mut HashMap<PersonId, Vec<Uuid>>) -> Result<Outcome> {
    Ok(match planned {
        Planned::Refused(errors) => Outcome::Refused(errors),
        Planned::Create { id, .. } => Outcome::Created(id.into()),
        Planned::Update { id, version, before, after, .. } => {
            let added = added.remove(&id).unwrap_or_default();
            let before = Before { version, details: before, after: Some(after), added };
            Outcome::Updated { id: id.into(), before: before.keep()? }
        }
        Planned::Unchanged(id) => Outcome::Unchanged(id.into()),
    })
}

async fn restore(ctx: &mut Ctx, updated: &[(Uuid, Value)]) -> Result<()> {
    let before = Before::<Details>::all(updated)?;
    let now = ctx.now;
    for part in before.chunks(SET_ROWS) {
        let ids: Vec<PersonId> = part.iter().map(|row| PersonId(row.0)).collect();
        let present = store::fetch_locked(ctx.conn(), &ids).await?;
        let present: HashMap<Uuid, Present<Details>> = present
            .into_iter()
            .map(|p| (p.id.0, Present { reference: p.reference, version: p.version, details: p.details }))
            .collect();
        require_as_left(part, &present)?;
        let rows: Vec<(PersonId, i32, &Details)> =
            part.iter().map(|(id, before)| (PersonId(*id), present[id].version, &before.details)).collect();
        store::update(ctx.conn(), &rows).await?;
        let added: Vec<Uuid> = part.iter().flat_map(|(_, before)| before.added.iter().copied()).collect();
        sqlx::query!("delete from contact_point where id = any($1)", &added).execute(ctx.conn()).await?;
        sqlx::query!("delete from person_need where id = any($1)", &added).execute(ctx.conn()).await?;
        let fact = |(id, _): &(Uuid, Before<Details>)| {
            facts::PERSON_CHANGED.at(now).person(PersonId(*id)).with("fields", ["Import undone"])
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
    let ids: Vec<PersonId> = created.iter().map(|id| PersonId(*id)).collect();
    store::fetch_locked(ctx.conn(), &ids).await?;
    // What people recorded since builds on them; what a job noted, or an import that was itself taken back, does not.
    let used = sqlx::query_scalar!(
        "with gone as (select unnest($1::uuid[]) as id)
         select p.reference from gone g join person p on p.id = g.id
         where exists (select 1 from fact f where f.person_id = p.id and f.name not in ('person.added', 'need.added')
                         and f.channel <> 'job' and not fact_was_taken_back(f.seq))
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
        let fact = |id: &Uuid| facts::PERSON_REMOVED.at(now).person(PersonId(*id)).with("reason", "import undone");
        ctx.record_all(part.iter().map(fact).collect()).await?;
    }
    sqlx::query!("delete from contact_point where person_id = any($1)", created).execute(ctx.conn()).await?;
    sqlx::query!("delete from person_need where person_id = any($1)", created).execute(ctx.conn()).await?;
    match sqlx::query!("delete from person where id = any($1)", created).execute(ctx.conn()).await.map_err(Error::from)
    {
        Ok(_) => Ok(()),
        Err(Error::Database(sqlx::Error::Database(error))) if error.is_foreign_key_violation() => Err(Error::conflict(
            "Tenancies, contacts or repairs hang on some of these people. Undo those first; nothing was undone.",
        )),
        Err(other) => Err(other),
    }
}
