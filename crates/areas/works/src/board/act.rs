//! A move on the board: an appointment, or work that has none, to an operative and a time.

use super::model::{Column, end_of};
use crate::{
    booking::{
        commands,
        model::{Held, Why},
    },
    cases::{self, Brief, Case},
    declared::DECLARED,
    ids::AppointmentId,
    priority::Priority,
    tell::Told,
    workforce::{
        diary::{Fit, Operative, STEP_SECONDS, minute_of},
        roster::{self, Wanted},
        slots::Slot,
        windows::Window,
    },
};
use rooftree_kernel::{Day, Moment, OperativeId, scope::PROVIDER};
use rooftree_platform::{Ctx, Error, Result};

/// Starts are shifted to the next five minutes when a visit is put into the running hour, in seconds.
const NOW_STEP_SECONDS: i64 = 5 * 60;

/// What is asked for.
pub struct Ask<'a> {
    /// An appointment's id, or the reference of a case that has none.
    pub visit: &'a str,
    /// To whom.
    pub operative: OperativeId,
    /// On which day.
    pub day: Day,
    /// Between which minutes the work should begin.
    pub time: Column,
    /// Why, when the resident's time changes.
    pub why: Why<'a>,
}

/// What came of it, for the notice.
pub struct Done {
    /// The case.
    pub reference: String,
    /// When the work begins.
    pub starts_at: Moment,
    /// What the resident hears of it.
    pub told: Told,
}

/// Moves or books.
pub async fn act(ctx: &mut Ctx, ask: &Ask<'_>) -> Result<Done> {
    match ask.visit.parse::<AppointmentId>() {
        Ok(id) => {
            let (case, held) = commands::hold(ctx, id).await?;
            move_visit(ctx, ask, &case, &held).await
        }
        Err(_) => {
            let case = cases::lock(ctx, ask.visit).await?;
            plan(ctx, ask, &case).await
        }
    }
}

async fn move_visit(ctx: &mut Ctx, ask: &Ask<'_>, case: &Case, held: &Held) -> Result<Done> {
    let brief = cases::brief(ctx, case).await?;
    let minutes = held.minutes();
    let (operative, start) = place(ctx, ask, &brief, minutes, Some(held.id)).await?;
    let mut slot = Slot::new(&operative, start, minutes, Window::holding(start, minutes), &brief.ward);
    let inside = held.window_starts_at <= start && start < held.window_ends_at;
    if inside {
        (slot.window_starts_at, slot.window_ends_at) = (held.window_starts_at, held.window_ends_at);
    } else if ask.why.reason.is_empty() {
        return Err(Error::conflict(format!(
            "The resident of {} was told {}. Choose under ‘Why visits move’ why the time changes, then move it again.",
            case.reference,
            held.window_starts_at.time_until(held.window_ends_at)
        )));
    }
    let moved = commands::move_to(ctx, case, held, held.version, &slot, ask.why).await?;
    Ok(Done { reference: case.reference.clone(), starts_at: start, told: moved.told })
}

async fn plan(ctx: &mut Ctx, ask: &Ask<'_>, case: &Case) -> Result<Done> {
    let brief = cases::brief(ctx, case).await?;
    let (operative, start) = place(ctx, ask, &brief, brief.minutes, None).await?;
    let emergency = brief.priority == Priority::Emergency;
    let window = if emergency { Window::Soon } else { Window::holding(start, brief.minutes) };
    let slot = Slot::new(&operative, start, brief.minutes, window, &brief.ward);
    let booked = commands::book(ctx, case, None, &slot, emergency).await?;
    Ok(Done { reference: case.reference.clone(), starts_at: start, told: booked.told })
}

/// The operative, and the first start in the column at which the work fits into their day; the refusal says what stands in the way.
async fn place(
    ctx: &mut Ctx,
    ask: &Ask<'_>,
    brief: &Brief,
    minutes: i32,
    except: Option<AppointmentId>,
) -> Result<(Operative, Moment)> {
    let wanted = Wanted {
        trades: &[],
        operatives: &[ask.operative],
        provider: ctx.actor.scope.id(PROVIDER),
        from: ask.day,
        until: ask.day,
        now: ctx.now,
        except,
    };
    let operative = roster::load(ctx.conn(), &wanted).await?.pop().ok_or(Error::NotFound("the operative"))?;
    if !operative.has(&brief.trade) {
        return Err(Error::conflict(format!(
            "{} does not have the trade {}.",
            operative.name,
            DECLARED.trade(&brief.trade)
        )));
    }
    let (from, until) = (minute_of(ask.day, ask.time.from), end_of(ask.day, ask.time.until));
    if until <= ctx.now {
        return Err(Error::conflict(format!("{} is already over.", from.time_until(until))));
    }
    let (earliest, step) = if from < ctx.now { (ctx.now, NOW_STEP_SECONDS) } else { (from, STEP_SECONDS) };
    let fit = Fit { earliest, latest: until.plus_seconds(-1), minutes, step_seconds: step, on_call: true };
    match operative.first_free(ask.day, &fit) {
        Some(start) => Ok((operative, start)),
        None => Err(no_room(&operative, ask.day, from, until, minutes, ctx.now)),
    }
}

fn no_room(operative: &Operative, day: Day, from: Moment, until: Moment, minutes: i32, now: Moment) -> Error {
    let between = |earliest, latest| {
        operative.first_free(day, &Fit { earliest, latest, minutes, step_seconds: STEP_SECONDS, on_call: true })
    };
    let (next, before) = (between(until.max(now), day.end()), between(day.start().max(now), from));
    let instead = match next.or(before) {
        Some(start) => format!("There is room at {} that day.", start.time()),
        None => "There is no room for it on that day.".to_owned(),
    };
    Error::conflict(format!(
        "{} cannot begin {minutes} minutes of work between {} and {}: other visits or the end of the shift are in the way. {instead}",
        operative.name,
        from.time(),
        until.time()
    ))
}
