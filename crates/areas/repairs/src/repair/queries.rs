//! Reads of a repair. Every read takes the caller's scope; what lies outside it is not found.

use crate::ids::RepairId;
use rooftree_kernel::{
    Actor, Day, Moment, Pence, PersonId, PlaceId, ProviderId, Scope,
    scope::{OPERATIVE, PROVIDER},
};
use rooftree_platform::{Db, Error, Result, boxed};
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
             and ($3::uuid is null or exists (select from appointment a where a.case_id = r.id and a.operative_id = $3))
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
