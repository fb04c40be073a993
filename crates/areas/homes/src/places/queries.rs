//! Reads for the tree, and what a search means in SQL.

use super::{
    rules::{Wanted, read_search, short_uprn},
    words,
};
use rooftree_kernel::{PlaceId, Scope};
use rooftree_platform::{Db, Error, Pool, Result, boxed};
use sqlx::{Postgres, QueryBuilder};

/// The expression that the trigram index holds.
const LINE: &str = "p.search_line";
/// Only those who may see the whole register get at it by these pages: providers, operatives and residents see homes through their
/// own jobs.
pub fn whole_register(scope: &Scope) -> Result<()> {
    if !scope.sees_all() {
        return Err(Error::NotFound("the place"));
    }
    Ok(())
}

/// Narrows to what was typed. `alike` are patterns of the nearest words, used when nothing matches as typed.
pub fn push_wanted(sql: &mut QueryBuilder<Postgres>, text: &str, alike: Option<&[String]>) {
    match read_search(text) {
        Wanted::Nothing => {}
        Wanted::Words(words) => match alike {
            Some(alike) => push_patterns(sql, alike),
            None => {
                if let Some(uprn) = short_uprn(&words) {
                    sql.push(" and (p.uprn = ").push_bind(uprn.to_owned()).push(format!(" or {LINE} ~ "));
                    sql.push_bind(words::typed(&words[0])).push(")");
                } else {
                    push_patterns(sql, &words::as_typed(&words));
                }
            }
        },
        Wanted::Reference(reference) => {
            sql.push(" and p.reference = ").push_bind(reference);
        }
        Wanted::Uprn(uprn) => {
            sql.push(" and p.uprn = ").push_bind(uprn);
        }
        Wanted::Postcode(start) => {
            sql.push(" and replace(lower(p.postcode), ' ', '') like ").push_bind(format!("{start}%"));
        }
    }
}

fn push_patterns(sql: &mut QueryBuilder<Postgres>, patterns: &[String]) {
    for pattern in patterns {
        sql.push(format!(" and {LINE} ~ ")).push_bind(pattern.clone());
    }
}

/// A place on the way from the top of the tree.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its reference.
    pub reference: String,
    /// What a breadcrumb says.
    pub label: String,
}

/// What a place lies in, from the top, without the place itself.
#[boxed]
pub async fn above(db: impl Into<Db<'_>>, id: PlaceId) -> Result<Vec<Step>> {
    let rows = sqlx::query!(
        r#"with recursive tree as (
               select id, parent_id, reference, name, address, 0 as depth from place where id = $1
               union all
               select p.id, p.parent_id, p.reference, p.name, p.address, t.depth + 1 from place p join tree t on p.id = t.parent_id
               where t.depth < 8
           )
           select reference as "reference!", name as "name!", address as "address!" from tree where depth > 0 order by depth desc"#,
        id as _
    )
    .fetch_all(db)
    .await?;
    let label = |name: String, address: String| if name.is_empty() { address } else { name };
    Ok(rows.into_iter().map(|row| Step { reference: row.reference, label: label(row.name, row.address) }).collect())
}

/// The wards and patches in use, for the filters.
pub async fn wards_and_patches(pool: &Pool) -> Result<(Vec<String>, Vec<String>)> {
    let wards = crate::public::wards(pool).await?;
    let patches = crate::public::patches(pool).await?;
    Ok((wards, patches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_does_not_browse_the_register() {
        let provider = Scope::of(rooftree_kernel::scope::PROVIDER, rooftree_kernel::ProviderId::new());
        assert!(whole_register(&provider).is_err());
        assert!(whole_register(&Scope::without_personal_data()).is_ok());
    }
}
