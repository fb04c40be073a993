//! Reads of a repair. Every read takes the caller's scope; what lies outside it is not found.

use crate::ids::{AppointmentId, OrderId, RepairId, VariationId};
use rooftree_kernel::{
    Actor, Day, Moment, OperativeId, Pence, PersonId, PlaceId, ProviderId, Scope,
    scope::{OPERATIVE, PROVIDER},
};
use rooftree_platform::{Db, Error, Pool, Result, boxed};
use serde_json::Value;
use sqlx::types::Json;

/// A repair with the line of its place.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Repair)]
pub struct Repair {
    /// Its id.
    #[schema(value_type = String)]
    pub id: RepairId,
    /// `R-104233`.
    pub reference: String,
    /// Where.
    #[schema(value_type = String)]
    pub place_id: PlaceId,
    /// The place's reference.
    pub place_reference: String,
    /// home, block …
    pub place_kind: String,
    /// The place's line.
    pub place_title: String,
    /// Ward.
    pub ward: String,
    /// Who reported it.
    #[schema(value_type = Option<String>)]
    pub reporter_id: Option<PersonId>,
    /// A reporter who is no known person.
    pub reporter_name: String,
    /// How.
    pub channel: String,
    /// The script's item.
    pub item: String,
    /// Question → option.
    #[schema(value_type = Object)]
    pub answers: Value,
    /// What it is.
    pub title: String,
    /// The resident's words.
    pub description: String,
    /// How to get in.
    pub access_notes: String,
    /// Schedule-of-rates line.
    pub rate_code: String,
    /// Trade key.
    pub trade: String,
    /// emergency, urgent, routine.
    pub priority: String,
    /// Why: `[{rule, reason}]`.
    #[schema(value_type = Object)]
    pub priority_reasons: Value,
    /// Why a person decided otherwise.
    pub priority_override: Option<String>,
    /// What may hurt somebody.
    pub hazard: Option<String>,
    /// How badly.
    pub hazard_level: Option<String>,
    /// one-day, three-days, seven-days.
    pub right_to_repair: Option<String>,
    /// Whose job it is.
    pub responsibility: String,
    /// The cost may be the resident's.
    pub rechargeable: bool,
    /// Who does it.
    #[schema(value_type = Option<String>)]
    pub provider_id: Option<ProviderId>,
    /// Their name.
    pub provider_name: Option<String>,
    /// open, completed, cancelled.
    pub status: String,
    /// reported, ordered, booked …
    pub stage: String,
    /// What it waits for.
    pub awaiting: String,
    /// When it was reported.
    #[schema(value_type = String)]
    pub reported_at: Moment,
    /// When the danger was over.
    #[schema(value_type = Option<String>)]
    pub made_safe_at: Option<Moment>,
    /// When all was done.
    #[schema(value_type = Option<String>)]
    pub completed_at: Option<Moment>,
    /// What was done.
    pub completed_note: String,
    /// Done at the first visit.
    pub first_visit: Option<bool>,
    /// Within the landlord's target.
    pub on_time: Option<bool>,
    /// When it was cancelled.
    #[schema(value_type = Option<String>)]
    pub cancelled_at: Option<Moment>,
    /// Why.
    pub cancel_reason: Option<String>,
    /// The repair whose fault came back.
    #[schema(value_type = Option<String>)]
    pub recall_of: Option<RepairId>,
    /// What it has cost so far, in pence.
    #[schema(value_type = i64)]
    pub cost_pence: Pence,
    /// Who logged it.
    pub raised_by: String,
    /// For optimistic locking.
    pub version: i32,
    /// What was promised, and how it stands.
    #[schema(value_type = Vec<Promise>)]
    pub promises: Json<Vec<Promise>>,
}

/// A promise about a repair.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Promise {
    /// The standard.
    #[schema(example = "repairs.local-offer-2014.urgent")]
    pub standard: String,
    /// running, paused, met, late, cancelled.
    pub state: String,
    /// When it falls due, or fell.
    #[schema(value_type = String)]
    pub due_at: Moment,
    /// When it stopped.
    #[schema(value_type = Option<String>)]
    pub stopped_at: Option<Moment>,
    /// When its time ran out.
    #[schema(value_type = Option<String>)]
    pub breached_at: Option<Moment>,
}

