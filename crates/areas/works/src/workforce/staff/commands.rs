//! Writes on operatives and their absences. A provider's people may only touch their own.

use crate::{declared::DECLARED, facts, permissions, workforce::diary::Shift};
use rooftree_kernel::{FieldErrors, Moment, OperativeId, ProviderId, id_type, scope::PROVIDER};
use rooftree_platform::{Ctx, Error, Result};

id_type!(
    /// A time that somebody is away.
    AbsenceId
);

/// Why somebody is away: key and words. No diagnosis is asked for or kept.
pub const ABSENCES: &[(&str, &str)] =
    &[("sick", "Off sick"), ("leave", "Leave"), ("training", "Training"), ("other", "Other")];
/// The longest absence that is recorded in one go, in days.
const ABSENCE_DAYS_MAX: i64 = 366;

/// An operative as the form has it.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Their name.
    pub name: String,
    /// Their work phone.
    pub phone: String,
    /// Their employer.
    pub provider: Option<ProviderId>,
    /// Trade keys.
    pub trades: Vec<String>,
    /// Wards of their patch.
    pub wards: Vec<String>,
    /// Their week.
    pub shifts: Vec<Shift>,
    /// The version that was shown, of one that is changed.
    pub version: i32,
}

impl Details {
    /// What is wrong with it, field by field.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        match self.name.chars().count() {
            0 => errors.add("name", "enter a name"),
            1..=200 => {}
            _ => errors.add("name", "use at most 200 characters"),
        }
        if self.phone.chars().count() > 40 {
            errors.add("phone", "use at most 40 characters");
        }
        if self.provider.is_none() {
            errors.add("provider", "choose who they work for");
        }
        if self.trades.is_empty() {
            errors.add("trades", "choose at least one trade");
        }
        if self.trades.iter().any(|trade| !DECLARED.trades.contains_key(trade)) {
            errors.add("trades", "choose trades from the list");
        }
        for shift in &self.shifts {
            if shift.until_minute <= shift.from_minute {
                errors.add(
                    format!("from-{}", shift.weekday),
                    "a shift must end after it begins; for a night, enter each day's part",
                );
            }
        }
        let mut sorted = self.shifts.clone();
        sorted.sort_by_key(|shift| (shift.weekday, shift.from_minute));
        for pair in sorted.windows(2) {
            if pair[0].weekday == pair[1].weekday && pair[1].from_minute < pair[0].until_minute {
                errors.add(format!("from-{}", pair[0].weekday), "the two shifts of a day must not overlap");
            }
        }
        errors
    }
}

/// Adds an operative, or changes one.
pub async fn save(ctx: &mut Ctx, id: Option<OperativeId>, details: &Details) -> Result<OperativeId> {
    ctx.require(&permissions::PLAN)?;
    details.check().into_result(())?;
    require_wards(ctx, &details.wards).await?;
    let own = ctx.actor.scope.id(PROVIDER);
    if own.is_some() && own != details.provider {
        return Err(Error::field("provider", "you can only look after your own company's operatives"));
    }
    let new = id.is_none();
    let id = match id {
        Some(id) => {
            if require_own(ctx, id).await? != details.version {
                return Err(Error::overtaken("this operative"));
            }
            id
        }
        None => OperativeId::new(),
    };
    sqlx::query!(
        "insert into operative (id, provider_id, name, phone) values ($1, $2, $3, $4)
         on conflict (id) do update set provider_id = excluded.provider_id, name = excluded.name, phone = excluded.phone,
             version = operative.version + 1",
        id as _,
        details.provider as _,
        details.name.trim(),
        details.phone.trim()
    )
    .execute(ctx.conn())
    .await?;
    save_skills(ctx, id, details).await?;
    save_shifts(ctx, id, &details.shifts).await?;
    let now = ctx.now;
    let fact =
        facts::OPERATIVE_CHANGED.at(now).with("operative", id).with("what", if new { "added" } else { "changed" });
    ctx.record(fact).await?;
    Ok(id)
}

/// A ward that no home is in would leave the operative without work.
async fn require_wards(ctx: &mut Ctx, wards: &[String]) -> Result<()> {
    let unknown = sqlx::query_scalar!(
        r#"select w as "ward!" from unnest($1::text[]) w where not exists (select from place p where p.ward = w) limit 1"#,
        wards
    )
    .fetch_optional(ctx.conn())
    .await?;
    match unknown {
        Some(ward) => Err(Error::field("wards", format!("there is no ward ‘{ward}’: choose from the list"))),
        None => Ok(()),
    }
}

