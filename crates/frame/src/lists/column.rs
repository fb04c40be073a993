//! What a list shows of a row, on the page and in a file.

use crate::App;
use maud::{Markup, html};
use rooftree_kernel::{Actor, Moment};
use rooftree_platform::ports::SheetCell;
use rooftree_ui::{cards::thousands, tables};
use std::{any::Any, marker::PhantomData};

/// Who looks, and when: for cells that differ by reader or hour.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The app, with the landlord's words.
    pub app: &'a App,
    /// Who looks.
    pub actor: &'a Actor,
    /// When.
    pub now: Moment,
}

/// A row of any list.
pub(super) type AnyRow = Box<dyn Any + Send + Sync>;
/// What is made of a row.
pub(super) type Of<T> = Box<dyn Fn(&AnyRow, &Seen<'_>) -> T + Send + Sync>;

/// Takes what a list's own function makes of its own rows. Rows of another list do not reach it: a list reads the rows that it shows.
pub(super) fn of<T: 'static, V: Default + 'static>(make: impl Fn(&T, &Seen<'_>) -> V + Send + Sync + 'static) -> Of<V> {
    Box::new(move |row, seen| row.downcast_ref::<T>().map(|row| make(row, seen)).unwrap_or_default())
}

pub(super) struct AnyColumn {
    pub heading: &'static str,
    pub look: tables::Column,
    pub sort: Option<&'static str>,
    pub cell: Option<Of<Option<SheetCell>>>,
    pub show: Option<Of<Option<Markup>>>,
    pub on_page: bool,
    pub in_file: bool,
}

/// A column of a list of rows `T`.
pub struct Column<T> {
    pub(super) any: AnyColumn,
    row: PhantomData<fn(&T)>,
}

impl<T: 'static> Column<T> {
    fn made(heading: &'static str, look: tables::Column) -> Self {
        let any = AnyColumn { heading, look, sort: None, cell: None, show: None, on_page: true, in_file: true };
        Self { any, row: PhantomData }
    }

    /// Text, a day or a moment, on the page as in a file.
    pub fn new<V: Into<SheetCell>>(heading: &'static str, value: impl Fn(&T) -> V + Send + Sync + 'static) -> Self {
        Self::made(heading, tables::Column::new(heading)).value(value)
    }

    /// A number or an amount, aligned to the right.
    pub fn number<V: Into<SheetCell>>(heading: &'static str, value: impl Fn(&T) -> V + Send + Sync + 'static) -> Self {
        Self::made(heading, tables::Column::number(heading)).value(value)
    }

    /// What a page alone shows.
    pub fn page(heading: &'static str, show: impl Fn(&T) -> Markup + Send + Sync + 'static) -> Self {
        let mut column = Self::made(heading, tables::Column::new(heading)).shown(show);
        column.any.in_file = false;
        column
    }

    /// What a file alone holds.
    pub fn file<V: Into<SheetCell>>(heading: &'static str, value: impl Fn(&T) -> V + Send + Sync + 'static) -> Self {
        let mut column = Self::new(heading, value);
        column.any.on_page = false;
        column
    }

    fn value<V: Into<SheetCell>>(self, value: impl Fn(&T) -> V + Send + Sync + 'static) -> Self {
        self.value_to(move |row, _| value(row))
    }

    /// The value, where it depends on who looks or on the landlord's words.
    #[must_use]
    pub fn value_to<V: Into<SheetCell>>(mut self, value: impl Fn(&T, &Seen<'_>) -> V + Send + Sync + 'static) -> Self {
        self.any.cell = Some(of(move |row: &T, seen: &Seen<'_>| Some(value(row, seen).into())));
        self
    }

    /// Shows more than the value on the page: a tag, a link.
    #[must_use]
    pub fn shown(self, show: impl Fn(&T) -> Markup + Send + Sync + 'static) -> Self {
        self.shown_to(move |row, _| show(row))
    }

    /// The same, where it depends on who looks.
    #[must_use]
    pub fn shown_to(mut self, show: impl Fn(&T, &Seen<'_>) -> Markup + Send + Sync + 'static) -> Self {
        self.any.show = Some(of(move |row: &T, seen: &Seen<'_>| Some(show(row, seen))));
        self
    }

    /// Lets the reader sort by an order of the list.
    #[must_use]
    pub fn sort(mut self, order: &'static str) -> Self {
        self.any.sort = Some(order);
        self
    }

    /// Leaves it out on a phone.
    #[must_use]
    pub fn desk_only(mut self) -> Self {
        self.any.look = self.any.look.desk_only();
        self
    }

    /// Never breaks its text.
    #[must_use]
    pub fn nowrap(mut self) -> Self {
        self.any.look = self.any.look.nowrap();
        self
    }
}

impl AnyColumn {
    pub(super) fn cell(&self, row: &AnyRow, seen: &Seen<'_>) -> SheetCell {
        self.cell.as_ref().and_then(|cell| cell(row, seen)).unwrap_or(SheetCell::Empty)
    }

    pub(super) fn show(&self, row: &AnyRow, seen: &Seen<'_>) -> Markup {
        match &self.show {
            Some(show) => show(row, seen).unwrap_or_default(),
            None => words(&self.cell(row, seen)),
        }
    }
}

/// A value as a page shows it.
fn words(cell: &SheetCell) -> Markup {
    match cell {
        SheetCell::Text(text) => html! { (text) },
        SheetCell::Number(number) if number.fract() == 0.0 && *number >= 0.0 => html! { (thousands(*number as u64)) },
        SheetCell::Number(number) => html! { (number) },
        SheetCell::Day(day) => html! { (day.short()) },
        SheetCell::Moment(at) => html! { (at.short()) },
        SheetCell::Pence(amount) => html! { (amount) },
        SheetCell::Empty => html! {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rooftree_kernel::Pence;

    #[test]
    fn a_value_reads_as_people_write_it() {
        let shown = |cell: SheetCell| words(&cell).into_string();
        assert_eq!(shown(8_733_i64.into()), "8,733");
        assert_eq!(shown(SheetCell::Number(-1.5)), "-1.5");
        assert_eq!(shown(Pence(123_450).into()), "£1,234.50");
        assert_eq!(shown("a<b".into()), "a&lt;b");
        assert_eq!((shown(None::<i32>.into()), shown(true.into())), (String::new(), "yes".to_owned()));
    }
}
