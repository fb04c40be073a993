//! Whose rows somebody may see: an open set of named dimensions. A query says how each dimension narrows it; one that says nothing of a
//! dimension shows no row to whoever is narrowed by it.

use crate::{OperativeId, PersonId, ProviderId};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use std::{borrow::Cow, collections::BTreeMap, marker::PhantomData};
use uuid::Uuid;

/// The id of nobody: what a narrowed query looks for where there is nothing to be seen.
const NOBODY: Uuid = Uuid::nil();

/// A named way of narrowing, and the type of its ids.
pub struct Dimension<T> {
    /// As `roles.toml` and queries name it: `provider`.
    pub name: &'static str,
    id: PhantomData<fn() -> T>,
}

impl<T> Dimension<T> {
    /// A dimension by its name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, id: PhantomData }
    }
}

impl<T> Clone for Dimension<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Dimension<T> {}

/// One provider's orders and what hangs on them.
pub const PROVIDER: Dimension<ProviderId> = Dimension::new("provider");
/// One operative's own visits.
pub const OPERATIVE: Dimension<OperativeId> = Dimension::new("operative");
/// What concerns one person: a resident's own home and cases.
pub const PERSON: Dimension<PersonId> = Dimension::new("person");

/// To what a dimension is narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// Rows of these ids.
    Ids(Vec<Uuid>),
    /// Rows that bear one of these words: patches, teams.
    Words(Vec<String>),
    /// Rows that a query's own condition lets through: those that are not restricted.
    Open,
}

/// Which rows an actor may see; every dimension that is set narrows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    limits: BTreeMap<Cow<'static, str>, Limit>,
    /// Names, contacts and needs of people are hidden (a councillor, a panel). This hides columns, and lists that hold people.
    pub no_personal_data: bool,
}

impl Scope {
    /// The scope of whoever sees only rows of one id.
    pub fn of<T: Into<Uuid>>(dimension: Dimension<T>, id: T) -> Self {
        Self::default().narrowed(dimension.name, Limit::Ids(vec![id.into()]))
    }

    /// All rows, but nobody's name, contacts or needs.
    pub fn without_personal_data() -> Self {
        Self { no_personal_data: true, ..Self::default() }
    }

    /// Narrows by one dimension more.
    #[must_use]
    pub fn narrowed(mut self, dimension: impl Into<Cow<'static, str>>, limit: Limit) -> Self {
        self.limits.insert(dimension.into(), limit);
        self
    }

    /// Every dimension that narrows, with what is left.
    pub fn limits(&self) -> impl Iterator<Item = (&str, &Limit)> {
        self.limits.iter().map(|(dimension, limit)| (dimension.as_ref(), limit))
    }

    /// Whether no dimension narrows: all rows are seen.
    pub fn sees_all(&self) -> bool {
        self.limits.is_empty()
    }

    /// Whether every dimension that narrows is among those named.
    pub fn is_within(&self, dimensions: &[&str]) -> bool {
        self.limits.keys().all(|held| dimensions.contains(&held.as_ref()))
    }

    /// The id to which a dimension is narrowed, for rules and pages that ask who acts. A query takes [`Self::ids`] instead.
    pub fn id<T: From<Uuid>>(&self, dimension: Dimension<T>) -> Option<T> {
        match self.limits.get(dimension.name)? {
            Limit::Ids(ids) => Some(T::from(ids.first().copied().unwrap_or(NOBODY))),
            Limit::Words(_) | Limit::Open => Some(T::from(NOBODY)),
        }
    }

    /// What a checked query compares its columns with, `null` where a dimension leaves all rows. Whoever is narrowed by a dimension that
    /// the query does not name, or to several ids at once, gets the id of nobody in every place.
    pub fn ids<const N: usize>(&self, dimensions: [&str; N]) -> [Option<Uuid>; N] {
        let one = |limit: &Limit| match limit {
            Limit::Ids(ids) => <[Uuid; 1]>::try_from(ids.as_slice()).map_or(NOBODY, |[id]| id),
            Limit::Words(_) | Limit::Open => NOBODY,
        };
        if !self.is_within(&dimensions) {
            return [Some(NOBODY); N];
        }
        dimensions.map(|dimension| self.limits.get(dimension).map(one))
    }

