//! Writes of a report.

use super::model::{CHANNELS, Report, Reported};
use crate::{
    declared::{DECLARED, Item, Priority, SCRIPT},
    diagnosis::rules::{Decision, Outcome, asked_and_answered, decide, outcome},
    facts,
    ids::{OrderId, RepairId},
    permissions,
    tell::{self, Told},
};
use rooftree_kernel::{Day, FieldErrors, Pence, ProviderId};
use rooftree_platform::{Ctx, Error, NewFact, Result};
use rooftree_works::public::{
    orders::money::{self, budget_code},
    rates::Rate,
};
use serde_json::json;
use uuid::Uuid;

/// What the decision needs to know of the place and its household.
struct Ground {
    place_kind: String,
    ward: String,
    tenancy: Option<String>,
    needs: Vec<String>,
    alerts: Vec<Uuid>,
    rate: Rate,
    provider: ProviderId,
}

/// The decision before anything is written: shown to the handler, and made again (the same) when the report is recorded.
pub struct Assessment {
    /// The script's item.
    pub item: &'static Item,
    /// What the answers come to.
    pub outcome: Outcome,
    /// The priority with its reasons.
    pub decision: Decision,
    /// The prescribed period, when the right to repair covers it.
    pub right_to_repair: Option<String>,
    /// The order's first estimate.
    pub estimate: Pence,
    day: Day,
    ground: Ground,
}

impl Assessment {
    /// Whether the home is held on a lease: its leaseholder repairs some things that a tenant need not.
    pub fn is_leasehold(&self) -> bool {
        self.ground.tenancy.as_deref() == Some("leasehold")
    }

    /// The line of the schedule in force.
    pub fn rate(&self) -> &Rate {
        &self.ground.rate
    }

    /// The place's ward.
    pub fn ward(&self) -> &str {
        &self.ground.ward
    }

    /// Who would get the order.
    pub fn provider(&self) -> ProviderId {
        self.ground.provider
    }

    /// Whether the order waits for the client: it is above the limit and nobody is in danger.
    pub fn is_held(&self, priority: Priority) -> bool {
        money::is_held(self.estimate, priority, self.day)
    }
}

/// Diagnoses and prioritises without writing.
pub async fn assess(ctx: &mut Ctx, report: &Report) -> Result<Assessment> {
    let item = SCRIPT.item(&report.item).ok_or_else(|| Error::field("item", "choose what is wrong from the list"))?;
    let today = ctx.now.day();
    let outcome = outcome(item, &report.answers);
    let ground = ground(ctx, report, &outcome).await?;
    let decision = decide(&SCRIPT, item, &report.answers, &outcome, &ground.needs, today);
    let estimate = ground.rate.price_pence;
    let right_to_repair = outcome.right_to_repair_on(today, ground.tenancy.as_deref(), estimate.0);
    Ok(Assessment { item, outcome, decision, right_to_repair, estimate, day: today, ground })
}