impl Repair {
    /// As those see it who may not see who lives there or what they said.
    fn without_personal_data(mut self) -> Self {
        self.reporter_id = None;
        for text in [&mut self.reporter_name, &mut self.description, &mut self.access_notes, &mut self.completed_note] {
            text.clear();
        }
        self.priority_reasons = Value::Array(Vec::new());
        self.priority_override = None;
        self
    }
}

/// Whether a caller may know who reported a repair: whoever may see people, and those who must reach them for the visit.
pub fn may_see_reporter(actor: &Actor) -> bool {
    let scope = &actor.scope;
    !scope.no_personal_data
        && (actor.may(&rooftree_people::public::VIEW) || scope.id(PROVIDER).is_some() || scope.id(OPERATIVE).is_some())
}

/// A repair by its reference, within the scope. A provider sees those that it has or had an order for: work of another trade may have
/// moved the rest to somebody else.
#[boxed]
pub async fn by_reference(db: impl Into<Db<'_>>, reference: &str, scope: &Scope) -> Result<Repair> {
    let [provider, operative, person] = scope.ids(["provider", "operative", "person"]);
    sqlx::query_as!(
        Repair,
        r#"select r.id as "id: RepairId", r.reference, r.place_id as "place_id: PlaceId", p.reference as place_reference, p.kind as place_kind,
                  concat_ws(', ', case when p.name <> '' and not starts_with(p.address, p.name) then p.name end, p.address,
                            nullif(p.postcode, '')) as "place_title!", r.ward,
                  r.reporter_id as "reporter_id: PersonId", r.reporter_name, r.channel, r.item, r.answers, r.title, r.description,
                  r.access_notes, r.rate_code, r.trade, r.priority, r.priority_reasons, r.priority_override, r.hazard, r.hazard_level,
                  r.right_to_repair, r.responsibility, r.rechargeable, r.provider_id as "provider_id: ProviderId", v.name as "provider_name?",
                  r.status, r.stage, r.awaiting, r.reported_at, r.made_safe_at, r.completed_at, r.completed_note, r.first_visit, r.on_time,
                  r.cancelled_at, r.cancel_reason, r.recall_of as "recall_of: RepairId", r.cost_pence as "cost_pence: Pence", r.raised_by, r.version,
                  coalesce((select jsonb_agg(jsonb_build_object('standard', c.standard, 'state', c.state, 'due_at', c.due_at,
                                                                'stopped_at', c.stopped_at, 'breached_at', c.breached_at)
                                             order by (c.state not in ('running', 'paused')), c.due_at, c.standard)
                            from clock c where c.case_id = r.id), '[]') as "promises!: Json<Vec<Promise>>"
           from repair r join place p on p.id = r.place_id left join provider v on v.id = r.provider_id
           where r.reference = upper($1)
             and ($2::uuid is null or provider_may_open(r, $2))
             and ($3::uuid is null or exists (select from appointment a where a.repair_id = r.id and a.operative_id = $3))
             and ($4::uuid is null or r.reporter_id = $4)"#,
        reference.trim(),
        provider,
        operative,
        person,
    )
    .fetch_optional(db)
    .await?
    .map(|repair| if scope.no_personal_data { repair.without_personal_data() } else { repair })
    .ok_or(Error::NotFound("the repair"))
}

/// An order with its lines' sum.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// `WO-88120`.
    pub reference: String,
    /// Who does it.
    pub provider_name: String,
    /// awaiting-approval, issued, accepted, completed, cancelled.
    pub status: String,
    /// The revenue line.
    pub budget_code: String,
    /// What is ordered.
    pub value_pence: Pence,
    /// When it was issued.
    pub issued_at: Option<Moment>,
    /// When it was accepted.
    pub accepted_at: Option<Moment>,
    /// Who approved it, if it had to be.
    pub approved_by: Option<String>,
    /// For optimistic locking.
    pub version: i32,
}

/// A line of an order.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    /// Its order.
    pub order_id: OrderId,
    /// Rate code.
    pub rate_code: String,
    /// What.
    pub title: String,
    /// In hundredths.
    pub quantity_hundredths: i64,
    /// One unit.
    pub price_pence: Pence,
    /// All.
    pub value_pence: Pence,
    /// What the provider charged, once it has.
    pub invoiced_pence: Option<Pence>,
    /// It was added by a variation.
    pub variation: bool,
}

