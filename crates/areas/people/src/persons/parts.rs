//! What hangs on a person: contact points, needs, representatives. Reads.

use rooftree_kernel::{Day, PersonId, id_type};
use rooftree_platform::{Db, Result, boxed};

id_type!(
    /// A telephone number, an e-mail address, a postal address.
    PointId
);
id_type!(
    /// A recorded need.
    NeedId
);
id_type!(
    /// The right of one person to speak for another.
    RepresentativeId
);

/// A way to reach somebody.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Point {
    /// Its id.
    pub id: PointId,
    /// phone, email, post.
    pub kind: String,
    /// As people read it.
    pub value: String,
    /// As it is compared.
    pub normal: String,
    /// work, daughter's.
    pub label: String,
    /// The one to use among its kind.
    pub preferred: bool,
    /// May be used for surveys and news.
    pub consent: bool,
}

/// The live contact points of a person, the preferred first.
#[boxed]
pub async fn points(db: impl Into<Db<'_>>, person: PersonId) -> Result<Vec<Point>> {
    Ok(sqlx::query_as!(
        Point,
        r#"select id as "id: PointId", kind, value, normal, label, preferred, consent from contact_point
           where person_id = $1 and ended_at is null
           order by array_position(array['phone', 'email', 'post'], kind), preferred desc, id limit 50"#,
        person as _
    )
    .fetch_all(db)
    .await?)
}

/// A need as it was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its id.
    pub id: NeedId,
    /// Its key in the catalogue.
    pub need: String,
    /// What was noted with it.
    pub note: String,
    /// Since when.
    pub from_day: Day,
    /// When to ask again.
    pub review_day: Option<Day>,
    /// Until when, if that is known.
    pub until_day: Option<Day>,
    /// By whom.
    pub added_by: String,
}

impl Recorded {
    /// Sensitive, or no longer in the catalogue: hidden either way until somebody says why they look.
    pub fn is_sensitive(&self) -> bool {
        crate::needs::get(&self.need).is_none_or(|kind| kind.sensitive)
    }

    /// Its words.
    pub fn title(&self) -> &str {
        crate::needs::get(&self.need).map_or(&self.need, |kind| &kind.title)
    }
}

/// The live needs of a person.
#[boxed]
pub async fn needs(db: impl Into<Db<'_>>, person: PersonId, today: Day) -> Result<Vec<Recorded>> {
    Ok(sqlx::query_as!(
        Recorded,
        r#"select id as "id: NeedId", need, note, from_day, review_day, until_day, added_by from person_need
           where person_id = $1 and ended_at is null and (until_day is null or until_day >= $2) order by from_day, id limit 100"#,
        person as _,
        today as _
    )
    .fetch_all(db)
    .await?)
}

/// Somebody who may speak for another.
#[derive(Clone, Debug)]
pub struct Representative {
    /// The right's id.
    pub id: RepresentativeId,
    /// The other person's reference.
    pub reference: String,
    /// The other person's name.
    pub name: String,
    /// Power of attorney, parent, consent given by phone.
    pub authority: String,
    /// Since when.
    pub from_day: Day,
    /// Until when.
    pub until_day: Option<Day>,
}

/// Who may speak for a person.
#[boxed]
pub async fn representatives(db: impl Into<Db<'_>>, person: PersonId, today: Day) -> Result<Vec<Representative>> {
    Ok(sqlx::query_as!(
        Representative,
        r#"select r.id as "id: RepresentativeId", n.reference, concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, ''), n.family_name) as "name!",
                  r.authority, r.from_day, r.until_day
           from representative r join person n on n.id = r.representative_id
           where r.person_id = $1 and r.ended_at is null and (r.until_day is null or r.until_day >= $2) order by r.from_day, r.id limit 20"#,
        person as _,
        today as _
    )
    .fetch_all(db)
    .await?)
}

/// For whom a person may speak.
#[boxed]
pub async fn represented(db: impl Into<Db<'_>>, person: PersonId, today: Day) -> Result<Vec<Representative>> {
    Ok(sqlx::query_as!(
        Representative,
        r#"select r.id as "id: RepresentativeId", n.reference, concat_ws(' ', nullif(n.title, ''), nullif(n.given_name, ''), n.family_name) as "name!",
                  r.authority, r.from_day, r.until_day
           from representative r join person n on n.id = r.person_id
           where r.representative_id = $1 and r.ended_at is null and (r.until_day is null or r.until_day >= $2) order by r.from_day, r.id limit 20"#,
        person as _,
        today as _
    )
    .fetch_all(db)
    .await?)
}
