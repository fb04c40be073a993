//! What the platform asks of the areas in SQL, because it knows none of their tables: the dimensions of a case, the number of
//! homes, an address, a provider's name, where a reference leads. An area exports a [`Lookups`]; the registry merges them.

use rooftree_kernel::{Actor, Permission};
use std::fmt::Write;

/// The words for a key of a kind.
pub type Words = fn(kind: &str, key: &str) -> Option<&'static str>;

/// Questions that areas answer with a SELECT, and the words for their keys.
#[derive(Clone, Debug, Default)]
pub struct Lookups {
    /// The area's key and its SELECT of `case_id uuid, home_id uuid, reference text, ward text, trade text, provider text, priority text` of every case of the area.
    /// The areas' answers are united; the figures of standards are broken down by them. Keep it a plain join, so that PostgreSQL can
    /// look up one case by its key.
    pub case_dims: Vec<(&'static str, &'static str)>,
    /// `ward text, homes bigint`: the landlord's homes on the day `$1::date`, the denominator of rates per 1,000 homes.
    pub homes_by_ward: Option<&'static str>,
    /// `id uuid, reference text, address text` of the places in `$1::uuid[]`.
    pub addresses: Option<&'static str>,
    /// `name text` of the provider `$1::uuid`, as it stands in the evidence of measures.
    pub provider_name: Option<&'static str>,
    /// `id uuid, reference text` of the area's things whose id is in `$1::uuid[]` or whose reference is `$2::text`.
    pub named: Vec<&'static str>,
    /// `id uuid, name text` of what a user can be linked to, by kind: `provider`, `operative`.
    pub linkable: Vec<(&'static str, &'static str)>,
    /// The page that a reference leads to: the letters before its number, the path and what its page asks for, as in
    /// `("R-", "/repairs/", VIEW)`.
    pub paths: Vec<(&'static str, &'static str, Permission)>,
    /// The words for a key: of what kind it is (a fact's `reason`, a figure's `trade`) and the key; `None` where the area declares none.
    pub words: Vec<Words>,
}

impl Lookups {
    /// Takes in another area's answers. Two areas that answer what only one may, or whose references have the same letters, are an error.
    pub fn merge(&mut self, other: Self) -> Result<(), String> {
        let one = |mine: &mut Option<&'static str>, theirs: Option<&'static str>, what: &str| match (&mine, theirs) {
            (_, None) => Ok(()),
            (None, given) => {
                *mine = given;
                Ok(())
            }
            (Some(_), Some(_)) => Err(format!("two areas export the lookup {what}: keep one")),
        };
        one(&mut self.homes_by_ward, other.homes_by_ward, "homes_by_ward")?;
        one(&mut self.addresses, other.addresses, "addresses")?;
        one(&mut self.provider_name, other.provider_name, "provider_name")?;
        self.case_dims.extend(other.case_dims);
        self.named.extend(other.named);
        self.linkable.extend(other.linkable);
        for (letters, path, permission) in other.paths {
            if let Some((_, taken, _)) = self.paths.iter().find(|(known, ..)| *known == letters) {
                return Err(format!(
                    "references {letters}… lead to {taken} and to {path}: choose other letters for one"
                ));
            }
            self.paths.push((letters, path, permission));
        }
        self.words.extend(other.words);
        Ok(())
    }

    /// The dimensions of all areas' cases, as one SELECT: for some cases, given by their keys.
    pub fn case_dims_sql(&self) -> String {
        united(self.case_dims.iter().map(|(_, select)| *select))
    }

    /// The dimensions of the cases that a standard is about: those of the standard's own area (`repairs` of `repairs.house.…`), which
    /// PostgreSQL can look up one by one; a union of several areas it would read whole. Of an area without cases, those of all.
    pub fn case_dims_of(&self, standard: &str) -> String {
        let area = standard.split('.').next().unwrap_or_default();
        let own: Vec<&str> = self.case_dims.iter().filter(|(key, _)| *key == area).map(|(_, select)| *select).collect();
        if own.is_empty() { self.case_dims_sql() } else { united(own.into_iter()) }
    }

