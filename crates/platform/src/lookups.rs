//! What the platform asks of the areas in SQL, because it knows none of their tables: their cases, by what figures are broken down, how
//! large a population is, an address, where a reference leads. An area exports a [`Lookups`]; the registry merges them.

use rooftree_kernel::{Actor, Permission, Scope};
use rooftree_promises::measures::{Dimension, EvidenceKind};
use std::fmt::Write;

/// The words for a key of a kind.
pub type Words = fn(kind: &str, key: &str) -> Option<&'static str>;

/// The cases of an area.
#[derive(Clone, Copy, Debug)]
pub struct CaseDims {
    /// The area's key, with which the ids of its standards begin.
    pub area: &'static str,
    /// The dimensions by which figures of its standards can be broken down, each a column of `sql`.
    pub dims: &'static [&'static str],
    /// A SELECT of `case_id uuid, home_id uuid, reference text` and the dimensions, of every case of the area. Keep it a plain join, so
    /// that PostgreSQL can look up one case by its key.
    pub sql: &'static str,
}

/// A dimension that an area declares: what figures can be broken down by.
#[derive(Clone, Copy, Debug)]
pub struct DimensionKind {
    /// The column of evidence that holds it, and its name in addresses and declarations.
    pub key: &'static str,
    /// What people read over its values: `Ward`.
    pub title: &'static str,
    /// What people read of a value.
    pub names: Names,
    /// Of somebody who sees only the work of one part (a provider its own), which part that is.
    pub only: Option<fn(&Scope) -> Option<String>>,
}

/// What people read of a dimension's values.
#[derive(Clone, Copy, Debug)]
pub enum Names {
    /// The value as it stands.
    Plain,
    /// The words of [`Lookups::words`] for its key.
    Words,
    /// The `name text` that this SELECT yields beside the `key text`.
    Select(&'static str),
}

/// A population that an area counts: what rates and shares are of.
#[derive(Clone, Copy, Debug)]
pub struct Population {
    /// Its name in declarations: `homes`, `low-cost-rental-homes`.
    pub key: &'static str,
    /// What people read behind its number: `homes`.
    pub title: &'static str,
    /// The dimensions by which it is known, each a column of `sql`.
    pub dims: &'static [&'static str],
    /// A SELECT of `members bigint` and the dimensions, as they were at the end of the day `$1::date`.
    pub sql: &'static str,
}

/// Questions that areas answer with a SELECT, and the words for their keys.
#[derive(Clone, Debug, Default)]
pub struct Lookups {
    /// The area's cases. The areas' answers are united; the figures of standards are broken down by them.
    pub case_dims: Vec<CaseDims>,
    /// What figures can be broken down by.
    pub dimensions: Vec<DimensionKind>,
    /// What rates and shares are of.
    pub populations: Vec<Population>,
    /// What a landlord's own measures can be built from.
    pub evidence: Vec<EvidenceKind>,
    /// `id uuid, reference text, address text` of the places in `$1::uuid[]`.
    pub addresses: Option<&'static str>,
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
        one(&mut self.addresses, other.addresses, "addresses")?;
        self.case_dims.extend(other.case_dims);
        for kind in other.dimensions {
            if Dimension::read(kind.key).is_none() {
                return Err(format!("‘{}’ cannot be a dimension: it is the name of a column of evidence", kind.key));
            }
            if self.dimensions.iter().any(|known| known.key == kind.key) {
                return Err(format!("two areas declare the dimension ‘{}’: leave it to the lower one", kind.key));
            }
            self.dimensions.push(kind);
        }
        for population in other.populations {
            if self.populations.iter().any(|known| known.key == population.key) {
                return Err(format!("two areas count the population ‘{}’: give one another key", population.key));
            }
            self.populations.push(population);
        }
        for evidence in other.evidence {
            if self.evidence.iter().any(|known| known.key == evidence.key) {
                return Err(format!("two areas offer the evidence ‘{}’: give one another key", evidence.key));
            }
            self.evidence.push(evidence);
        }
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

    /// All areas' cases with some dimensions, as one SELECT: for some cases, given by their keys.
    pub fn case_dims_sql(&self, dimensions: &[Dimension]) -> String {
        united(self.case_dims.iter(), dimensions)
    }

    /// The cases that a standard is about, with some dimensions.
    pub fn case_dims_of(&self, standard: &str, dimensions: &[Dimension]) -> String {
        united(self.cases_of(standard), dimensions)
    }

    /// The dimensions of the cases that a standard is about.
    pub fn dimensions_of(&self, standard: &str) -> Vec<Dimension> {
        let mut dimensions: Vec<Dimension> = Vec::new();
        for dimension in self.cases_of(standard).flat_map(|cases| cases.dims).filter_map(|name| Dimension::read(name)) {
            if !dimensions.contains(&dimension) {
                dimensions.push(dimension);
            }
        }
        dimensions
    }

