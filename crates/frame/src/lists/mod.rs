//! Lists: one value says what a list shows, by what it is narrowed and sorted, and whose rows it holds. Page, file, JSON and its
//! description are made of it.
//!
//! ```ignore
//! List::new::<Line>("/fobs", "Key fobs", VIEW)
//!     .sql("f.id, f.reference, p.address, f.state, f.created_at", "fob f join place p on p.id = f.place_id", "f.removed_at is null")
//!     .whose("provider: own orders", &[("provider", "f.provider_id")])
//!     .filter(Filter::words("state", "State", states(), "f.state = {value}").default("open"))
//!     .order(Order::down("added", &["f.created_at::timestamptz"]))
//!     .column(Column::new("Reference", |line: &Line| line.reference.clone()))
//!     .link(|line| format!("/fobs/{}", line.reference))
//!     .add(&mut area);
//! ```
//!
//! SQL may name `{today}`, `{tonight}`, `{now}` and `{user}`; a filter's also `{value}`, and `{start}` and `{end}` of a day or period. What is named is
//! bound. No list writes a condition of scope by hand: it says in [`List::whose`] by which column each dimension narrows it, and whoever is
//! narrowed by another sees no list. Rows of another list never reach a list's functions: a list reads the rows that it shows.

mod column;
mod file;
mod filter;
mod json;
mod order;
mod page;
mod rows;

pub use column::{Column, Seen};
pub use filter::{Filter, Find, Given, Load, Nearest, Search, Value, Word};
pub use order::{Cursor, From, Order};
pub use page::Shown;
pub use rows::Part;

use crate::{App, Area, Asked, Signed, exports, exports::Format, get};
use axum::{extract::State, http::HeaderMap};
use column::{AnyColumn, AnyRow, Of, of};
use futures_util::future::BoxFuture;
use maud::Markup;
use rooftree_kernel::{Permission, Scope};
use rooftree_platform::{Error, Result};
use rooftree_ui::Query;
use serde::Serialize;
use sqlx::{FromRow, postgres::PgRow};
use std::{marker::PhantomData, sync::Arc};
use utoipa::ToSchema;

/// Rows on a page.
pub const PAGE_ROWS: i64 = 50;
/// Counted exactly up to this many; beyond it a list says “more than”.
pub const COUNT_MAX: i64 = 10_000;

