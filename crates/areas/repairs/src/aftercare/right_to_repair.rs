//! The Right to Repair of council tenants (SI 1994/133): the notice, the second contractor when the first period lapses, and what is owed when
//! the second lapses as well.

use super::recalls::due_words;
use crate::{
    facts,
    ids::RepairId,
    permissions,
    repair::{
        commands::{Locked, lock},
        stage,
        words::period_words,
    },
    tell::{self, Told},
};
use async_trait::async_trait;
use rooftree_frame::area::TickHandler;
use rooftree_kernel::{Actor, Channel, Day, Moment, Pence, ProviderId, scope::PROVIDER};
use rooftree_platform::{Ctx, Error, Platform, Result};
use rooftree_works::public::{booking, orders, providers};
use serde_json::json;

/// Owed as soon as the second period lapses.
const FIRST_PENCE: i64 = 1_000;
/// Owed for each day after it.
const DAILY_PENCE: i64 = 200;
/// And no more.
const MOST_PENCE: i64 = 5_000;
/// Notices written at once by one tick.
const NOTICES_MAX: i64 = 200;
/// Repairs reported longer ago get no notice any more: an import's, for which the time is over, in seconds.
const NOTICE_SECONDS_MAX: i64 = 10 * 86_400;

/// What the landlord owes on a day, in pence: nothing until the second period is over; then £10, and £2 for each day from the day after its
/// last day to the day on which the repair is done (or today), up to £50.
///
/// Source: SI 1994/133, compensation; counted as the minister explained it to Parliament on 31 January 1994: «£10, plus £2 per day for
/// every day that the repair remains outstanding, up to a maximum payment of £50».
pub fn compensation(second_period_last_day: Day, done_or_today: Day) -> Pence {
    let days = done_or_today.days_since(second_period_last_day);
    if days <= 0 {
        return Pence::ZERO;
    }
    Pence(DAILY_PENCE.saturating_mul(days).saturating_add(FIRST_PENCE).min(MOST_PENCE))
}

/// What the ids of its standards begin with.
pub const STANDARDS: &str = "repairs.right-to-repair-1994.";

/// The standard of a period; `second` is the second contractor's.
pub fn standard(period: &str, second: bool) -> String {
    format!("{STANDARDS}{}{period}", if second { "second-" } else { "" })
}

/// Writes the notices that are owed: repairs under the right, reported lately, whose tenant has had none. A tick, so that the notice names the
/// appointment that was made in the same call.
pub struct WriteNotices;

#[async_trait]
impl TickHandler for WriteNotices {
    async fn run(&self, platform: &Platform) -> Result<()> {
        let now = platform.now();
        let owed: Vec<RepairId> = sqlx::query_scalar!(
            r#"select r.id as "id: RepairId" from repair r
               where r.status = 'open' and r.right_to_repair is not null and r.reporter_id is not null and r.reported_at between $1 and $2
                 and not exists (select from message m where m.case_id = r.id and m.template = 'repairs.right-to-repair-notice')
               order by r.reported_at limit $3"#,
            now.plus_seconds(-NOTICE_SECONDS_MAX) as _,
            now.plus_seconds(-120) as _,
            NOTICES_MAX
        )
        .fetch_all(platform.writes())
        .await?;
        for repair in owed {
            // One unit of work each: a tenant whose letter cannot be written does not hold up the others'.
            let mut ctx = platform.begin(&Actor::system(Channel::Job)).await?;
            match send_notice(&mut ctx, repair).await {
                // Where nobody can be written to, the next run tries again: an address may have been noted by then.
                Ok(_) => ctx.commit().await?,
                Err(error) => tracing::error!(%repair, %error, "a notice of the Right to Repair could not be written"),
            }
        }
        Ok(())
    }
}

/// Owes the tenant the notice: their right, who comes, by when, and what follows if we do not.
pub async fn send_notice(ctx: &mut Ctx, repair: RepairId) -> Result<Told> {
    let row = sqlx::query!(
        r#"select r.right_to_repair, r.reported_at, p.name as "provider?",
                  (select a.window_starts_at from appointment a where a.case_id = r.id and a.status = 'booked' order by a.starts_at limit 1) as "from: Moment",
                  (select a.window_ends_at from appointment a where a.case_id = r.id and a.status = 'booked' order by a.starts_at limit 1) as "until: Moment"
           from repair r left join provider p on p.id = r.provider_id where r.id = $1 for update of r"#,
        repair as _
    )
    .fetch_one(ctx.conn())
    .await?;
    let Some(period) = row.right_to_repair else { return Ok(Told::Unchanged) };
    let Some(due) = due_of(ctx, &standard(&period, false), row.reported_at) else { return Ok(Told::Unchanged) };
    let when = match (row.from, row.until) {
        (Some(from), Some(until)) => {
            format!("{}, {} to {}", from.london().strftime("%A %-d %B"), from.time(), until.time())
        }
        _ => "We will ring you to agree a time".to_owned(),
    };
    let phone = ctx.platform().config().phone.clone();
    let values = vec![
        ("contractor", row.provider.unwrap_or_else(|| "our repairs team".to_owned())),
        ("contractor_phone", phone),
        ("period", period_words(&period).to_owned()),
        ("due", due_words(due)),
        ("reported", row.reported_at.day().long()),
        ("when", when),
    ];
    let about = tell::about(ctx, repair).await?;
    tell::tell(ctx, &about, "repairs.right-to-repair-notice", values, json!({})).await
}