    /// Those of the standard's own area (`repairs` of `repairs.house.…`), which PostgreSQL can look up one by one; a union of several areas
    /// it would read whole. Of an area without cases, those of all.
    fn cases_of(&self, standard: &str) -> impl Iterator<Item = &CaseDims> {
        let area = standard.split('.').next().unwrap_or_default().to_owned();
        let any = !self.case_dims.iter().any(|cases| cases.area == area);
        self.case_dims.iter().filter(move |cases| any || cases.area == area)
    }

    /// What is declared of a dimension.
    pub fn dimension(&self, dimension: &Dimension) -> Option<&DimensionKind> {
        self.dimensions.iter().find(|kind| kind.key == dimension.column())
    }

    /// What is declared of a population.
    pub fn population(&self, key: &str) -> Option<&Population> {
        self.populations.iter().find(|population| population.key == key)
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

/// Cases of several areas, one after the other; a dimension that an area's cases do not have says nothing of them.
fn united<'a>(all: impl Iterator<Item = &'a CaseDims>, dimensions: &[Dimension]) -> String {
    let mut sql = String::new();
    for cases in all {
        let union = if sql.is_empty() { "" } else { "union all " };
        // Writing to a string cannot fail.
        let _ = write!(sql, "{union}select d.case_id, d.home_id, d.reference");
        for dimension in dimensions {
            let has_it = cases.dims.contains(&dimension.column());
            let column = if has_it { format!("d.\"{dimension}\"::text") } else { "null::text".to_owned() };
            let _ = write!(sql, ", {column} as \"{dimension}\"");
        }
        let _ = writeln!(sql, " from ({}\n) d", cases.sql);
    }
    if sql.is_empty() {
        sql.push_str("select null::uuid as case_id, null::uuid as home_id, null::text as reference");
        for dimension in dimensions {
            let _ = write!(sql, ", null::text as \"{dimension}\"");
        }
        sql.push_str(" where false");
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

    fn cases(area: &'static str, dims: &'static [&'static str], sql: &'static str) -> CaseDims {
        CaseDims { area, dims, sql }
    }

    #[test]
    fn a_standard_asks_its_own_area_for_its_cases() {
        let lookups = Lookups {
            case_dims: vec![cases("repairs", &[], "select 1"), cases("complaints", &[], "select 2")],
            ..Lookups::default()
        };
        let of = |standard: &str| lookups.case_dims_of(standard, &[]);
        assert!(of("repairs.house.x").contains("select 1") && !of("repairs.house.x").contains("select 2"));
        assert!(of("complaints.code-2024.x").contains("select 2") && !of("complaints.code-2024.x").contains("union"));
        assert_eq!(of("hazards.awaab-2025.x"), lookups.case_dims_sql(&[]), "no area of that name has cases");
    }

    #[test]
    fn cases_that_do_not_have_a_dimension_say_nothing_of_it() {
        let all =
            vec![cases("repairs", &["ward", "trade"], "select 1"), cases("complaints", &["ward", "theme"], "select 2")];
        let lookups = Lookups { case_dims: all, ..Lookups::default() };
        let dimension = |name: &str| Dimension::read(name).unwrap();
        let sql = lookups.case_dims_of("complaints.code-2024.x", &[dimension("theme"), dimension("trade")]);
        assert!(sql.contains("d.\"theme\"::text as \"theme\", null::text as \"trade\""), "{sql}");
        let names =
            |standard: &str| lookups.dimensions_of(standard).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("repairs.house.x"), ["ward", "trade"]);
        assert_eq!(names("hazards.awaab-2025.x"), ["ward", "trade", "theme"]);
    }

    #[test]
    fn a_dimension_or_population_is_declared_once() {
        const WARD: DimensionKind = DimensionKind { key: "ward", title: "Ward", names: Names::Plain, only: None };
        const HOMES: Population = Population { key: "homes", title: "homes", dims: &[], sql: "select 1" };
        let area = || Lookups { dimensions: vec![WARD], ..Lookups::default() };
        let mut all = area();
        assert!(all.merge(area()).unwrap_err().contains("two areas declare the dimension ‘ward’"));
        let clash = Lookups { dimensions: vec![DimensionKind { key: "value", ..WARD }], ..Lookups::default() };
        assert!(all.merge(clash).unwrap_err().contains("‘value’ cannot be a dimension"));
        let homes = || Lookups { populations: vec![HOMES], ..Lookups::default() };
        assert_eq!(all.merge(homes()), Ok(()));
        assert!(all.merge(homes()).unwrap_err().contains("two areas count the population ‘homes’"));
    }
}
