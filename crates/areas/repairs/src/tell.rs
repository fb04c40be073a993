//! Messages to whoever waits for a repair: what each of them says of it. How people are reached is the area of people's to know.

use crate::ids::RepairId;
use rooftree_kernel::{PersonId, PlaceId};
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

/// What the resident hears of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A message is written.
    Written,
    /// Nothing changes for them.
    Unchanged,
    /// No message reaches them in time, or at all.
    Nobody,
}

impl Told {
    /// Whether a message could be written.
    pub fn when(written: bool) -> Self {
        if written { Self::Written } else { Self::Nobody }
    }

    /// For the notice above the page.
    pub fn words(self) -> &'static str {
        match self {
            Self::Written => "A message to the resident is written.",
            Self::Unchanged => "The time that the resident was told stays the same.",
            Self::Nobody => "No message can reach the resident in time: tell them yourself.",
        }
    }
}

/// The way that a message of this template would take; none when nobody known reported it or they cannot be reached by it.
pub async fn way(ctx: &mut Ctx, about: &About, template: &str) -> Result<Option<Way>> {
    people::way(ctx, about.person, about.place, template).await
}

/// Owes a message. Name, reference, repair, address, date and link are filled in; `values` are the template's other blanks. False when
/// there is nobody to tell.
pub async fn tell(
    ctx: &mut Ctx,
    about: &About,
    template: &'static str,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Result<bool> {
    let telling = telling(ctx, about, template, values, fact);
    people::tell(ctx, telling).await
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
    Telling { template, person: about.person, place: about.place, case: about.id.into(), values: all, fact }
}