    /// Narrows a query that is put together: `and` what every dimension that is set leaves. A query says of each dimension by which column
    /// (`o.provider_id`) or under which condition, where `{}` stands for the ids or words:
    /// `exists (select from visit v where v.order_id = o.id and v.operative_id = any({}))`. Of a dimension that it does not name it shows nothing.
    pub fn narrow(&self, sql: &mut QueryBuilder<Postgres>, columns: &[(&str, &str)]) {
        for (dimension, limit) in &self.limits {
            let Some((_, column)) = columns.iter().find(|(named, _)| named == dimension) else {
                sql.push(" and false");
                continue;
            };
            let (before, after) = match (column.split_once("{}"), limit) {
                (Some((before, after)), _) => (format!(" and {before}"), after.to_owned()),
                (None, Limit::Open) => (format!(" and {column}"), String::new()),
                (None, Limit::Ids(_) | Limit::Words(_)) => (format!(" and {column} = any("), ")".to_owned()),
            };
            sql.push(before);
            match limit {
                Limit::Ids(ids) => sql.push_bind(ids.clone()).push(after),
                Limit::Words(words) => sql.push_bind(words.clone()).push(after),
                Limit::Open => sql.push(after),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_does_not_name_a_dimension_shows_nothing_to_who_has_it() {
        let id = Uuid::from_u128(7);
        let provider = Scope::of(PROVIDER, id.into());
        assert_eq!(provider.ids(["provider", "operative"]), [Some(id), None]);
        assert_eq!(provider.ids(["operative"]), [Some(NOBODY)]);
        assert_eq!(Scope::default().ids(["provider"]), [None]);
        let both = provider.clone().narrowed("patch", Limit::Words(vec!["P1".into()]));
        assert_eq!(both.ids(["provider"]), [Some(NOBODY)]);
        assert!(both.is_within(&["patch", "provider"]) && !both.is_within(&["provider"]) && !both.sees_all());
        let two = Scope::default().narrowed("provider", Limit::Ids(vec![id, NOBODY]));
        assert_eq!(two.ids(["provider"]), [Some(NOBODY)]);
    }

    #[test]
    fn one_call_narrows_by_column_or_condition_and_denies_the_rest() {
        let id = Uuid::from_u128(7);
        let columns =
            [("provider", "o.provider_id"), ("operative", "exists (select from v where v.operative_id = any({}))")];
        let sql = |scope: &Scope| {
            let mut sql = QueryBuilder::new("select 1 where true");
            scope.narrow(&mut sql, &columns);
            sql.sql().as_str().to_owned()
        };
        assert_eq!(sql(&Scope::default()), "select 1 where true");
        assert_eq!(sql(&Scope::of(PROVIDER, id.into())), "select 1 where true and o.provider_id = any($1)");
        assert!(
            sql(&Scope::of(OPERATIVE, id.into()))
                .ends_with(" and exists (select from v where v.operative_id = any($1))")
        );
        assert!(sql(&Scope::of(PERSON, id.into())).ends_with(" and false"));
        let open = Scope::default().narrowed("restricted", Limit::Open);
        assert!(sql(&open).ends_with(" and false"));
    }

    #[test]
    fn who_acts_is_known_by_the_dimension() {
        let provider = ProviderId::from(Uuid::from_u128(7));
        assert_eq!(Scope::of(PROVIDER, provider).id(PROVIDER), Some(provider));
        assert_eq!(Scope::of(PROVIDER, provider).id(PERSON), None);
        assert_eq!(Scope::default().narrowed("provider", Limit::Open).id(PROVIDER), Some(NOBODY.into()));
    }
}