/// A list, whatever its rows.
pub struct AnyList {
    /// Its address: `/homes`.
    pub path: &'static str,
    /// Its heading: `Homes and places`.
    pub title: &'static str,
    /// Who may see it.
    pub permission: Permission,
    nav: &'static str,
    context: Option<&'static str>,
    crumb: Option<(&'static str, &'static str)>,
    nouns: (&'static str, &'static str),
    empty: &'static str,
    sql: Sql,
    scope_words: &'static str,
    scope: &'static [(&'static str, &'static str)],
    personal: bool,
    filters: Vec<Filter>,
    orders: Vec<Order>,
    usual: fn(&Given) -> &'static str,
    columns: Vec<AnyColumn>,
    buttons: Vec<(&'static str, &'static str, Permission)>,
    acts: Vec<Act>,
    above: Option<fn(&Shown<'_>) -> Markup>,
    values: Vec<Own>,
    sums: Option<Sums>,
    count_max: i64,
    read: fn(&PgRow) -> Result<AnyRow, sqlx::Error>,
    complete: Option<Complete>,
    link: Option<Of<Option<String>>>,
    faint: Option<Of<bool>>,
    urgent: Option<Of<bool>>,
    tick: Option<Of<Option<(String, String)>>>,
    api: Option<json::Api>,
}

/// A value of the list's own by its name in SQL.
type Own = (&'static str, fn(&App) -> Value);

/// Where a list's rows come from.
struct Sql {
    columns: &'static str,
    from: &'static str,
    joins: &'static str,
    condition: &'static str,
    id: &'static str,
    known_by: Option<&'static str>,
}

/// Rows with what was added to them.
pub type Completed<T> = BoxFuture<'static, Result<Vec<T>>>;
/// Adds to the rows of a page what their own SQL cannot know, in one query for all of them.
type Complete = Box<dyn Fn(App, Vec<AnyRow>) -> Completed<AnyRow> + Send + Sync>;

/// Something that is done to the rows that are ticked.
#[derive(Clone, Debug)]
pub struct Act {
    /// What the button says: `Accept the ticked orders`.
    pub label: &'static str,
    /// Where the form goes.
    pub action: &'static str,
    /// The parameter that carries each ticked row.
    pub name: &'static str,
    /// Who sees it.
    pub permission: Permission,
}

/// What the rows of a list come to.
struct Sums {
    /// What is selected of each row that the filters let through, under the name `chosen`.
    chosen: &'static str,
    /// Expressions over `chosen`, whole numbers each.
    of: &'static [&'static str],
    /// Whether the filters bound the rows enough to add them up.
    when: fn(&Given) -> bool,
    /// The sentence.
    words: fn(&[i64]) -> String,
}

/// A list of rows `T` that is being put together; [`List::add`] gives it to its area.
pub struct List<T> {
    any: AnyList,
    row: PhantomData<fn() -> T>,
}

impl<T> List<T>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Sync + Unpin + 'static,
{
    /// A list by its address, heading and permission.
    pub fn new(path: &'static str, title: &'static str, permission: Permission) -> Self {
        let sql = Sql { columns: "", from: "", joins: "", condition: "true", id: "id::uuid", known_by: None };
        let any = AnyList {
            path,
            title,
            permission,
            nav: path,
            context: None,
            crumb: None,
            nouns: ("row", "rows"),
            empty: "Nothing matches. Take a filter away.",
            sql,
            scope_words: "all",
            scope: &[],
            personal: true,
            filters: Vec::new(),
            orders: Vec::new(),
            usual: |_| "",
            columns: Vec::new(),
            buttons: Vec::new(),
            acts: Vec::new(),
            above: None,
            values: Vec::new(),
            sums: None,
            count_max: COUNT_MAX,
            read: |row| Ok(Box::new(T::from_row(row)?) as AnyRow),
            complete: None,
            link: None,
            faint: None,
            urgent: None,
            tick: None,
            api: None,
        };
        Self { any, row: PhantomData }
    }

    fn with(mut self, change: impl FnOnce(&mut AnyList)) -> Self {
        change(&mut self.any);
        self
    }

    /// What is selected, from which tables, and which rows there are before any filter. Filters and counts name these tables.
    #[must_use]
    pub fn sql(self, columns: &'static str, from: &'static str, condition: &'static str) -> Self {
        self.with(|list| (list.sql.columns, list.sql.from, list.sql.condition) = (columns, from, condition))
    }

    /// Joins that only the columns and orders need: a count does without them.
    #[must_use]
    pub fn joins(self, joins: &'static str) -> Self {
        self.with(|list| list.sql.joins = joins)
    }

    /// A value of its own that SQL names: `{promises}`.
    #[must_use]
    pub fn value(self, name: &'static str, value: fn(&App) -> Value) -> Self {
        self.with(|list| list.values.push((name, value)))
    }

    /// The expression of a row's id with its type, `p.id::uuid`, and that of the reference by which programs may still say where a page
    /// begins.
    #[must_use]
    pub fn id(self, id: &'static str, reference: Option<&'static str>) -> Self {
        self.with(|list| (list.sql.id, list.sql.known_by) = (id, reference))
    }

    /// Whose rows these are: the words for the matrix of roles and routes, and for each dimension its column or condition
    /// ([`Scope::narrow`]).
    #[must_use]
    pub fn whose(self, words: &'static str, columns: &'static [(&'static str, &'static str)]) -> Self {
        self.with(|list| (list.scope_words, list.scope) = (words, columns))
    }

