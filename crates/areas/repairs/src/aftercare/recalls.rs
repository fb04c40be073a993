//! Going back: the same repair again, by the same provider, at no cost to the landlord.

use crate::{
    declared::{DECLARED, Priority},
    facts,
    ids::RepairId,
    repair::stage,
};
use rooftree_kernel::{Moment, Pence, PersonId, PlaceId, ProviderId};
use rooftree_platform::{Ctx, Error, Result};
use rooftree_works::public::{
    Case,
    orders::{
        money::budget_code,
        raise::{NewLine, NewOrder, raise},
    },
};

/// The repair that goes back to another.
#[derive(Clone, Debug)]
pub struct Recall {
    /// Its id.
    pub id: RepairId,
    /// `R-104233`.
    pub reference: String,
}

/// Opens the repair again as a recall: what it was, where, for whom and by whom is taken over; its order has no price, because putting right
/// what was called done is the provider's cost. `reason` is a key of the reasons list `recall`.
pub async fn recall(ctx: &mut Ctx, of: RepairId, reason: &str) -> Result<Recall> {
    DECLARED.reason("recall", reason).ok_or_else(|| Error::Internal(format!("no recall reason {reason}")))?;
    let (id, now, by) = (RepairId::new(), ctx.now, ctx.actor.name.clone());
    let row = sqlx::query!(
        r#"with old as (
               select * from repair where id = $1 and status = 'completed'
           ), again as (
               insert into repair (id, reference, place_id, home_id, ward, reporter_id, reporter_name, channel, item, answers, title, description,
                   access_notes, rate_code, trade, priority, priority_reasons, priority_override, hazard, hazard_level, right_to_repair,
                   responsibility, rechargeable, provider_id, stage, reported_at, reported_day, recall_of, raised_by)
               select $2, 'R-' || nextval('repair_ref_seq'), place_id, home_id, ward, reporter_id, reporter_name, channel, item, answers, title,
                   description, access_notes, rate_code, trade, priority, priority_reasons, priority_override, hazard, hazard_level,
                   right_to_repair, responsibility, false, provider_id, 'reported', $3, $4, id, $5
               from old returning reference
           )
           select again.reference, old.reference as old_reference, old.place_id as "place: PlaceId", old.reporter_id as "reporter: PersonId",
                  old.provider_id as "provider: ProviderId", old.priority, old.title, old.ward, old.trade, old.channel, old.item, old.rate_code, old.hazard,
                  old.hazard_level, old.right_to_repair,
                  coalesce((select o.budget_code from works_order o where o.case_id = $1 order by o.id limit 1), $6) as "budget!"
           from again, old"#,
        of as _,
        id as _,
        now as _,
        now.day() as _,
        by,
        budget_code(Priority::Routine)
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or_else(|| Error::conflict("Only a completed repair can be recalled."))?;
    let about = |fact: rooftree_platform::NewFact| fact.case(id).home(row.place).person(row.reporter);
    let list = vec![
        facts::RECALLED.at(now).case(of).home(row.place).person(row.reporter).with("recall", id).with("reason", reason),
        about(facts::REPORTED.at(now))
            .with("priority", &row.priority)
            .with("reasons", [format!("Recall of {}", row.old_reference)])
            .with("right_to_repair", &row.right_to_repair)
            .with("trade", &row.trade)
            .with("channel", &row.channel)
            .with("hazard", &row.hazard)
            .with("hazard_level", &row.hazard_level)
            .with("rate", &row.rate_code)
            .with("item", &row.item)
            .with("recall_of", of),
    ];
    ctx.record_all(list).await?;
    if let Some(provider) = row.provider {
        let line = NewLine {
            rate_code: row.rate_code,
            rate_version: DECLARED.rates_version.clone(),
            title: format!("Recall of {} at the provider's cost", row.old_reference),
            quantity_hundredths: 100,
            price_pence: Pence::ZERO,
            value_pence: Pence::ZERO,
        };
        let case = Case {
            id: id.into(),
            reference: row.reference.clone(),
            title: row.title,
            status: "open".to_owned(),
            place: row.place,
            ward: row.ward,
            trade: row.trade,
            priority: Priority::parse(&row.priority).unwrap_or(Priority::Routine),
            person: row.reporter,
            provider: Some(provider),
            version: 1,
        };
        let order =
            NewOrder { case: &case, provider, budget_code: row.budget, follows: None, held: false, lines: vec![line] };
        raise(ctx, &order).await?;
        stage::settle(ctx, id).await?;
    }
    Ok(Recall { id, reference: row.reference })
}

/// What the resident is told of a promised moment: a day, in words.
pub(super) fn due_words(due: Moment) -> String {
    // A promise in days is due at the end of its day, which is the beginning of the next.
    due.plus_seconds(-1).day().long()
}