fn due_of(ctx: &Ctx, standard: &str, from: Moment) -> Option<Moment> {
    let rules = ctx.platform().rules();
    rules.standards.get(standard, from.day())?.due_from(from, &rules.calendars).ok().map(|due| due.at)
}

/// The tenant asks for a second contractor, because the first period has lapsed. The first order ends; the second contractor has the same
/// period again from today.
pub async fn second_contractor(ctx: &mut Ctx, reference: &str, provider: ProviderId) -> Result<Told> {
    ctx.require(&permissions::PLAN)?;
    if ctx.actor.scope.id(PROVIDER).is_some() {
        return Err(Error::conflict("The landlord chooses the second contractor."));
    }
    let repair = lock(ctx, reference).await?;
    repair.require_open()?;
    let Some(period) = repair.right_to_repair.clone() else {
        return Err(Error::conflict(format!("{} does not fall under the Right to Repair.", repair.reference)));
    };
    lapsed(ctx, repair.id, &period, reference).await?;
    if repair.provider == Some(provider) {
        return Err(Error::field("provider", "choose another contractor than the first"));
    }
    let (_, name) = providers::able(ctx.conn(), &repair.trade, Some(provider))
        .await?
        .pop()
        .ok_or_else(|| Error::field("provider", "choose a contractor that has somebody of this trade"))?;
    move_order(ctx, &repair, provider).await?;
    booking::commands::end_booked(ctx, &repair, "provider", "second-contractor").await?;
    stage::settle(ctx, repair.id).await?;
    let now = ctx.now;
    let fact = repair.about(facts::SECOND_CONTRACTOR.at(now));
    ctx.record(fact.with("provider", provider).with("right_to_repair", &period)).await?;
    let first = due_of(ctx, &standard(&period, false), repair.reported_at).map(due_words).unwrap_or_default();
    let second = due_of(ctx, &standard(&period, true), now).map(due_words).unwrap_or_default();
    let about = tell::about(ctx, repair.id).await?;
    let phone = ctx.platform().config().phone.clone();
    let values = vec![("due", first), ("second_contractor", name), ("second_due", second), ("second_phone", phone)];
    tell::tell(ctx, &about, "repairs.right-to-repair-second", values, json!({})).await
}

/// Refuses unless the first period has lapsed and nobody has been sent for a second time.
async fn lapsed(ctx: &mut Ctx, repair: RepairId, period: &str, reference: &str) -> Result<()> {
    let now = ctx.now;
    let row = sqlx::query!(
        r#"select coalesce(bool_or(standard = $2 and state <> 'cancelled' and due_at <= $4), false) as "lapsed!",
                  coalesce(bool_or(standard = $3), false) as "again!"
           from clock where case_id = $1"#,
        repair as _,
        standard(period, false),
        standard(period, true),
        now as _
    )
    .fetch_one(ctx.conn())
    .await?;
    match (row.lapsed, row.again) {
        (_, true) => Err(Error::conflict(format!("A second contractor has been sent for {reference} already."))),
        (false, _) => Err(Error::conflict(format!(
            "The first period of {reference} has not lapsed: the first contractor still has time."
        ))),
        (true, false) => Ok(()),
    }
}

/// Ends the first contractor's open orders and gives the same work, what the client added to it included, to the second.
async fn move_order(ctx: &mut Ctx, repair: &Locked, provider: ProviderId) -> Result<()> {
    let ended = orders::commands::end_open(ctx, repair, "The work went to a second contractor").await?;
    if ended.is_empty() {
        return Err(Error::conflict("This repair has no open works order to pass on."));
    }
    sqlx::query!("update repair set provider_id = $2 where id = $1", repair.id as _, provider as _)
        .execute(ctx.conn())
        .await?;
    orders::raise::again(ctx, repair, &ended, Some(provider)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn ten_pounds_and_two_a_day_up_to_fifty() {
        let last = day("2026-12-09");
        for (done, pence) in [
            ("2026-12-01", 0),
            ("2026-12-09", 0),
            ("2026-12-10", 1_200),
            ("2026-12-11", 1_400),
            ("2026-12-16", 2_400),
            ("2026-12-28", 4_800),
            ("2026-12-29", 5_000),
            ("2026-12-30", 5_000),
            ("2027-12-30", 5_000),
        ] {
            assert_eq!(compensation(last, day(done)), Pence(pence), "{done}");
        }
    }

    proptest! {
        #[test]
        fn waiting_longer_never_gives_less(first in -400i64..4_000, more in 0i64..400) {
            let last = day("2026-12-09");
            let (early, late) = (compensation(last, last.plus_days(first)), compensation(last, last.plus_days(first + more)));
            prop_assert!(early <= late && late.0 <= MOST_PENCE);
            prop_assert!(early == Pence::ZERO || early.0 >= FIRST_PENCE);
        }
    }

    #[test]
    fn each_period_has_two_standards() {
        let declared = crate::declarations::STANDARDS.iter().map(|(_, text)| *text).collect::<String>();
        for period in ["one-day", "three-days", "seven-days"] {
            for second in [false, true] {
                assert!(declared.contains(&format!("id = \"{}\"", standard(period, second))), "{period}");
            }
        }
    }
}
