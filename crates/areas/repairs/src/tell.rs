//! Messages to whoever waits for a repair: what each of them says of it. How people are reached is the area of people's to know.

use crate::ids::RepairId;
use rooftree_kernel::{PersonId, PlaceId};
pub use rooftree_people::public::Told;
use rooftree_people::public::{self as people, Telling, Way};
use rooftree_platform::{Ctx, Result};
use serde_json::Value;

/// What the facts of this area's messages carry: the appointment that they are about.
pub(crate) const MESSAGE_FIELDS: [&str; 1] = ["appointment"];

/// The template of a cancellation.
pub(crate) const CANCELLED: &str = "repairs.cancelled";

/// The repair that a message is about.
pub struct About {
    /// Its id.
    pub id: RepairId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// Where.
    pub place: PlaceId,
    /// Who is written to.
    pub person: Option<PersonId>,
}

/// Reads what messages say of a repair.
pub async fn about(ctx: &mut Ctx, id: RepairId) -> Result<About> {
    let row = sqlx::query!(
        r#"select reference, title, place_id as "place: PlaceId", reporter_id as "person: PersonId" from repair where id = $1"#,
        id as _
    )
    .fetch_one(ctx.conn())
    .await?;
    let today = ctx.now.day();
    let person = people::addressee(ctx.conn(), row.place, row.person, today).await?;
    Ok(About { id, reference: row.reference, title: row.title, place: row.place, person })
}

/// The way that a message of this template would take; none when nobody known reported it or they cannot be reached by it.
pub async fn way(ctx: &mut Ctx, about: &About, template: &str) -> Result<Option<Way>> {
    people::way(ctx, about.person, Some(about.place), template).await
}

/// Owes a message. Name, reference, repair, address, date and link are filled in; `values` are the template's other blanks.
pub async fn tell(
    ctx: &mut Ctx,
    about: &About,
    template: &'static str,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Result<Told> {
    let telling = telling(ctx, about, template, values, fact);
    people::tell(ctx, about.person, telling).await
}

/// The same by a way that was chosen.
pub async fn tell_by(
    ctx: &mut Ctx,
    about: &About,
    template: &'static str,
    way: Way,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Result<()> {
    let telling = telling(ctx, about, template, values, fact);
    people::tell_by(ctx, telling, way).await
}

fn telling(
    ctx: &Ctx,
    about: &About,
    template: &'static str,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Telling<'static> {
    let link = format!("{}/r/{}", ctx.platform().config().base_url, about.reference);
    let mut all = vec![("reference", about.reference.clone()), ("repair", about.title.clone()), ("link", link)];
    all.extend(values);
    Telling { template, place: Some(about.place), case: about.id.into(), values: all, fact }
}