    /// It names nobody, so that those who see no personal data see it too.
    #[must_use]
    pub fn impersonal(self) -> Self {
        self.with(|list| list.personal = false)
    }

    /// One of its rows and several of them, in words: `home`, `homes`.
    #[must_use]
    pub fn counted(self, one: &'static str, several: &'static str) -> Self {
        self.with(|list| list.nouns = (one, several))
    }

    /// Counts exactly up to so many rows instead of [`COUNT_MAX`].
    #[must_use]
    pub fn counted_to(self, count_max: i64) -> Self {
        self.with(|list| list.count_max = count_max)
    }

    /// What stands there when nothing matches: say what to do.
    #[must_use]
    pub fn empty(self, words: &'static str) -> Self {
        self.with(|list| list.empty = words)
    }

    /// The entry of the menu that is lit, where the list has none of its own.
    #[must_use]
    pub fn nav(self, href: &'static str) -> Self {
        self.with(|list| list.nav = href)
    }

    /// A word above the heading.
    #[must_use]
    pub fn context(self, words: &'static str) -> Self {
        self.with(|list| list.context = Some(words))
    }

    /// The page that it lies below: label and address.
    #[must_use]
    pub fn crumb(self, label: &'static str, href: &'static str) -> Self {
        self.with(|list| list.crumb = Some((label, href)))
    }

    /// Adds a filter; they stand in this order.
    #[must_use]
    pub fn filter(self, filter: Filter) -> Self {
        self.with(|list| list.filters.push(filter))
    }

    /// Adds an order; the first is the usual one.
    #[must_use]
    pub fn order(self, order: Order) -> Self {
        self.with(|list| list.orders.push(order))
    }

    /// The usual order where it depends on the filters: what is due, the soonest first.
    #[must_use]
    pub fn usual(self, order: fn(&Given) -> &'static str) -> Self {
        self.with(|list| list.usual = order)
    }

    /// Adds a column; they stand in this order.
    #[must_use]
    pub fn column(self, column: Column<T>) -> Self {
        self.with(|list| list.columns.push(column.any))
    }

