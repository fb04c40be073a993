//! Choosing an appointment: days side by side, the free slots of each as large radio buttons.

use crate::{forms::Field, summary::Tone, summary::tag};
use maud::{Markup, html};
use rooftree_kernel::Day;

/// A slot that may be offered.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// The value submitted.
    pub value: String,
    /// The hours, such as `08:00 to 12:00`.
    pub label: String,
    /// More, such as the operative's name or `2 left`.
    pub detail: String,
    /// False when it is full: shown, but nobody can choose it.
    pub free: bool,
    /// A short praise, such as `Soonest` or `Same street`.
    pub praise: Option<String>,
}

/// A day with its slots.
#[derive(Clone, Debug)]
pub struct SlotDay {
    /// The day.
    pub day: Day,
    /// Its slots, in order; none shows as “Nothing free”.
    pub slots: Vec<Slot>,
    /// True when the promise would be broken on this day.
    pub too_late: bool,
}

/// The picker; the field's value is the slot chosen. `earlier` and `later` are the addresses of the weeks beside.
pub fn picker(field: Field<'_>, days: &[SlotDay], earlier: Option<&str>, later: Option<&str>) -> Markup {
    let mut number = 0;
    html! {
        div class=(field.group_class()) {
            fieldset.govuk-fieldset.rt-slots aria-describedby=[field.described_by(None)] {
                legend.govuk-fieldset__legend { (field.label_text()) }
                (field.messages())
                @if earlier.is_some() || later.is_some() {
                    div.rt-slots__weeks {
                        @if let Some(href) = earlier { a href=(href) rel="prev" { "Earlier days" } }
                        @if let Some(href) = later { a href=(href) rel="next" { "Later days" } }
                    }
                }
                div.rt-slots__days {
                    @for day in days {
                        div class={ "rt-slots__day" @if day.too_late { " rt-slots__day--late" } } {
                            p.rt-slots__date {
                                span.rt-slots__weekday { (day.day.0.strftime("%a").to_string()) } " "
                                span.rt-slots__number { (day.day.0.strftime("%-d %b").to_string()) }
                                @if day.too_late { " " (tag(Tone::Warning, "After target")) }
                            }
                            @if day.slots.is_empty() { p.rt-muted { "Nothing free" } }
                            @for slot in &day.slots {
                                ({ number += 1; one(&field, number, day.day, slot) })
                            }
                        }
                    }
                }
            }
        }
    }
}

fn one(field: &Field<'_>, number: usize, day: Day, slot: &Slot) -> Markup {
    let id = if number == 1 { field.id() } else { format!("{}-{number}", field.id()) };
    // Where none is chosen, the keys begin at the first.
    let focus = field.autofocus && (slot.value == field.value || (field.value.is_empty() && number == 1));
    html! {
        div.rt-slot {
            input.rt-slot__input type="radio" id=(id) name=(field.name) value=(slot.value)
                checked[slot.value == field.value] disabled[!slot.free] autofocus[focus];
            label.rt-slot__label for=(id) {
                span.govuk-visually-hidden { (day.short()) ", " }
                span.rt-slot__hours { (slot.label) }
                @if !slot.detail.is_empty() { " " span.rt-slot__detail { (slot.detail) } }
                @if let Some(praise) = &slot.praise { " " span.rt-slot__praise { (praise) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_slots_are_shown_and_cannot_be_chosen() {
        let slot = |value: &str, free| Slot { value: value.into(), label: "8 to 12".into(), free, ..Slot::default() };
        let day = "2026-12-18".parse().unwrap();
        let days = [SlotDay { day, slots: vec![slot("a", false), slot("b", true)], too_late: true }];
        let html = picker(Field::new("slot", "When").value("b"), &days, None, Some("/x?from=1")).into_string();
        assert!(html.contains("id=\"slot\" name=\"slot\" value=\"a\" disabled"), "{html}");
        assert!(html.contains("id=\"slot-2\" name=\"slot\" value=\"b\" checked"));
        assert!(html.contains("for=\"slot-2\"") && html.contains("After target"));
    }
}
