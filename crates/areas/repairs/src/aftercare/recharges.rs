//! Rechargeable work: somebody proposes, somebody else decides, the resident gets a notice with the reason and the way to object.

use crate::{
    declared::DECLARED,
    facts,
    ids::RepairId,
    permissions,
    repair::commands::lock,
    tell::{self, Told},
};
use rooftree_kernel::{FieldErrors, Pence, PersonId, PlaceId};
use rooftree_platform::{Ctx, Error, Result};
use serde_json::json;
use uuid::Uuid;

/// The most that may be proposed for one repair, in pence; above it a person must look at more than a form.
const AMOUNT_PENCE_MAX: i64 = 1_000_000;
/// The resident may object within so many days, and pays within so many.
const REVIEW_DAYS: i64 = 21;
const PAY_DAYS: i64 = 28;
/// The template of the notice.
pub const NOTICE: &str = "repairs.recharge-notice";
/// Characters of a note.
pub const NOTE_MAX: usize = 1000;

/// What is proposed.
pub struct Proposal {
    /// How much.
    pub amount: Option<Pence>,
    /// A key of the reasons list `recharge`.
    pub reason: String,
    /// In words.
    pub note: String,
}

/// The reasons for which somebody pays; the list also holds those for which nobody does.
pub fn is_charge(key: &str) -> bool {
    !key.starts_with("not-charged")
}

impl Proposal {
    fn check(&self) -> Result<(Pence, &'static str), FieldErrors> {
        let mut errors = FieldErrors::default();
        let amount = self.amount.unwrap_or_default();
        if !(1..=AMOUNT_PENCE_MAX).contains(&amount.0) {
            errors.add("amount", format!("enter an amount up to {}", Pence(AMOUNT_PENCE_MAX)));
        }
        let reason = DECLARED.reason("recharge", &self.reason).filter(|reason| is_charge(&reason.key));
        match reason {
            None => errors.add("reason", "choose why the resident should pay"),
            Some(reason) if reason.note && self.note.trim().is_empty() => {
                errors.add("note", "say in a few words what happened")
            }
            Some(_) => {}
        }
        if self.note.chars().count() > NOTE_MAX {
            errors.add("note", format!("use at most {NOTE_MAX} characters"));
        }
        errors.into_result((amount, reason.map_or("", |reason| reason.key.as_str())))
    }
}

/// Proposes that the resident pays for a repair, or part of it.
pub async fn propose(ctx: &mut Ctx, reference: &str, proposal: &Proposal) -> Result<Uuid> {
    ctx.require(&permissions::RECHARGE)?;
    let repair = lock(ctx, reference).await?;
    let (amount, reason) = proposal.check()?;
    if repair.status == "cancelled" {
        return Err(Error::conflict(format!("{} was cancelled: there is nothing to pay for.", repair.reference)));
    }
    let open = sqlx::query_scalar!(
        r#"select exists (select from recharge where repair_id = $1 and status <> 'waived') as "found!""#,
        repair.id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    if open {
        return Err(Error::conflict(format!("A recharge of {} has been proposed already.", repair.reference)));
    }
    let (id, now, by, user) = (Uuid::now_v7(), ctx.now, ctx.actor.name.clone(), ctx.actor.user);
    sqlx::query!(
        "insert into recharge (id, repair_id, person_id, amount_pence, reason, note, status, proposed_by, proposed_by_id, made_at)
         values ($1, $2, $3, $4, $5, $6, 'proposed', $7, $8, $9)",
        id,
        repair.id as _,
        repair.reporter as _,
        amount as _,
        reason,
        proposal.note.trim(),
        by,
        user as _,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    let fact = facts::RECHARGE_PROPOSED.at(now).case(repair.id).home(repair.place).person(repair.reporter);
    ctx.record(fact.with("recharge", id).with("amount_pence", amount).with("reason", reason)).await?;
    Ok(id)
}

/// Decides a proposal. Whoever proposed it does not. Agreed: the resident gets the notice. Not agreed: why not is kept, and nobody is told.
pub async fn decide(ctx: &mut Ctx, id: Uuid, agreed: bool, note: &str) -> Result<Option<Told>> {
    ctx.require(&permissions::RECHARGE)?;
    let row = sqlx::query!(
        r#"select c.status, c.proposed_by_id, c.amount_pence as "amount: Pence", c.reason, r.id as "repair: RepairId", r.place_id as "place: PlaceId",
                  c.person_id as "person: PersonId", r.completed_note, r.title
           from recharge c join repair r on r.id = c.repair_id where c.id = $1 for update of c"#,
        id
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the recharge"))?;
    if row.status != "proposed" {
        return Err(Error::outrun("this recharge"));
    }
    ctx.require_another(row.proposed_by_id.map(Into::into), "this recharge")?;
    if !agreed && note.trim().is_empty() {
        return Err(Error::field("note", "say why it is not charged"));
    }
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    sqlx::query!(
        "update recharge set status = $2, decided_by = $3, decided_at = $4, decision_note = $5 where id = $1",
        id,
        if agreed { "agreed" } else { "waived" },
        by,
        now as _,
        note.trim()
    )
    .execute(ctx.conn())
    .await?;
    let fact = facts::RECHARGE_DECIDED.at(now).case(row.repair).home(row.place).person(row.person);
    ctx.record(fact.with("recharge", id).with("agreed", agreed)).await?;
    if !agreed {
        return Ok(None);
    }
    let about = tell::about(ctx, row.repair).await?;
    let reason = DECLARED.reason("recharge", &row.reason).map_or(row.reason.as_str(), |reason| reason.title.as_str());
    let values = vec![
        ("amount", row.amount.to_string()),
        ("recharge_reason", reason.to_owned()),
        ("work", if row.completed_note.is_empty() { row.title } else { row.completed_note }),
        ("pay_by", now.day().plus_days(PAY_DAYS).long()),
        ("review_by", now.day().plus_days(REVIEW_DAYS).long()),
    ];
    Ok(Some(tell::tell(ctx, &about, NOTICE, values, json!({})).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_needs_an_amount_and_a_reason_to_pay() {
        let proposal =
            |amount, reason: &str, note: &str| Proposal { amount, reason: reason.to_owned(), note: note.to_owned() };
        assert_eq!(proposal(Some(Pence(9600)), "lost-keys", "").check(), Ok((Pence(9600), "lost-keys")));
        assert!(proposal(Some(Pence(0)), "lost-keys", "").check().unwrap_err().get("amount").is_some());
        assert!(
            proposal(Some(Pence(AMOUNT_PENCE_MAX + 1)), "lost-keys", "").check().unwrap_err().get("amount").is_some()
        );
        assert!(proposal(Some(Pence(9600)), "damage", "").check().unwrap_err().get("note").is_some());
        assert!(proposal(Some(Pence(9600)), "not-charged-crime", "x").check().unwrap_err().get("reason").is_some());
    }
}
