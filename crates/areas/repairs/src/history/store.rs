//! The SQL of the import of repairs: sets, never a query for each row.

use super::plan::{Ground, Known, New, Stored};
use crate::ids::RepairId;
use rooftree_kernel::{Day, Moment, PlaceId, text::key_form};
use rooftree_platform::{
    Ctx, Result,
    imports::{SET_ROWS, StagedRow, distinct},
};
use rooftree_works::public::{orders::money::budget_code, providers};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the database holds of what the rows name.
pub(super) async fn known(ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Known> {
    let mut known = Known::default();
    let named = |field: &'static str| distinct(rows.iter().filter_map(|row| row.cell(field)).map(key_form).collect());
    known.places = rooftree_homes::public::places_by_any_key(ctx.conn(), &named("home")).await?;
    let ids: Vec<PlaceId> = rows
        .iter()
        .filter_map(|row| known.places.find(row.source_of_key(), row.cell("home")?).ok().flatten())
        .collect();
    let places = rooftree_homes::public::places(ctx.conn(), &ids).await?;
    known.grounds = places
        .into_iter()
        .map(|place| (place.id, Ground { id: place.id, is_home: place.kind == "home", ward: place.ward }))
        .collect();
    known.people = rooftree_people::public::people_by_any_key(ctx.conn(), &named("reporter")).await?;
    let working = providers::working(ctx.conn(), None).await?;
    known.providers = working.into_iter().map(|(id, name)| (name.to_uppercase(), id)).collect();
    stored(ctx, &mut known, &named("external_ref")).await?;
    Ok(known)
}

async fn stored(ctx: &mut Ctx, known: &mut Known, keys: &[String]) -> Result<()> {
    let rows = sqlx::query!(
        r#"select id as "id: RepairId", reference, external_source, external_ref as "external_ref!", place_id as "place: PlaceId", priority,
                  reported_at as "reported_at: Moment", completed_day as "completed_day: Day", cancelled_day as "cancelled_day: Day"
           from repair where key_form(external_ref) = any($1)"#,
        keys
    )
    .fetch_all(ctx.conn())
    .await?;
    for row in rows {
        known.repairs.add(row.id, &row.reference, row.external_source.as_deref(), Some(&row.external_ref), &[]);
        let stored = Stored {
            id: row.id,
            reference: row.reference,
            place: row.place,
            priority: row.priority,
            reported_at: row.reported_at,
            completed_day: row.completed_day,
            cancelled_day: row.cancelled_day,
        };
        known.stored.insert(row.id, stored);
    }
    Ok(())
}

/// Writes the repairs, and an order for each that is in hand.
pub(super) async fn insert(ctx: &mut Ctx, repairs: &[&New]) -> Result<()> {
    let by = ctx.actor.name.clone();
    for part in repairs.chunks(SET_ROWS) {
        let rows: Vec<Value> = part.iter().map(|repair| row(repair)).collect();
        sqlx::query!(
            "insert into repair (id, reference, external_ref, external_source, place_id, home_id, ward, reporter_id, reporter_name, channel, title, description,
                 trade, priority, provider_id, status, stage, reported_at, reported_day, made_safe_at, completed_at, completed_day,
                 completed_note, first_visit, on_time, cancelled_at, cancelled_day, cancel_reason, cost_pence, raised_by)
             select n.id, 'R-' || nextval('repair_ref_seq'), n.external_ref, n.external_source, n.place_id, n.home_id, n.ward, n.reporter_id,
                 case when n.reporter_id is null then 'Not recorded' else '' end, 'import', n.title, n.description, n.trade, n.priority,
                 n.provider_id, n.status, n.stage, n.reported_at, n.reported_day, n.made_safe_at, n.completed_at, n.completed_day,
                 n.completed_note, n.first_visit, n.on_time, n.cancelled_at, n.cancelled_day, n.cancel_reason, n.cost_pence, $2
             from jsonb_to_recordset($1) as n(id uuid, external_ref text, external_source text, place_id uuid, home_id uuid, ward text, reporter_id uuid, title text,
                 description text, trade text, priority text, provider_id uuid, status text, stage text, reported_at timestamptz,
                 reported_day date, made_safe_at timestamptz, completed_at timestamptz, completed_day date, completed_note text,
                 first_visit boolean, on_time boolean, cancelled_at timestamptz, cancelled_day date, cancel_reason text, cost_pence bigint)",
            Value::Array(rows),
            by
        )
        .execute(ctx.conn())
        .await?;
        let orders: Vec<Value> = part.iter().filter_map(|repair| order(repair)).collect();
        sqlx::query!(
            "insert into works_order (id, reference, case_id, provider_id, budget_code, status, value_pence, issued_at, accepted_at, case_reference, title,
                                      place_id, trade, priority)
             select n.id, 'WO-' || nextval('order_ref_seq'), r.id, n.provider_id, n.budget_code, 'accepted', n.value_pence, n.at, n.at, r.reference,
                    r.title, r.place_id, r.trade, r.priority
             from jsonb_to_recordset($1) as n(id uuid, repair_id uuid, provider_id uuid, budget_code text, value_pence bigint, at timestamptz)
             join repair r on r.id = n.repair_id",
            Value::Array(orders)
        )
        .execute(ctx.conn())
        .await?;
    }
    Ok(())
}

