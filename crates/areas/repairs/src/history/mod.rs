//! The repairs of the system before this one, from a spreadsheet: the history, and what is open on the day of the change. A row
//! becomes the facts that it tells (reported, prioritised, made safe, completed or cancelled), so that clocks and figures count it like
//! any other repair. Of visits and letters it tells nothing: the promises about those are not counted for it.

mod columns;
mod plan;
mod store;

use crate::{facts, ids::OrderId, permissions};
use async_trait::async_trait;
use plan::{Known, New, Planned};
use rooftree_kernel::{Moment, Permission, PlaceId};
use rooftree_platform::{
    Ctx, Error, NewFact, Result,
    imports::{Column, ImportTarget, Outcome, StagedRow},
};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Repairs of another system.
pub struct Repairs;

pub(crate) fn add(area: &mut rooftree_frame::Area) {
    area.imports.push(Arc::new(Repairs));
}

#[async_trait]
impl ImportTarget for Repairs {
    fn key(&self) -> &'static str {
        "repairs"
    }
    fn title(&self) -> &'static str {
        "Repairs from another system"
    }
    fn permission(&self) -> Permission {
        permissions::HISTORY
    }
    fn columns(&self) -> &'static [Column] {
        columns::COLUMNS
    }
    fn lines(&self) -> &'static [&'static str] {
        &["description", "completed_note"]
    }

    async fn apply(&self, ctx: &mut Ctx, rows: &[StagedRow]) -> Result<Vec<Outcome>> {
        ctx.require(&permissions::HISTORY)?;
        // Two imports at once would not see each other's keys.
        sqlx::query!("select pg_advisory_xact_lock(hashtext('import repairs'))").execute(ctx.conn()).await?;
        let known: Known = store::known(ctx, rows).await?;
        let rules = ctx.platform().rules();
        let planned = plan::make(rows, &known, &rules.standards, &rules.calendars, ctx.now);
        let new: Vec<&New> = planned.iter().filter_map(Planned::new_repair).collect();
        store::insert(ctx, &new).await?;
        let told = new.iter().flat_map(|repair| told(repair)).collect();
        ctx.record_all(told).await?;
        Ok(planned.into_iter().map(Outcome::from).collect())
    }

    async fn undo(&self, ctx: &mut Ctx, created: &[Uuid], _: &[(Uuid, Value)]) -> Result<()> {
        ctx.require(&permissions::HISTORY)?;
        store::lock(ctx, created).await?;
        let touched = store::touched(ctx, created).await?;
        if !touched.is_empty() {
            let which = touched.join(", ");
            return Err(Error::conflict(format!("{which} was worked on after the import. Nothing was undone.")));
        }
        let now = ctx.now;
        let gone = store::remove(ctx, created).await?;
        let fact = |(id, place): (Uuid, PlaceId)| {
            facts::TAKEN_BACK.at(now).case(rooftree_kernel::CaseId(id)).home(place).with("reason", "import undone")
        };
        ctx.record_all(gone.into_iter().map(fact).collect()).await?;
        Ok(())
    }
}

impl From<Planned> for Outcome {
    fn from(planned: Planned) -> Self {
        match planned {
            Planned::Refused(errors) => Self::Refused(errors),
            Planned::Unchanged(id) => Self::Unchanged(id.into()),
            Planned::Create(repair) => Self::Created(repair.id.into()),
        }
    }
}

/// What a row tells, each at its own moment.
fn told(repair: &New) -> Vec<NewFact> {
    let about = |fact: NewFact| fact.case(repair.id).home(repair.place).person(repair.reporter);
    let channel = "import";
    let mut told = vec![
        about(facts::REPORTED.at(repair.reported_at))
            .with("priority", repair.priority.as_str())
            .with("trade", &repair.trade)
            .with("channel", channel),
    ];
    told.extend(repair.order.map(|order: OrderId| ordered(about, repair, order)).into_iter().flatten());
    if let Some(at) = repair.made_safe_at.filter(|at| repair.completed_at != Some(*at)) {
        told.push(about(facts::MADE_SAFE.at(at)));
    }
    if let Some(at) = repair.completed_at {
        let fact = about(facts::COMPLETED.at(at)).with("completed_at", at).with("first_visit", repair.first_visit);
        told.push(fact.with("cost_pence", repair.cost_pence).with("recall", false));
    }
    if let Some(at) = repair.cancelled_at {
        told.push(about(facts::CANCELLED.at(at)).with("reason", &repair.cancel_reason));
    }
    told
}

/// Work in hand: the provider had taken it on before the change of systems.
fn ordered(about: impl Fn(NewFact) -> NewFact, repair: &New, order: OrderId) -> [NewFact; 2] {
    let at: Moment = repair.reported_at;
    [
        about(facts::ORDER_ISSUED.at(at))
            .with("order", order)
            .with("provider", repair.provider)
            .with("value_pence", repair.cost_pence),
        about(facts::ORDER_ACCEPTED.at(at)).with("order", order),
    ]
}