/// A variation.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Variation {
    /// Its id.
    pub id: VariationId,
    /// Its order.
    pub order_id: OrderId,
    /// A reason's key.
    pub reason: String,
    /// In words.
    pub note: String,
    /// By how much.
    pub value_pence: Pence,
    /// requested, approved, refused.
    pub status: String,
    /// When it was asked for.
    pub requested_at: Moment,
    /// By whom.
    pub requested_by: String,
    /// Who answered.
    pub decided_by: Option<String>,
    /// What they said.
    pub decision_note: String,
}

/// An appointment with its operative.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Who comes.
    pub operative_id: OperativeId,
    /// Their name.
    pub operative_name: String,
    /// When the work is planned.
    pub starts_at: Moment,
    /// Until when.
    pub ends_at: Moment,
    /// What the resident was told: from.
    pub window_starts_at: Moment,
    /// And until.
    pub window_ends_at: Moment,
    /// Its day.
    pub day: Day,
    /// booked, kept, missed, cancelled, no-access.
    pub status: String,
    /// For an emergency.
    pub emergency: bool,
    /// Set off.
    pub on_my_way_at: Option<Moment>,
    /// At the door.
    pub arrived_at: Option<Moment>,
    /// Left.
    pub finished_at: Option<Moment>,
    /// What the operative wrote.
    pub outcome_note: String,
    /// Why it was moved, cancelled or missed: a reason's key.
    pub cancel_reason: Option<String>,
    /// Whose doing that was: resident, landlord, provider.
    pub cancelled_by: Option<String>,
    /// From when the resident was told that we come instead.
    pub moved_to: Option<Moment>,
}

/// What hangs on a repair.
pub struct Parts {
    /// Orders, oldest first.
    pub orders: Vec<Order>,
    /// Their lines.
    pub lines: Vec<Line>,
    /// Variations.
    pub variations: Vec<Variation>,
    /// Appointments, oldest first.
    pub appointments: Vec<Appointment>,
}

/// Orders, lines, variations and appointments of a repair. A provider sees its own alone: what another one charges is not its business.
pub async fn parts(pool: &Pool, id: RepairId, scope: &Scope) -> Result<Parts> {
    let orders = sqlx::query_as!(
        Order,
        r#"select o.id as "id: OrderId", o.reference, p.name as provider_name, o.status, o.budget_code, o.value_pence as "value_pence: Pence",
                  o.issued_at, o.accepted_at, o.approved_by, o.version
           from works_order o join provider p on p.id = o.provider_id where o.repair_id = $1 and ($2::uuid is null or o.provider_id = $2) order by o.id limit 100"#,
        id as _,
        scope.id(PROVIDER) as _
    )
    .fetch_all(pool);
    let lines = sqlx::query_as!(
        Line,
        r#"select l.order_id as "order_id: OrderId", l.rate_code, l.title, l.quantity_hundredths, l.price_pence as "price_pence: Pence",
                  l.value_pence as "value_pence: Pence", l.invoiced_pence as "invoiced_pence: Pence", (l.variation_id is not null) as "variation!"
           from order_line l join works_order o on o.id = l.order_id
           where o.repair_id = $1 and l.removed_at is null and ($2::uuid is null or o.provider_id = $2) order by l.id limit 500"#,
        id as _,
        scope.id(PROVIDER) as _
    )
    .fetch_all(pool);
    let variations = sqlx::query_as!(
        Variation,
        r#"select v.id as "id: VariationId", v.order_id as "order_id: OrderId", v.reason, v.note, v.value_pence as "value_pence: Pence", v.status,
                  v.requested_at, v.requested_by, v.decided_by, v.decision_note
           from variation v join works_order o on o.id = v.order_id where o.repair_id = $1 and ($2::uuid is null or o.provider_id = $2)
           order by v.requested_at limit 100"#,
        id as _,
        scope.id(PROVIDER) as _
    )
    .fetch_all(pool);
    let (orders, lines, variations) = (orders.await?, lines.await?, variations.await?);
    Ok(Parts { orders, lines, variations, appointments: appointments(pool, id, scope).await? })
}