/// Place, household, price and provider in one read: whoever reports is on the phone.
async fn ground(ctx: &mut Ctx, report: &Report, outcome: &Outcome) -> Result<Ground> {
    let today = ctx.now.day();
    let row = sqlx::query!(
        r#"select p.kind, p.ward,
                  (select t.kind from tenancy t where t.place_id = p.id and t.start_day <= $2 and (t.end_day is null or t.end_day >= $2)
                   order by t.start_day desc limit 1) as tenancy,
                  array(select a.id from place_alert a
                        where a.place_id = any (p.above) and a.ended_at is null and a.from_day <= $2 and (a.until_day is null or a.until_day >= $2)) as "alerts!",
                  h.needs as "needs?", h.births as "births?: Vec<Day>", h.interpreter as "interpreter?",
                  r.code as "code?", r.version as "version?", r.title as "title?", r.trade as "trade?", r.unit as "unit?",
                  r.price_pence as "price_pence?: Pence", r.minutes as "minutes?", r.from_day as "from_day?: Day",
                  w.provider as "provider?: ProviderId"
           from place p
           left join lateral household_needs(p.id, $2) h on true
           left join lateral rate_in_force($3, $2) r on true
           left join lateral provider_for($4, p.ward) as w(provider) on true
           where p.id = $1 and p.removed_at is null"#,
        report.place as _,
        today as _,
        outcome.rate,
        outcome.trade
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the home or place"))?;
    let needs = match row.kind.as_str() {
        "home" => rooftree_people::public::need_keys(
            row.needs.unwrap_or_default(),
            &row.births.unwrap_or_default(),
            row.interpreter == Some(true),
            today,
        ),
        _ => needs_of_reporter(ctx, report).await?,
    };
    let rate = (|| {
        Some(Rate {
            code: row.code?,
            version: row.version?,
            title: row.title?,
            trade: row.trade?,
            unit: row.unit?,
            price_pence: row.price_pence?,
            minutes: row.minutes?,
            from_day: row.from_day?,
        })
    })();
    Ok(Ground {
        place_kind: row.kind,
        ward: row.ward,
        tenancy: row.tenancy,
        needs,
        alerts: row.alerts,
        rate: rate.ok_or_else(|| not_in_force(&outcome.rate))?,
        provider: row.provider.ok_or_else(|| no_provider(&outcome.trade))?,
    })
}

/// Of a lift or a front door, those who reported it depend on it: their household counts.
async fn needs_of_reporter(ctx: &mut Ctx, report: &Report) -> Result<Vec<String>> {
    let today = ctx.now.day();
    let Some(person) = report.reporter else { return Ok(Vec::new()) };
    match rooftree_people::public::home_of(ctx.conn(), person, today).await? {
        Some(home) => rooftree_people::public::household_need_keys(ctx.conn(), home, today).await,
        None => Ok(Vec::new()),
    }
}

fn not_in_force(rate: &str) -> Error {
    Error::conflict(format!("The rate {rate} is not in force today. Ask finance to import the new schedule."))
}

fn no_provider(trade: &str) -> Error {
    Error::conflict(format!(
        "No provider has an operative for the trade ‘{}’. Ask the repairs manager to add one.",
        DECLARED.trade(trade)
    ))
}

/// Refuses what cannot be recorded; each message says what to do.
fn check(report: &Report, ground: &Ground, item: &Item) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    if !CHANNELS.iter().any(|(key, _)| *key == report.channel)
        && !matches!(report.channel.as_str(), "portal" | "import")
    {
        errors.add("channel", "choose how it was reported");
    }
    for (question, option) in &report.answers {
        let known = item
            .question
            .iter()
            .find(|q| q.key == *question)
            .is_some_and(|q| q.options.iter().any(|o| o.key == *option));
        if !known {
            errors.add(format!("q-{question}"), "choose one of the answers");
        }
    }
    if report.description.chars().count() > 4000 {
        errors.add("description", "use at most 4,000 characters");
    }
    if report.access_notes.chars().count() > 1000 {
        errors.add("access_notes", "use at most 1,000 characters");
    }
    if report.reporter_name.chars().count() > 200 {
        errors.add("reporter_name", "use at most 200 characters");
    }
    if report.reporter.is_none() && report.reporter_name.trim().is_empty() {
        errors.add("reporter", "say who reports it, or ‘passer-by’");
    }
    if ground.place_kind == "home" && item.communal {
        errors.add("item", "this is a repair to shared parts: report it for the block or estate");
    }
    let unread =
        ground.alerts.iter().filter(|id| !report.acknowledged.iter().any(|read| Uuid::from(*read) == **id)).count();
    if unread > 0 {
        errors.add("acknowledged", "read the warnings about this place and tick that you have");
    }
    errors.into_result(())
}

/// Records a repair with its works order: rows, facts, clocks and the acknowledgement of alerts, in the caller's unit of work. The
/// assessment is that of the same report, made in the same unit of work.
pub async fn report(ctx: &mut Ctx, report: &Report, assessment: &Assessment) -> Result<Reported> {
    ctx.require(&permissions::REPORT)?;
    check(report, &assessment.ground, assessment.item)?;
    let priority = report.override_priority.as_ref().map_or(assessment.decision.priority, |(chosen, _)| *chosen);
    let reported = insert(ctx, report, assessment, priority).await?;
    if !report.acknowledged.is_empty() {
        rooftree_homes::public::acknowledge(ctx, &report.acknowledged, reported.id.into()).await?;
    }
    let facts = facts_of(ctx, report, assessment, &reported);
    ctx.record_all(facts).await?;
    if let Some(earlier) = report.recall_of {
        let now = ctx.now;
        ctx.record(facts::RECALLED.at(now).case(earlier).home(report.place).with("recall", reported.id)).await?;
    }
    Ok(reported)
}