fn row(repair: &New) -> Value {
    let (status, stage) = match (repair.completed_at, repair.cancelled_at, repair.made_safe_at) {
        (Some(_), _, _) => ("completed", "completed"),
        (None, Some(_), _) => ("cancelled", "cancelled"),
        (None, None, Some(_)) => ("open", "made-safe"),
        (None, None, None) => ("open", "reported"),
    };
    json!({
        "id": repair.id,
        "external_ref": repair.external_ref,
        "external_source": repair.external_source,
        "place_id": repair.place,
        "home_id": repair.home,
        "ward": repair.ward,
        "reporter_id": repair.reporter,
        "title": repair.title,
        "description": repair.description,
        "trade": repair.trade,
        "priority": repair.priority.as_str(),
        "provider_id": repair.provider,
        "status": status,
        "stage": stage,
        "reported_at": repair.reported_at,
        "reported_day": repair.reported_at.day(),
        "made_safe_at": repair.made_safe_at,
        "completed_at": repair.completed_at,
        "completed_day": repair.completed_at.map(Moment::day),
        "completed_note": repair.completed_note,
        "first_visit": repair.first_visit,
        "on_time": repair.on_time,
        "cancelled_at": repair.cancelled_at,
        "cancelled_day": repair.cancelled_at.map(Moment::day),
        "cancel_reason": Some(&repair.cancel_reason).filter(|reason| !reason.is_empty()),
        "cost_pence": repair.cost_pence,
    })
}

fn order(repair: &New) -> Option<Value> {
    Some(json!({
        "id": repair.order?,
        "repair_id": repair.id,
        "provider_id": repair.provider?,
        "budget_code": budget_code(repair.priority),
        "value_pence": repair.cost_pence,
        "at": repair.reported_at,
    }))
}

/// Locks repairs before anything is looked at: what somebody saves meanwhile is either seen or refused.
pub(super) async fn lock(ctx: &mut Ctx, ids: &[Uuid]) -> Result<()> {
    sqlx::query!("select 1 as locked from repair where id = any($1) order by id for update", ids)
        .fetch_all(ctx.conn())
        .await?;
    Ok(())
}

/// Repairs of an import with which something was done since: up to three references.
pub(super) async fn touched(ctx: &mut Ctx, ids: &[Uuid]) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select reference from repair r
         where id = any($1) and (version > 1 or exists (select from appointment a where a.case_id = r.id)
             or exists (select from repair later where later.recall_of = r.id)
             or exists (select from works_order o where o.case_id = r.id and (o.version > 1 or o.follows_id is not null
                        or exists (select from variation v where v.order_id = o.id)))
             or exists (select from survey s where s.case_id = r.id) or exists (select from inspection i where i.case_id = r.id)
             or exists (select from contradiction c where c.repair_id = r.id) or exists (select from recharge c where c.repair_id = r.id))
         order by reference limit 3",
        ids
    )
    .fetch_all(ctx.conn())
    .await?)
}

/// Removes repairs with their orders; returns what and where they were.
pub(super) async fn remove(ctx: &mut Ctx, ids: &[Uuid]) -> Result<Vec<(Uuid, PlaceId)>> {
    sqlx::query!("delete from works_order where case_id = any($1)", ids).execute(ctx.conn()).await?;
    sqlx::query!("delete from quality_finding where subject_id = any($1)", ids).execute(ctx.conn()).await?;
    let gone = sqlx::query!(r#"delete from repair where id = any($1) returning id, place_id as "place: PlaceId""#, ids)
        .fetch_all(ctx.conn())
        .await?;
    Ok(gone.into_iter().map(|row| (row.id, row.place)).collect())
}