async fn save_skills(ctx: &mut Ctx, id: OperativeId, details: &Details) -> Result<()> {
    sqlx::query!(
        "with gone as (delete from operative_trade where operative_id = $1 and not trade = any($2))
         insert into operative_trade (operative_id, trade) select $1, t from unnest($2::text[]) t on conflict do nothing",
        id as _,
        &details.trades
    )
    .execute(ctx.conn())
    .await?;
    sqlx::query!(
        "with gone as (delete from operative_ward where operative_id = $1 and not ward = any($2))
         insert into operative_ward (operative_id, ward) select $1, w from unnest($2::text[]) w on conflict do nothing",
        id as _,
        &details.wards
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

async fn save_shifts(ctx: &mut Ctx, id: OperativeId, shifts: &[Shift]) -> Result<()> {
    sqlx::query!("delete from shift where operative_id = $1", id as _).execute(ctx.conn()).await?;
    sqlx::query!(
        "insert into shift (operative_id, weekday, from_time, until_time, on_call)
         select $1, s.weekday, time '00:00' + make_interval(mins => s.from_minute), time '00:00' + make_interval(mins => s.until_minute),
                s.on_call
         from unnest($2::int[], $3::int[], $4::int[], $5::bool[]) as s(weekday, from_minute, until_minute, on_call)",
        id as _,
        &shifts.iter().map(|shift| shift.weekday).collect::<Vec<_>>(),
        &shifts.iter().map(|shift| shift.from_minute).collect::<Vec<_>>(),
        &shifts.iter().map(|shift| shift.until_minute.min(1439)).collect::<Vec<_>>(),
        &shifts.iter().map(|shift| shift.on_call).collect::<Vec<_>>()
    )
    .execute(ctx.conn())
    .await?;
    Ok(())
}

/// Locks the operative within the actor's scope; gives its version.
async fn require_own(ctx: &mut Ctx, id: OperativeId) -> Result<i32> {
    let [provider] = ctx.actor.scope.ids(["provider"]);
    sqlx::query_scalar!(
        "select version from operative where id = $1 and ended_at is null and ($2::uuid is null or provider_id = $2) for update",
        id as _,
        provider
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the operative"))
}

/// Ends an operative's service. Refused while visits are booked with them: those are given to others first.
pub async fn leave(ctx: &mut Ctx, id: OperativeId) -> Result<()> {
    ctx.require(&permissions::PLAN)?;
    require_own(ctx, id).await?;
    let booked = sqlx::query_scalar!(
        r#"select count(*) as "n!" from appointment where operative_id = $1 and status = 'booked'"#,
        id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    if booked > 0 {
        return Err(Error::conflict(format!(
            "{booked} visits are still booked with this operative. Give them to others first."
        )));
    }
    let now = ctx.now;
    sqlx::query!("update operative set ended_at = $2 where id = $1", id as _, now as _).execute(ctx.conn()).await?;
    ctx.record(facts::OPERATIVE_CHANGED.at(now).with("operative", id).with("what", "left")).await?;
    Ok(())
}

/// Records that somebody is away; their visits stay until somebody gives them to others.
pub async fn absent(ctx: &mut Ctx, id: OperativeId, from: Moment, until: Moment, reason: &str) -> Result<AbsenceId> {
    ctx.require(&permissions::PLAN)?;
    let mut errors = FieldErrors::default();
    if !ABSENCES.iter().any(|(key, _)| *key == reason) {
        errors.add("absence", "choose why");
    }
    if until <= from {
        errors.add("until", "must be after the beginning");
    } else if until.seconds_since(from) > ABSENCE_DAYS_MAX * 86_400 {
        errors.add("until", "record at most a year at a time");
    }
    errors.into_result(())?;
    require_own(ctx, id).await?;
    let absence = AbsenceId::new();
    sqlx::query!(
        "insert into absence (id, operative_id, during, reason) values ($1, $2, tstzrange($3, $4), $5)",
        absence as _,
        id as _,
        from as _,
        until as _,
        reason
    )
    .execute(ctx.conn())
    .await?;
    let fact = facts::OPERATIVE_ABSENT.at(ctx.now).with("operative", id).with("from", from).with("until", until);
    ctx.record(fact.with("reason", reason)).await?;
    Ok(absence)
}

/// They are back: the absence ends now, or is removed when it had not begun.
pub async fn back(ctx: &mut Ctx, id: OperativeId, absence: AbsenceId) -> Result<()> {
    ctx.require(&permissions::PLAN)?;
    require_own(ctx, id).await?;
    let now = ctx.now;
    let row = sqlx::query!(
        r#"select lower(during) as "from!: Moment", upper(during) as "until!: Moment" from absence where id = $1 and operative_id = $2 for update"#,
        absence as _,
        id as _
    )
    .fetch_optional(ctx.conn())
    .await?
    .ok_or(Error::NotFound("the absence"))?;
    if row.until <= now {
        return Err(Error::conflict("This absence is already over."));
    }
    if row.from >= now {
        sqlx::query!("delete from absence where id = $1", absence as _).execute(ctx.conn()).await?;
    } else {
        sqlx::query!("update absence set during = tstzrange(lower(during), $2) where id = $1", absence as _, now as _)
            .execute(ctx.conn())
            .await?;
    }
    ctx.record(facts::OPERATIVE_BACK.at(now).with("operative", id).with("from", row.from).with("until", row.until))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> Details {
        Details {
            name: "Sam Hall".into(),
            provider: Some(ProviderId::new()),
            trades: vec!["plumber".into()],
            shifts: vec![Shift { weekday: 1, from_minute: 480, until_minute: 990, on_call: false }],
            ..Details::default()
        }
    }

    #[test]
    fn a_sound_operative_is_accepted_and_each_fault_names_its_field() {
        assert!(details().check().is_empty());
        let wrong = |change: fn(&mut Details)| {
            let mut details = details();
            change(&mut details);
            details.check().0.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(|d| d.name.clear()), ["name"]);
        assert_eq!(wrong(|d| d.provider = None), ["provider"]);
        assert_eq!(wrong(|d| d.trades.clear()), ["trades"]);
        assert_eq!(wrong(|d| d.trades.push("juggler".into())), ["trades"]);
        assert_eq!(wrong(|d| d.shifts[0].until_minute = 480), ["from-1"]);
        assert_eq!(
            wrong(|d| d.shifts.push(Shift { weekday: 1, from_minute: 960, until_minute: 1200, on_call: true })),
            ["from-1"]
        );
        assert!(
            wrong(|d| d.shifts.push(Shift { weekday: 1, from_minute: 1020, until_minute: 1439, on_call: true }))
                .is_empty()
        );
    }
}
