//! What waits for a planner: late now, today's visits, residents of tomorrow who have not been told. What waits of the cases themselves their
//! own areas say.

use super::messages::TOLD_BY;
use crate::permissions;
use async_trait::async_trait;
use rooftree_frame::{App, Task, TaskSource, guard::Caller};
use rooftree_platform::Result;

/// Not on the way so long after the planned start is late, in seconds: as on the board.
const LATE_SECONDS: i64 = 15 * 60;

/// The planner's tasks.
pub struct Planner;

#[async_trait]
impl TaskSource for Planner {
    async fn tasks(&self, app: &App, caller: &Caller) -> Result<Vec<Task>> {
        if !caller.actor.may(&permissions::PLAN) {
            return Ok(Vec::new());
        }
        let tomorrow = app.platform.now().day().plus_days(1);
        let counts = app.platform.kept("works.visits", format!("{:?}", caller.scope()), counts(app, caller)).await?;
        let task = |label: &str, count: i64, href: &str, urgency: u8| Task {
            label: label.to_owned(),
            count,
            href: href.to_owned(),
            urgency,
        };
        Ok(vec![
            task("Visits late now", counts.late, "/board?show=late", 0),
            task("Visits to come today", counts.today, "/board?show=to-come", 2),
            task(
                "Tomorrow's visits not yet confirmed",
                counts.unconfirmed,
                &format!("/board?day={tomorrow}&show=unconfirmed"),
                2,
            ),
        ])
    }
}

/// What waits, by the tiles that show it.
struct Counts {
    late: i64,
    today: i64,
    unconfirmed: i64,
}

async fn counts(app: &App, caller: &Caller) -> Result<Counts> {
    let [provider] = caller.scope().ids(["provider"]);
    let now = app.platform.now();
    let (today, tomorrow) = (now.day(), now.day().plus_days(1));
    let templates: Vec<String> = TOLD_BY.iter().map(|template| (*template).to_owned()).collect();
    let found = sqlx::query_as!(
        Counts,
        r#"with booked as (
               select a.* from appointment a join operative o on o.id = a.operative_id
               where a.day in ($2, $3) and a.status = 'booked' and ($1::uuid is null or o.provider_id = $1)
           )
           select (select count(*) from booked b where b.day = $2 and b.arrived_at is null and b.window_ends_at >= $4) as "today!",
                  (select count(*) from booked b where b.day = $2
                     and (case when b.arrived_at is not null then b.ends_at < $4
                               when b.on_my_way_at is not null then b.window_ends_at < $4
                               else b.starts_at < $5 or b.window_ends_at < $4 end)) as "late!",
                  (select count(*) from booked b where b.day = $3
                     and not exists (select from message m where m.case_id = b.case_id and m.template = any($6)
                                       and m.fact_payload ->> 'appointment' = b.id::text and m.status in ('sent', 'delivered'))) as "unconfirmed!""#,
        provider,
        today as _,
        tomorrow as _,
        now as _,
        now.plus_seconds(-LATE_SECONDS) as _,
        &templates
    );
    Ok(found.fetch_one(app.platform.reads()).await?)
}