    /// Where a row leads.
    #[must_use]
    pub fn link(self, href: impl Fn(&T) -> String + Send + Sync + 'static) -> Self {
        self.with(|list| list.link = Some(of(move |row: &T, _: &Seen<'_>| Some(href(row)))))
    }

    /// Which rows are over: they stand there faintly.
    #[must_use]
    pub fn faint(self, is: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        self.with(|list| list.faint = Some(of(move |row: &T, _: &Seen<'_>| is(row))))
    }

    /// Which rows need attention.
    #[must_use]
    pub fn urgent(self, is: impl Fn(&T, &Seen<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.with(|list| list.urgent = Some(of(is)))
    }

    /// A button above the list, for those who hold a permission.
    #[must_use]
    pub fn button(self, label: &'static str, href: &'static str, permission: Permission) -> Self {
        self.with(|list| list.buttons.push((label, href, permission)))
    }

    /// What stands between the heading and the filters: tabs, a button for all that is shown.
    #[must_use]
    pub fn above(self, above: fn(&Shown<'_>) -> Markup) -> Self {
        self.with(|list| list.above = Some(above))
    }

    /// Lets rows be ticked: the value that is sent and the words that name the row, for those rows that can be.
    #[must_use]
    pub fn tick(self, tick: impl Fn(&T, &Seen<'_>) -> Option<(String, String)> + Send + Sync + 'static) -> Self {
        self.with(|list| list.tick = Some(of(tick)))
    }

    /// What is done to ticked rows.
    #[must_use]
    pub fn act(self, act: Act) -> Self {
        self.with(|list| list.acts.push(act))
    }

    /// Says what all rows that the filters let through come to, where `when` says that they bound them: `chosen` is selected of each row, and
    /// each of `of` is a whole number (pence) over all of them, such as `(select coalesce(sum(value_pence), 0) from chosen)`.
    #[must_use]
    pub fn sums(
        self,
        chosen: &'static str,
        of: &'static [&'static str],
        when: fn(&Given) -> bool,
        words: fn(&[i64]) -> String,
    ) -> Self {
        self.with(|list| list.sums = Some(Sums { chosen, of, when, words }))
    }

    /// Adds to the rows of a page what their own SQL cannot know, in one query for all of them.
    #[must_use]
    pub fn complete(self, complete: fn(App, Vec<T>) -> Completed<T>) -> Self {
        let whole = move |app: App, rows: Vec<AnyRow>| -> Completed<AnyRow> {
            let rows = rows.into_iter().filter_map(|row| row.downcast::<T>().ok().map(|row| *row)).collect();
            let completed = complete(app, rows);
            Box::pin(async move { Ok(completed.await?.into_iter().map(|row| Box::new(row) as AnyRow).collect()) })
        };
        self.with(|list| list.complete = Some(Box::new(whole)))
    }

    /// Serves it as JSON, too: the path under `/api/v1`, the tag and the name of a page in the description. A row is what serde makes of it.
    #[must_use]
    pub fn api(self, path: &'static str, tag: &'static str, page: &'static str) -> Self
    where
        T: Serialize + ToSchema,
    {
        self.with(|list| list.api = Some(json::Api::of::<T>(path, tag, page)))
    }

    /// The filters that an address sets.
    pub fn given(&self, query: &Query) -> Given {
        Given::read(&self.any.filters, query, filter::Reader::Person)
    }

    /// Gives it to its area: the page, both files and, where it has one, the JSON route with its description.
    pub fn add(self, area: &mut Area) {
        Arc::new(self.any).add(area);
    }
}

impl AnyList {
    fn add(self: Arc<Self>, area: &mut Area) {
        let list = self.clone();
        let page = move |State(app): State<App>, Signed(session): Signed, headers: HeaderMap, Asked(query): Asked| {
            let list = list.clone();
            async move { list.page(&app, &session, &headers, &query).await }
        };
        area.pages.push(get(self.path, self.permission.clone(), page).scope(self.scope_words));
        for ending in ["csv", "xlsx"] {
            let list = self.clone();
            let file = move |State(app): State<App>, Signed(session): Signed, Asked(query): Asked, format: Format| {
                let list = list.clone();
                async move { list.file(&app, &session.actor, &query, format).await }
            };
            area.pages.push(
                get(ever(format!("{}.{ending}", self.path)), exports::access(self.permission.clone()), file)
                    .scope(self.scope_words),
            );
        }
        json::add(&self, area);
        area.lists.push(self);
    }

    /// Whether somebody with this scope sees rows of the list at all; whoever does not is told that there is no such list.
    pub fn admits(&self, scope: &Scope) -> Result<()> {
        let named: Vec<&str> = self.scope.iter().map(|(dimension, _)| *dimension).collect();
        let hidden = self.personal && scope.no_personal_data;
        if hidden || !scope.is_within(&named) { Err(Error::NotFound("this list")) } else { Ok(()) }
    }

    /// The list with every filter that narrows by default taken away.
    pub fn everything(&self) -> Query {
        let defaults = self.filters.iter().filter(|filter| filter.default.is_some());
        defaults.fold(Query::new(self.path), |query, filter| query.with(filter.name, filter::ALL))
    }

    /// Every word that `sort` knows, both ways round.
    pub fn sorts(&self) -> Vec<String> {
        self.orders.iter().flat_map(|order| [order.key.to_owned(), format!("-{}", order.key)]).collect()
    }

    /// Its routes' words of scope, as the matrix of roles and routes shows them.
    pub fn scope_words(&self) -> &'static str {
        self.scope_words
    }
}

/// A route's path lives as long as the process. One is made for each list when it starts.
fn ever(path: String) -> &'static str {
    Box::leak(path.into_boxed_str())
}
