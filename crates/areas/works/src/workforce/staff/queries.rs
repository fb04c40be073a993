//! Reads of operatives.

use super::commands::AbsenceId;
use crate::{
    cases,
    workforce::{diary::Shift, roster::shifts},
};
use rooftree_kernel::{Day, Moment, OperativeId, ProviderId, Scope};
use rooftree_platform::{Db, Error, Registry, Result, boxed};

/// Rows on a page of operatives.
pub const PAGE_ROWS: i64 = 50;

/// A line of the list, and the head of a page.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: OperativeId,
    /// Their name.
    pub name: String,
    /// Their work phone.
    pub phone: String,
    /// Their employer.
    pub provider: ProviderId,
    /// That company's name.
    pub provider_name: String,
    /// Trade keys.
    pub trades: Vec<String>,
    /// Wards of their patch.
    pub wards: Vec<String>,
    /// Their week.
    pub shifts: Vec<Shift>,
    /// Why they are away at present.
    pub away: Option<String>,
    /// Visits booked with them today.
    pub today: i64,
    /// For optimistic locking.
    pub version: i32,
}

/// What the list is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One provider.
    pub provider: Option<ProviderId>,
    /// A trade.
    pub trade: Option<String>,
    /// A ward.
    pub ward: Option<String>,
    /// Part of the name.
    pub text: Option<String>,
    /// One operative.
    pub id: Option<OperativeId>,
}

/// Operatives in service, by name, with how many there are in all.
#[boxed]
pub async fn list(
    db: impl Into<Db<'_>>,
    filter: &Filter,
    scope: &Scope,
    now: Moment,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Person>, i64)> {
    let like = filter.text.as_ref().map(|text| format!("%{}%", text.to_lowercase().replace(['%', '_', '\\'], " ")));
    let [provider] = scope.ids(["provider"]);
    let rows = sqlx::query!(
        r#"select o.id as "id: OperativeId", o.name, o.phone, o.version, o.provider_id as "provider: ProviderId", p.name as provider_name,
                  array(select t.trade from operative_trade t where t.operative_id = o.id order by t.trade) as "trades!",
                  array(select w.ward from operative_ward w where w.operative_id = o.id order by w.ward) as "wards!",
                  s.weekdays as "weekdays!", s.froms as "froms!", s.untils as "untils!", s.on_calls as "on_calls!",
                  (select z.reason from absence z where z.operative_id = o.id and z.during @> $6::timestamptz limit 1) as away,
                  (select count(*) from appointment a where a.operative_id = o.id and a.day = $7 and a.status = 'booked') as "today!",
                  count(*) over () as "total!"
           from operative o join provider p on p.id = o.provider_id
           cross join lateral (
               select coalesce(array_agg(x.weekday order by x.weekday, x.from_time), '{}') as weekdays,
                      coalesce(array_agg((extract(epoch from x.from_time) / 60)::int order by x.weekday, x.from_time), '{}') as froms,
                      coalesce(array_agg((extract(epoch from x.until_time) / 60)::int order by x.weekday, x.from_time), '{}') as untils,
                      coalesce(array_agg(x.on_call order by x.weekday, x.from_time), '{}') as on_calls
               from shift x where x.operative_id = o.id) s
           where o.ended_at is null
             and ($1::uuid is null or o.provider_id = $1)
             and ($2::text is null or exists (select from operative_trade t where t.operative_id = o.id and t.trade = $2))
             and ($3::text is null or exists (select from operative_ward w where w.operative_id = o.id and w.ward = $3))
             and ($4::text is null or lower(o.name) like $4)
             and ($5::uuid is null or o.id = $5)
           order by o.name, o.id limit $8 offset $9"#,
        provider.or(filter.provider.map(Into::into)),
        filter.trade,
        filter.ward,
        like,
        filter.id as _,
        now as _,
        now.day() as _,
        limit,
        offset
    )
    .fetch_all(db)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let people = rows
        .into_iter()
        .map(|row| Person {
            id: row.id,
            name: row.name,
            phone: row.phone,
            provider: row.provider,
            provider_name: row.provider_name,
            trades: row.trades,
            wards: row.wards,
            shifts: shifts(&row.weekdays, &row.froms, &row.untils, &row.on_calls),
            away: row.away,
            today: row.today,
            version: row.version,
        })
        .collect();
    Ok((people, total))
}

/// One operative within the scope.
#[boxed]
pub async fn one(db: impl Into<Db<'_>>, id: OperativeId, scope: &Scope, now: Moment) -> Result<Person> {
    let filter = Filter { id: Some(id), ..Filter::default() };
    list(db, &filter, scope, now, 0, 1).await?.0.pop().ok_or(Error::NotFound("the operative"))
}

/// An absence that is not over.
pub struct Absence {
    /// Its id.
    pub id: AbsenceId,
    /// From.
    pub from: Moment,
    /// Until.
    pub until: Moment,
    /// A key of the absences.
    pub reason: String,
    /// Visits booked in it that somebody else must take.
    pub visits: i64,
}

/// Absences that are not over, the next first.
#[boxed]
pub async fn absences(db: impl Into<Db<'_>>, id: OperativeId, now: Moment) -> Result<Vec<Absence>> {
    Ok(sqlx::query_as!(
        Absence,
        r#"select z.id as "id: AbsenceId", coalesce(lower(z.during), $2) as "from!: Moment",
                  coalesce(upper(z.during), $2::timestamptz + interval '100 years') as "until!: Moment", z.reason,
                  (select count(*) from appointment a where a.operative_id = z.operative_id and a.status = 'booked' and a.arrived_at is null
                      and tstzrange(a.starts_at, a.ends_at) && z.during) as "visits!"
           from absence z where z.operative_id = $1 and (upper(z.during) is null or upper(z.during) > $2)
           order by lower(z.during) limit 50"#,
        id as _,
        now as _
    )
    .fetch_all(db)
    .await?)
}

/// A visit of an operative's next days.
pub struct Next {
    /// The case's reference.
    pub reference: String,
    /// The page of the case.
    pub href: String,
    /// What is done.
    pub title: String,
    /// Where.
    pub address: String,
    /// When.
    pub starts_at: Moment,
    /// Until.
    pub ends_at: Moment,
}

/// What is booked with an operative from a day on.
#[boxed]
pub async fn next(db: impl Into<Db<'_>>, registry: &Registry, id: OperativeId, from: Day) -> Result<Vec<Next>> {
    let rows = sqlx::query!(
        "select a.case_reference, a.title, p.address, a.starts_at, a.ends_at from appointment a join place p on p.id = a.place_id
         where a.operative_id = $1 and a.status = 'booked' and a.day >= $2 order by a.starts_at limit 30",
        id as _,
        from as _
    )
    .fetch_all(db)
    .await?;
    let next = rows.into_iter().map(|row| Next {
        href: cases::href(registry, &row.case_reference),
        reference: row.case_reference,
        title: row.title,
        address: row.address,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    });
    Ok(next.collect())
}

/// Wards that homes lie in.
#[boxed]
pub async fn wards(db: impl Into<Db<'_>>) -> Result<Vec<String>> {
    rooftree_homes::public::wards(db).await
}