    /// A key of this kind in the words of the area that declares it.
    pub fn words(&self, kind: &str, key: &str) -> Option<&'static str> {
        self.words.iter().find_map(|words| words(kind, key))
    }

    /// Ids and references of all areas' things, as one SELECT of `$1::uuid[]` and `$2::text`.
    pub fn named_sql(&self) -> String {
        let parts: Vec<String> =
            self.named.iter().map(|select| format!("select n.id, n.reference from ({select}\n) n")).collect();
        match parts.is_empty() {
            true => "select null::uuid as id, null::text as reference where $1::uuid[] is null and $2::text is null and false".to_owned(),
            false => parts.join("\nunion all "),
        }
    }

    /// The page of a reference, if an area claims its letters and the actor may open it: nobody is led to a refusal. Whoever may see no
    /// personal data may not open the record either.
    pub fn path_of(&self, reference: &str, actor: &Actor) -> Option<String> {
        let letters = reference.find(|c: char| c.is_ascii_digit()).map(|end| &reference[..end])?;
        let (_, path, permission) = self.paths.iter().find(|(prefix, ..)| *prefix == letters)?;
        (actor.may(permission) && !actor.scope.no_personal_data).then(|| format!("{path}{reference}"))
    }
}

/// Selects of dimensions, one after the other.
fn united<'a>(selects: impl Iterator<Item = &'a str>) -> String {
    let mut sql = String::new();
    for (index, select) in selects.enumerate() {
        let union = if index > 0 { "union all " } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            sql,
            "{union}select d.case_id, d.home_id, d.reference, d.ward, d.trade, d.provider, d.priority from ({select}\n) d"
        );
    }
    if sql.is_empty() {
        sql.push_str(
            "select null::uuid as case_id, null::uuid as home_id, null::text as reference, null::text as ward, \
             null::text as trade, null::text as provider, null::text as priority where false",
        );
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_kernel::Channel;

    #[test]
    fn a_reference_leads_to_the_page_of_the_area_that_claims_it_for_whoever_may_open_it() {
        const VIEW: Permission = Permission::new("repairs.view");
        const MONEY: Permission = Permission::new("orders.view");
        let lookups =
            Lookups { paths: vec![("R-", "/repairs/", VIEW), ("WO-", "/orders/", MONEY)], ..Lookups::default() };
        let permissions = std::sync::Arc::new(std::iter::once(VIEW).collect());
        let mut actor = Actor { role: "handler".to_owned(), permissions, ..Actor::system(Channel::Web) };
        assert_eq!(lookups.path_of("R-104233", &actor).as_deref(), Some("/repairs/R-104233"));
        for nowhere in ["WO-88120", "C-1", "no number"] {
            assert_eq!(lookups.path_of(nowhere, &actor), None, "{nowhere}");
        }
        actor.scope.no_personal_data = true;
        assert_eq!(lookups.path_of("R-104233", &actor), None);
    }

    #[test]
    fn two_areas_may_not_have_the_same_letters() {
        const VIEW: Permission = Permission::new("a.view");
        let area = |letters, path| Lookups { paths: vec![(letters, path, VIEW)], ..Lookups::default() };
        let mut all = area("R-", "/repairs/");
        assert_eq!(all.merge(area("C-", "/complaints/")), Ok(()));
        let refused = all.merge(area("R-", "/rents/")).unwrap_err();
        assert!(refused.contains("R-… lead to /repairs/ and to /rents/"), "{refused}");
    }

    #[test]
    fn a_standard_asks_its_own_area_for_its_cases() {
        let lookups =
            Lookups { case_dims: vec![("repairs", "select 1"), ("complaints", "select 2")], ..Lookups::default() };
        let of = |standard: &str| lookups.case_dims_of(standard);
        assert!(of("repairs.house.x").contains("select 1") && !of("repairs.house.x").contains("select 2"));
        assert!(of("complaints.code-2024.x").contains("select 2") && !of("complaints.code-2024.x").contains("union"));
        assert_eq!(of("hazards.awaab-2025.x"), lookups.case_dims_sql(), "no area of that name has cases");
    }
}
