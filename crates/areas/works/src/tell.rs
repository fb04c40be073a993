//! Messages to whoever waits for work: what each of them says of it. How people are reached is the area of people's to know.

use crate::cases::Case;
use rooftree_kernel::{CaseId, PersonId, PlaceId};
pub use rooftree_people::public::Told;
use rooftree_people::public::{self as people, Telling, Way};
use rooftree_platform::{Ctx, Result};
use serde_json::Value;

/// What the facts of this area's messages carry: the appointment that they are about.
pub(crate) const MESSAGE_FIELDS: [&str; 1] = ["appointment"];

/// The case that a message is about.
pub struct About {
    /// Its id.
    pub case: CaseId,
    /// `R-104233`.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// Where.
    pub place: PlaceId,
    /// Who is written to.
    pub person: Option<PersonId>,
}

/// What messages say of a case that is locked.
pub async fn about(ctx: &mut Ctx, case: &Case) -> Result<About> {
    let today = ctx.now.day();
    let person = people::addressee(ctx.conn(), case.place, case.person, today).await?;
    Ok(About { case: case.id, reference: case.reference.clone(), title: case.title.clone(), place: case.place, person })
}

/// The way that a message of this template would take; none when nobody known asked for it or they cannot be reached by it.
pub async fn way(ctx: &mut Ctx, about: &About, template: &str) -> Result<Option<Way>> {
    people::way(ctx, about.person, Some(about.place), template).await
}

/// Owes a message. Name, reference, title (`repair`), address, date and link are filled in; `values` are the template's other blanks.
pub async fn tell(
    ctx: &mut Ctx,
    about: &About,
    template: &str,
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
    template: &str,
    way: Way,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Result<()> {
    let telling = telling(ctx, about, template, values, fact);
    people::tell_by(ctx, telling, way).await
}

fn telling<'a>(
    ctx: &Ctx,
    about: &About,
    template: &'a str,
    values: Vec<(&'static str, String)>,
    fact: Value,
) -> Telling<'a> {
    let link = format!("{}/r/{}", ctx.platform().config().base_url, about.reference);
    let mut all = vec![("reference", about.reference.clone()), ("repair", about.title.clone()), ("link", link)];
    all.extend(values);
    Telling { template, place: Some(about.place), case: about.case, values: all, fact }
}