async fn insert(ctx: &mut Ctx, report: &Report, assessment: &Assessment, priority: Priority) -> Result<Reported> {
    let (now, by, user) = (ctx.now, ctx.actor.name.clone(), ctx.actor.user);
    let (id, order) = (RepairId::new(), OrderId::new());
    let outcome = &assessment.outcome;
    let home = (assessment.ground.place_kind == "home").then_some(report.place);
    let awaiting_approval = assessment.is_held(priority);
    let reasons = json!(assessment.decision.reasons);
    // One statement: repair, order and its first line stand or fall together, and the database is asked once.
    let row = sqlx::query!(
        r#"with new_repair as (
               insert into repair (id, reference, place_id, home_id, ward, reporter_id, reporter_name, channel, item, answers, title,
                   description, access_notes, rate_code, trade, priority, priority_reasons, priority_override, hazard, hazard_level,
                   right_to_repair, responsibility, rechargeable, provider_id, stage, reported_at, reported_day, recall_of, raised_by, cost_pence)
               values ($1, 'R-' || nextval('repair_ref_seq'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                   $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $32)
               returning reference
           ), new_order as (
               insert into works_order (id, reference, case_id, provider_id, budget_code, status, value_pence, issued_at, raised_by_id,
                   case_reference, title, place_id, trade, priority)
               select $29, 'WO-' || nextval('order_ref_seq'), $1, $23, $30, $31, $32, $37, $36, reference, $10, $2, $14, $15 from new_repair
               returning reference
           ), new_line as (
               insert into order_line (id, order_id, rate_code, rate_version, title, quantity_hundredths, price_pence, value_pence)
               values ($33, $29, $13, $34, $35, 100, $32, $32)
           )
           select (select reference from new_repair) as "reference!", (select reference from new_order) as "order_reference!""#,
        id as _,
        report.place as _,
        home as _,
        assessment.ground.ward,
        report.reporter as _,
        report.reporter_name,
        report.channel,
        report.item,
        json!(report.answers),
        assessment.item.title,
        report.description,
        report.access_notes,
        outcome.rate,
        outcome.trade,
        priority.as_str(),
        reasons,
        report.override_priority.as_ref().map(|(_, why)| why.as_str()),
        outcome.hazard,
        assessment.decision.hazard_level,
        assessment.right_to_repair,
        outcome.responsibility,
        outcome.recharge_possible,
        assessment.ground.provider as _,
        if awaiting_approval { "awaiting-approval" } else { "ordered" },
        now as _,
        now.day() as _,
        report.recall_of as _,
        by,
        order as _,
        budget_code(priority),
        if awaiting_approval { "awaiting-approval" } else { "issued" },
        assessment.estimate.0,
        Uuid::now_v7(),
        assessment.ground.rate.version,
        assessment.ground.rate.title,
        user as _,
        (!awaiting_approval).then_some(now) as _,
    )
    .fetch_one(ctx.conn())
    .await?;
    Ok(Reported {
        id,
        reference: row.reference,
        order,
        order_reference: row.order_reference,
        awaiting_approval,
        priority,
        trade: outcome.trade.clone(),
        minutes: outcome.minutes,
        provider: assessment.ground.provider,
        ward: assessment.ground.ward.clone(),
        reported_at: now,
    })
}

fn facts_of(ctx: &Ctx, report: &Report, assessment: &Assessment, reported: &Reported) -> Vec<NewFact> {
    let now = ctx.now;
    let about = |fact: NewFact| fact.case(reported.id).home(report.place).person(report.reporter);
    let words: Vec<&str> = assessment.decision.reasons.iter().map(|r| r.reason.as_str()).collect();
    let told = about(facts::REPORTED.at(now))
        .with("priority", reported.priority.as_str())
        .with("reasons", words)
        .with("overridden", report.override_priority.as_ref().map(|(_, why)| why))
        .with("right_to_repair", &assessment.right_to_repair)
        .with("trade", &reported.trade)
        .with("channel", &report.channel)
        .with("hazard", &assessment.outcome.hazard)
        .with("hazard_level", &assessment.decision.hazard_level)
        .with("rate", &assessment.outcome.rate)
        .with("item", &report.item)
        .with("answers", asked_and_answered(assessment.item, &report.answers))
        .with("recall_of", report.recall_of);
    let ordered = match reported.awaiting_approval {
        true => about(facts::ORDER_HELD.at(now)).with("limit_pence", money::delegated_limit(now.day())),
        false => about(facts::ORDER_ISSUED.at(now)).with("provider", reported.provider),
    };
    vec![told, ordered.with("order", reported.order).with("value_pence", assessment.estimate)]
}

/// The moment the landlord's promise for a priority would fall due, counted from now; nothing when no version is in force.
pub fn promise(ctx: &Ctx, priority: Priority) -> Option<rooftree_promises::due::Due> {
    let rules = ctx.platform().rules();
    let standard = rules.standards.get(&SCRIPT.priority(priority)?.standard, ctx.now.day())?;
    standard.due_from(ctx.now, &rules.calendars).ok()
}

/// Owes the reporter a message that it is logged: what we promise, what to do until we come.
pub async fn confirm(ctx: &mut Ctx, report: &Report, reported: &Reported) -> Result<Told> {
    let item = SCRIPT.item(&report.item);
    let say = SCRIPT.priority(reported.priority).map_or("", |words| words.say.as_str());
    let advice = item.map_or_else(String::new, |item| outcome(item, &report.answers).advice);
    let about = tell::About {
        case: reported.id.into(),
        reference: reported.reference.clone(),
        title: item.map_or_else(String::new, |item| item.title.clone()),
        place: report.place,
        person: report.reporter,
    };
    let values = vec![("reported", reported.reported_at.day().long()), ("promise", say.to_owned()), ("advice", advice)];
    tell::tell(ctx, &about, "repairs.repair-logged", values, json!({})).await
}
