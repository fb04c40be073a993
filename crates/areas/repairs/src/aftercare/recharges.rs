//! Rechargeable work: somebody proposes, somebody else decides, the resident gets a notice with the reason and the way to object; an
//! objection is answered by a third.

use crate::{
    declared::DECLARED,
    facts, permissions,
    repair::commands::{Locked, lock},
    tell::{self, Told},
};
use rooftree_kernel::{FieldErrors, Moment, Pence, PersonId};
use rooftree_platform::{Ctx, Error, NewFact, Result};
use serde_json::json;
use uuid::Uuid;

/// The most that may be proposed for one repair, in pence; above it a person must look at more than a form.
const AMOUNT_PENCE_MAX: i64 = 1_000_000;
/// The standard that says by when the resident pays.
const PAID: &str = "repairs.house.recharge-paid";
/// The template of the notice.
pub const NOTICE: &str = "repairs.recharge-notice";
/// Characters that say who objects.
pub const NAME_MAX: usize = 200;
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
        repair.person as _,
        amount as _,
        reason,
        proposal.note.trim(),
        by,
        user as _,
        now as _
    )
    .execute(ctx.conn())
    .await?;
    let fact = repair.about(facts::RECHARGE_PROPOSED.at(now));
    ctx.record(fact.with("recharge", id).with("amount_pence", amount).with("reason", reason)).await?;
    Ok(id)
}

/// A recharge about to be written to; its repair was locked before it.
struct Held {
    status: String,
    person: Option<PersonId>,
    amount: Pence,
    reason: String,
    work: String,
    proposed_by_id: Option<Uuid>,
    decided_by_id: Option<Uuid>,
    objected_at: Option<Moment>,
    reviewed_at: Option<Moment>,
    settled_at: Option<Moment>,
}

impl Held {
    /// Refuses unless the resident is to pay.
    fn require_charged(&self) -> Result<()> {
        if self.status == "agreed" { Ok(()) } else { Err(Error::outrun("this recharge")) }
    }
}