/// What the resident said against a completion, and what came of it.
pub struct Said {
    /// When.
    pub raised_day: Day,
    /// Who, as it was noted.
    pub raised_by: String,
    /// Their words.
    pub said: String,
    /// survey, text, phone.
    pub source: String,
    /// When it was settled.
    pub resolved_day: Option<Day>,
    /// A key of the reasons list `contradiction`.
    pub resolution: String,
    /// What they were told.
    pub answer: String,
}

/// What residents said against the completion of a repair, oldest first.
#[boxed]
pub async fn said(db: impl Into<Db<'_>>, id: RepairId) -> Result<Vec<Said>> {
    Ok(sqlx::query_as!(
        Said,
        r#"select raised_day as "raised_day: Day", raised_by, said, source, resolved_day as "resolved_day: Day", resolution, answer
           from contradiction where repair_id = $1 order by raised_day, id limit 20"#,
        id as _
    )
    .fetch_all(db)
    .await?)
}

/// A message about a repair, as its history tells of it.
pub struct Message {
    /// The template's key.
    pub template: String,
    /// text, email, letter.
    pub channel: String,
    /// waiting, held, sent, delivered, failed, withdrawn.
    pub status: String,
    /// When it was written.
    pub created_at: Moment,
}

impl Message {
    /// It is written and has not gone.
    pub fn is_owed(&self) -> bool {
        matches!(self.status.as_str(), "waiting" | "held")
    }
}

/// The messages that were written about a repair, newest first.
#[boxed]
pub async fn messages(db: impl Into<Db<'_>>, id: RepairId) -> Result<Vec<Message>> {
    Ok(sqlx::query_as!(
        Message,
        "select template, channel, status, created_at from message where case_id = $1 order by created_at desc, id desc limit 100",
        id as _
    )
    .fetch_all(db)
    .await?)
}

/// The appointments of a repair, oldest first; of a provider's own operatives alone.
#[boxed]
pub async fn appointments(db: impl Into<Db<'_>>, id: RepairId, scope: &Scope) -> Result<Vec<Appointment>> {
    Ok(sqlx::query_as!(
        Appointment,
        r#"select a.id as "id: AppointmentId", a.operative_id as "operative_id: OperativeId", o.name as operative_name, a.starts_at, a.ends_at,
                  a.window_starts_at, a.window_ends_at, a.day, a.status, a.emergency, a.on_my_way_at, a.arrived_at, a.finished_at,
                  a.outcome_note, a.cancel_reason, a.cancelled_by,
                  (select min(n.window_starts_at) from appointment n where n.repair_id = a.repair_id and n.moved_from = a.id) as "moved_to: Moment"
           from appointment a join operative o on o.id = a.operative_id where a.repair_id = $1 and ($2::uuid is null or o.provider_id = $2)
           order by a.starts_at, a.id limit 100"#,
        id as _,
        scope.id(PROVIDER) as _
    )
    .fetch_all(db)
    .await?)
}

/// An open repair that a new report may repeat.
#[derive(Clone, Debug)]
pub struct Similar {
    /// Its reference.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// When it was reported.
    pub reported_at: Moment,
    /// open, completed.
    pub status: String,
    /// Its stage.
    pub stage: String,
    /// The same script item.
    pub same_item: bool,
    /// Its id, for a recall.
    pub id: RepairId,
    /// Reported for the block or estate rather than this home.
    pub shared: bool,
}

/// What is open at a place (and, for shared parts, around it), and what was finished there in the last 90 days: a possible duplicate or a
/// possible recall.
#[boxed]
pub async fn similar(db: impl Into<Db<'_>>, place: PlaceId, item: &str, now: Moment) -> Result<Vec<Similar>> {
    Ok(sqlx::query_as!(
        Similar,
        r#"select r.reference, r.title, r.reported_at, r.status, r.stage, (r.item = $2 and $2 <> '') as "same_item!", r.id as "id: RepairId",
                  (r.place_id <> $1) as "shared!"
           from repair r
           where r.place_id in (select * from place_and_above($1))
             and (r.status = 'open' or (r.status = 'completed' and r.completed_at > $3 and r.place_id = $1))
           order by (r.item = $2) desc, (r.status = 'open') desc, r.reported_at desc limit 20"#,
        place as _,
        item,
        now.plus_seconds(-90 * 86_400) as _
    )
    .fetch_all(db)
    .await?)
}
