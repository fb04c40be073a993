//! Who read what is sensitive, and why.

use super::list::{bearers, links};
use maud::html;
use rooftree_frame::{
    App,
    lists::{Column, Filter, List, Order},
};
use rooftree_kernel::Moment;
use rooftree_platform::{Result, journal::search};
use uuid::Uuid;

/// A reading of something sensitive.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    read_at: Moment,
    user_name: String,
    what: String,
    about: Option<Uuid>,
    reason: String,
    /// The reference of the person or home, looked up for all lines at once.
    #[sqlx(skip)]
    reference: Vec<String>,
}

/// All readings, the newest first.
pub fn list() -> List<Line> {
    List::new("/journal/reads", "Who read what is sensitive", super::VIEW)
        .sql("a.read_at, a.user_name, a.what, coalesce(a.person_id, a.home_id) as about, a.reason", "read_audit a", "true")
        .id("a.id::bigint", None)
        .whose(super::SCOPE, &[])
        .impersonal()
        .counted("reading", "readings")
        .empty("Nobody read anything sensitive that fits.")
        .nav("/journal")
        .crumb("Journal", "/journal")
        .filter(Filter::text("by", "Read by", "position(lower({value}) in lower(a.user_name)) > 0"))
        .filter(
            Filter::found("about", "About", |app, typed| Box::pin(bearers(app, typed)), "a.person_id = any({value}) or a.home_id = any({value})")
                .hint("Reference, like N-50001"),
        )
        .order(Order::down("when", &[]))
        .order(Order::up("who", &["lower(a.user_name)::text"]))
        .column(Column::new("When", |line: &Line| line.read_at).sort("when").nowrap())
        .column(Column::new("Who", |line: &Line| line.user_name.clone()).sort("who"))
        .column(Column::new("What", |line: &Line| line.what.clone()))
        .column(Column::new("About", |line: &Line| line.reference.join(", ")).shown_to(|line, seen| links(&line.reference, seen)))
        .column(
            Column::new("Reason given", |_: &Line| "")
                .value_to(|line, seen| if super::sees_reasons(seen.actor) { line.reason.clone() } else { super::WITHHELD.to_owned() })
                .shown_to(|line, seen| html! { @if super::sees_reasons(seen.actor) { (line.reason) } @else { span.rt-muted { (super::WITHHELD) } } }),
        )
        .complete(|app, lines| Box::pin(with_references(app, lines)))
}

async fn with_references(app: App, mut lines: Vec<Line>) -> Result<Vec<Line>> {
    let known = search::references_of(&app.platform, lines.iter().filter_map(|line| line.about).collect()).await?;
    for line in &mut lines {
        line.reference = line.about.and_then(|id| known.get(&id).cloned()).into_iter().collect();
    }
    Ok(lines)
}