async fn hold(ctx: &mut Ctx, id: Uuid) -> Result<(Locked, Held)> {
    ctx.require(&permissions::RECHARGE)?;
    let reference = sqlx::query_scalar!(
        "select r.reference from recharge c join repair r on r.id = c.repair_id where c.id = $1",
        id
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the recharge"))?;
    let repair = lock(ctx, &reference).await?;
    let held = sqlx::query_as!(
        Held,
        r#"select c.status, c.person_id as "person: PersonId", c.amount_pence as "amount: Pence", c.reason,
                  coalesce(nullif(r.completed_note, ''), r.title) as "work!", c.proposed_by_id, c.decided_by_id,
                  c.objected_at as "objected_at: Moment", c.reviewed_at as "reviewed_at: Moment", c.settled_at as "settled_at: Moment"
           from recharge c join repair r on r.id = c.repair_id where c.id = $1 for update of c"#,
        id
    )
    .fetch_one(ctx.conn())
    .await?;
    Ok((repair, held))
}

/// A fact of this recharge.
fn about(repair: &Locked, held: &Held, id: Uuid, fact: NewFact) -> NewFact {
    fact.case(repair.id).home(repair.place).person(held.person).with("recharge", id)
}

/// Decides a proposal. Whoever proposed it does not. Agreed: the resident gets the notice. Not agreed: why not is kept, and nobody is told.
pub async fn decide(ctx: &mut Ctx, id: Uuid, agreed: bool, note: &str) -> Result<Option<Told>> {
    let (repair, held) = hold(ctx, id).await?;
    if held.status != "proposed" {
        return Err(Error::outrun("this recharge"));
    }
    ctx.require_another(held.proposed_by_id.map(Into::into), "this recharge")?;
    if !agreed && note.trim().is_empty() {
        return Err(Error::field("note", "say why it is not charged"));
    }
    let (now, by, user) = (ctx.now, ctx.actor.name.clone(), ctx.actor.user);
    sqlx::query!(
        "update recharge set status = $2, decided_by = $3, decided_by_id = $4, decided_at = $5, decision_note = $6 where id = $1",
        id,
        if agreed { "agreed" } else { "waived" },
        by,
        user as _,
        now as _,
        note.trim()
    )
    .execute(ctx.conn())
    .await?;
    ctx.record(about(&repair, &held, id, facts::RECHARGE_DECIDED.at(now)).with("agreed", agreed)).await?;
    if agreed { Ok(Some(give_notice(ctx, &repair, held).await?)) } else { Ok(None) }
}

async fn give_notice(ctx: &mut Ctx, repair: &Locked, held: Held) -> Result<Told> {
    let rules = ctx.platform().rules();
    let period = rules
        .standards
        .get(PAID, ctx.now.day())
        .and_then(|standard| standard.due_from(ctx.now, &rules.calendars).ok()?.day);
    let pay_by = period.ok_or_else(|| Error::Internal(format!("no version of {PAID} is in force")))?.long();
    let about = tell::about(ctx, repair.id).await?;
    let reason = DECLARED.reason_title("recharge", &held.reason);
    let values = vec![
        ("amount", held.amount.to_string()),
        ("recharge_reason", reason.to_owned()),
        ("work", held.work),
        ("pay_by", pay_by),
    ];
    tell::tell(ctx, &about, NOTICE, values, json!({})).await
}

/// Notes that the resident, or somebody for them, says that they should not pay. Until that is answered the time to pay stands still.
pub async fn object(ctx: &mut Ctx, id: Uuid, who: &str, why: &str) -> Result<()> {
    let (repair, held) = hold(ctx, id).await?;
    held.require_charged()?;
    if held.objected_at.is_some() {
        return Err(Error::conflict("An objection to this recharge has been noted before."));
    }
    let (who, why) = (who.trim(), why.trim());
    let mut errors = FieldErrors::default();
    if who.is_empty() || who.chars().count() > NAME_MAX {
        errors.add("who", format!("say in up to {NAME_MAX} characters who objects"));
    }
    if why.is_empty() || why.chars().count() > NOTE_MAX {
        errors.add("why", format!("write what they say, in up to {NOTE_MAX} characters"));
    }
    errors.into_result(())?;
    let now = ctx.now;
    sqlx::query!(
        "update recharge set objected_at = $2, objected_by = $3, objection = $4 where id = $1",
        id,
        now as _,
        who,
        why
    )
    .execute(ctx.conn())
    .await?;
    ctx.record(about(&repair, &held, id, facts::RECHARGE_OBJECTED.at(now))).await?;
    Ok(())
}

/// Answers an objection: the charge stands, or nobody pays. Neither who proposed the charge nor who decided it does.
pub async fn review(ctx: &mut Ctx, id: Uuid, stands: bool, answer: &str) -> Result<Told> {
    let (repair, held) = hold(ctx, id).await?;
    held.require_charged()?;
    if held.objected_at.is_none() || held.reviewed_at.is_some() {
        return Err(Error::outrun("this objection"));
    }
    ctx.require_another(held.proposed_by_id.map(Into::into), "this recharge")?;
    ctx.require_another(held.decided_by_id.map(Into::into), "this charge")?;
    let answer = answer.trim();
    if answer.is_empty() || answer.chars().count() > NOTE_MAX {
        return Err(Error::field(
            "answer",
            format!("write what the resident will read, in up to {NOTE_MAX} characters"),
        ));
    }
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    sqlx::query!(
        "update recharge set status = $2, reviewed_at = $3, reviewed_by = $4, review_note = $5 where id = $1",
        id,
        if stands { "agreed" } else { "waived" },
        now as _,
        by,
        answer
    )
    .execute(ctx.conn())
    .await?;
    ctx.record(about(&repair, &held, id, facts::RECHARGE_REVIEWED.at(now)).with("agreed", stands)).await?;
    let outcome = match stands {
        true => "The cost stays, and we ask you to pay it. The time in which we looked at it does not count.",
        false => "You do not have to pay.",
    };
    let values =
        vec![("amount", held.amount.to_string()), ("outcome", outcome.to_owned()), ("answer", answer.to_owned())];
    let about = tell::about(ctx, repair.id).await?;
    tell::tell(ctx, &about, "repairs.recharge-reviewed", values, json!({})).await
}

/// Notes that it is paid, or that payments are agreed.
pub async fn settle(ctx: &mut Ctx, id: Uuid) -> Result<()> {
    let (repair, held) = hold(ctx, id).await?;
    held.require_charged()?;
    if held.settled_at.is_some() {
        return Err(Error::outrun("this recharge"));
    }
    let (now, by) = (ctx.now, ctx.actor.name.clone());
    sqlx::query!("update recharge set settled_at = $2, settled_by = $3 where id = $1", id, now as _, by)
        .execute(ctx.conn())
        .await?;
    ctx.record(about(&repair, &held, id, facts::RECHARGE_SETTLED.at(now))).await?;
    Ok(())
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
